// The daemon dies with kill -9 again and again while payments stream: none is lost, none is made
// twice, and the feed has each of them once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, UnknownError, newKey } from "../src/index.js";
import type { Entry } from "../src/index.js";
import { Daemon, openAccounts, sleep } from "./daemon.js";

const KILLS = 4;
const PAYERS = 40;

let daemon: Daemon;
let client: Client;
const troubles: string[] = [];

before(async () => {
  daemon = await Daemon.start();
  client = daemon.client({ timeoutMs: 120_000, onTrouble: (what) => troubles.push(what) });
  await openAccounts(client, "ada");
});
after(() => daemon.remove());

// Kills it in the middle of what it does, and starts it again some time later.
async function crash(): Promise<void> {
  await daemon.kill();
  await sleep(Math.random() * 100);
  daemon.launch();
}

// Pays one after the other until it is told to stop, and counts.
async function payUntil(isOver: () => boolean, paid: Map<string, bigint>): Promise<void> {
  while (!isOver()) {
    const key = newKey();
    const { seq } = await client.payments.submit({
      key,
      from: "world",
      to: "ada",
      amount: 1n,
      currency: "EUR",
    });
    paid.set(key, seq);
  }
}

test("payments in a stream survive crashes: each is applied once, and the feed tells each once, in order", async () => {
  const paid = new Map<string, bigint>();
  const events = await daemon.client({ timeoutMs: 120_000 }).subscribe({ from: 3n });
  const seen: Entry[] = [];
  const watching = (async (): Promise<void> => {
    for await (const entry of events) {
      seen.push(entry);
      if (entry.key === "the last one") break;
    }
  })();

  let isOver = false;
  const payers = Array.from({ length: PAYERS }, () => payUntil(() => isOver, paid));
  for (let i = 0; i < KILLS; i++) {
    const before = paid.size;
    while (paid.size < before + 400) await sleep(1);
    await crash();
  }
  const before = paid.size;
  while (paid.size < before + 400) await sleep(1);
  isOver = true;
  await Promise.all(payers);
  const last = { key: "the last one", from: "world", to: "ada", amount: 1n, currency: "EUR" };
  paid.set(last.key, (await client.payments.submit(last)).seq);
  await watching;

  assert.equal((await client.accounts.get({ id: "ada" })).balance, BigInt(paid.size));
  assert.equal(seen.length, paid.size);
  seen.forEach((entry, i) => assert.equal(entry.seq, BigInt(i + 3)));
  assert.deepEqual(
    new Map(seen.map(({ key, seq }) => [key, seq])),
    new Map([...paid].sort((a, b) => Number(a[1] - b[1]))),
  );
  assert.ok(
    troubles.filter((what) => what.includes("was lost")).length >= KILLS,
    troubles.join("\n"),
  );
  assert.equal((await client.ledger.verify()).ok, true);
});

test("a batch that a crash interrupts is sent again, and each of its payments is made once", async () => {
  const start = (await client.accounts.get({ id: "ada" })).balance;
  const batch = Array.from({ length: 5_000 }, () => ({
    from: "world",
    to: "ada",
    amount: 1n,
    currency: "EUR",
  }));
  const batches = Array.from({ length: 6 }, () => client.payments.submitMany(batch));
  await sleep(20);
  await crash();
  const answers = await Promise.all(batches);
  for (const { applied, replayed } of answers) assert.equal(applied + replayed, 5_000n);
  assert.equal((await client.accounts.get({ id: "ada" })).balance, start + 30_000n);
});

test("a daemon that doesn't answer in time leaves the outcome unknown; the same key tells it later", async () => {
  const key = newKey();
  const payment = { key, from: "world", to: "ada", amount: 5n, currency: "EUR" };
  const start = (await client.accounts.get({ id: "ada" })).balance;
  await daemon.freeze();
  const error = await client.payments
    .submit(payment, { timeoutMs: 200 })
    .catch((problem: unknown) => problem);
  daemon.thaw();
  assert.ok(error instanceof UnknownError, String(error));
  assert.deepEqual([error.code, error.key, error.retry], ["timeout", key, true]);
  assert.equal((await client.payments.get({ key })).status, "applied");
  assert.equal((await client.payments.submit(payment)).replayed, true);
  assert.equal((await client.accounts.get({ id: "ada" })).balance, start + 5n);
});

test("a daemon that stops in the usual way is waited for", async () => {
  await daemon.stop();
  const paid = client.payments.submit({ from: "world", to: "ada", amount: 1n, currency: "EUR" });
  await sleep(50);
  daemon.launch();
  assert.equal((await paid).status, "applied");
});

test("without a daemon a payment is refused in the end, as one that never left", async () => {
  await daemon.stop();
  const error = await client.payments
    .submit({ from: "world", to: "ada", amount: 1n, currency: "EUR" }, { timeoutMs: 100 })
    .catch((problem: Error) => problem);
  daemon.launch();
  assert.match(
    String(error),
    /RefusedError: no answer in time: no daemon answers at .*giro\.sock: .*Nothing was sent.*systemctl start girod/,
  );
});

test("a ledger that is behind what the feed told before is an error, not silence", async () => {
  const { seq } = await client.ledger.status();
  const error = await client.subscribe({ from: seq + 2n }).catch((problem: Error) => problem);
  assert.match(
    String(error),
    /the ledger ends at seq \d+, and what was to come next is \d+.*an older copy.*backup/,
  );
});
