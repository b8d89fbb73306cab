// payments.*, holds.*, schedules.*, against the real daemon.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, newKey } from "../src/index.js";
import type { JsonObject, Member } from "../src/index.js";
import { Daemon, payment, refused, rejected, sleep, startFunded } from "./daemon.js";

let daemon: Daemon;
let client: Client;

before(async () => {
  [daemon, client] = await startFunded();
});
after(() => daemon.remove());

async function balance(id: string): Promise<bigint> {
  return (await client.accounts.get({ id })).balance;
}

test("a payment is applied, and answers exact balances", async () => {
  const [ada, shop] = [await balance("ada"), await balance("shop")];
  const paid = await client.payments.submit(payment(1_250n, { reference: "invoice 17" }));
  assert.equal(paid.status, "applied");
  assert.equal(paid.replayed, false);
  assert.deepEqual([paid.from_balance, paid.to_balance], [ada - 1_250n, shop + 1_250n]);
});

test("the same key is the same payment: it answers what was decided, and moves nothing again", async () => {
  const key = newKey();
  const first = await client.payments.submit(payment(100n, { key }));
  const before = await balance("ada");
  const again = await client.payments.submit(payment(100n, { key }));
  assert.deepEqual([again.seq, again.replayed], [first.seq, true]);
  assert.equal(await balance("ada"), before);
  const conflict = await refused(client.payments.submit(payment(101n, { key })));
  assert.deepEqual(
    [conflict.code, conflict.field, conflict.seq, conflict.key],
    ["key_conflict", "amount", first.seq, key],
  );
  assert.match(conflict.message, /earlier outcome stands.*Use a new key/);
});

test("a rejection is an error that says it is decided, with the balances that it saw", async () => {
  const error = await rejected(
    client.payments.submit({ from: "poor", to: "shop", amount: 1n, currency: "EUR" }),
  );
  assert.equal(error.code, "insufficient_funds");
  assert.equal(error.retry, false);
  assert.equal(error.result["from_balance"], 0n);
  assert.match(error.message, /^rejected: insufficient_funds\. It is decided and kept.*new key\.$/);
  const kept = await client.payments.get({ key: String(error.key) });
  assert.equal(kept.status, "rejected");
});

test("a request that is wrong is refused by field, and uses up no key", async () => {
  const key = newKey();
  const error = await refused(client.payments.submit(payment(0n, { key })));
  assert.deepEqual(
    [error.code, error.field, error.key, error.retry],
    ["invalid_amount", "amount", key, false],
  );
  assert.match(
    error.message,
    /^invalid_amount: amount must be above 0\. This request decided nothing and moved no money\. Mend/,
  );
  assert.equal((await client.payments.submit(payment(1n, { key }))).replayed, false);
});

test("a number that isn't exact never leaves the process", async () => {
  const error = await refused(
    client.payments.submit({ ...payment(1n), amount: (2 ** 60) as unknown as bigint }),
  );
  assert.match(error.message, /beyond 2\^53.*use a bigint.*Nothing was sent/);
});

test("a request over 16 MiB is refused before it is sent", async () => {
  const huge = { ...payment(1n), description: "x".repeat(17_000_000) };
  assert.match(
    (await refused(client.payments.submit(huge))).message,
    /too_large|more than a line of 16 MiB/,
  );
  assert.equal((await client.payments.submit(payment(1n))).status, "applied");
});

test("several legs apply together or not at all", async () => {
  const legs = [
    { from: "ada", to: "shop", amount: 10n, currency: "EUR" },
    { from: "shop", to: "poor", amount: 4n, currency: "EUR" },
    { from: "poor", to: "world", amount: 4n, currency: "EUR" },
  ];
  const paid = await client.payments.submit({ legs });
  assert.equal(paid.legs.length, 3);
  const failed = await rejected(
    client.payments.submit({ legs: [...legs, { ...legs[2]!, amount: 5n }] }),
  );
  assert.match(failed.message, /leg_failed, leg 3: insufficient_funds/);
});

test("a dry run decides and keeps nothing", async () => {
  const key = newKey();
  const rehearsed = await client.payments.submit({ ...payment(7n), key, dry_run: true });
  assert.equal(rehearsed.dry_run, true);
  const error = await rejected(
    client.payments.submit({ ...payment(7n), from: "poor", dry_run: true }),
  );
  assert.match(error.message, /dry run: nothing was decided.*the key is unused/);
  assert.equal((await client.payments.get({ key })).status, "unknown");
});

test("a hold is captured in parts, voided, and tells its life", async () => {
  const key = newKey();
  const held = await client.payments.hold({ ...payment(500n), key, timeout: "1h" });
  assert.deepEqual([held.status, held.amount, held.from_held_out], ["held", 500n, 500n]);
  const { holds } = await client.holds.list({ account: "ada" });
  assert.deepEqual(
    holds.map((hold) => [hold.key, hold.left]),
    [[key, 500n]],
  );
  const part = await client.payments.capture({ hold: key, amount: 200n });
  assert.deepEqual([part.amount, part.left], [200n, 300n]);
  const rest = await client.payments.capture({ hold: held.seq, amount: 100n, final: true });
  assert.deepEqual([rest.left, rest.released], [0n, 200n]);
  assert.equal((await rejected(client.payments.void({ hold: key }))).code, "hold_captured");
  const found = await client.payments.get({ key });
  assert.ok(found.type === "hold");
  assert.deepEqual(
    found.life?.map((step) => step.type),
    ["hold", "capture", "capture"],
  );

  const other = await client.payments.hold(payment(50n));
  assert.equal((await client.payments.void({ hold: other.key })).released, 50n);
});

test("a payment is reversed in parts, never more than it moved", async () => {
  const paid = await client.payments.submit(payment(300n));
  const back = await client.payments.reverse({
    original: paid.key,
    amount: 100n,
    reference: "complaint 3",
  });
  assert.deepEqual([back.amount, back.reversed, back.original_seq], [100n, 100n, paid.seq]);
  const error = await rejected(client.payments.reverse({ original: paid.seq, amount: 201n }));
  assert.equal(error.code, "reversal_exceeds_original");
  assert.equal((await client.payments.reverse({ original: paid.key })).amount, 200n);
});

test("a payment is scheduled, listed and cancelled; one that is due is decided by itself", async () => {
  const rent = await client.payments.schedule({
    ...payment(9n),
    at: "2099-01-31T09:00:00Z",
    every: "P1M",
    count: 12,
  });
  const { schedules } = await client.schedules.list({ account: "shop" });
  assert.deepEqual(
    schedules.map((one) => [one.key, one.occurrence]),
    [[rent.key, 1n]],
  );
  assert.equal((await client.payments.cancel({ schedule: rent.key })).schedule_seq, rent.seq);

  const soon = await client.payments.schedule({ ...payment(3n), at: new Date(Date.now() + 300) });
  const events = await client.subscribe({ from: soon.seq });
  for await (const entry of events) {
    if (entry.type !== "scheduled_payment") continue;
    assert.deepEqual([entry.schedule_seq, entry.amount, entry.status], [soon.seq, 3n, "applied"]);
    break;
  }
});

test("many independent changes go in one request, and those that weren't applied are told", async () => {
  const answer = await client.payments.submitMany([
    payment(1n),
    payment(0n, { key: "many-0" }),
    { from: "poor", to: "shop", amount: 1n, currency: "EUR", key: "many-poor" },
    { method: "accounts.open", params: { id: "many:new", currency: "EUR" } },
  ]);
  assert.deepEqual([answer.applied, answer.rejected, answer.errors], [2n, 1n, 1n]);
  const [wrong, poor] = answer.not_applied;
  assert.deepEqual([wrong?.index, wrong?.error?.code], [1n, "invalid_amount"]);
  assert.ok(poor !== undefined && poor.error === undefined);
  assert.deepEqual([poor.code, poor.key], ["insufficient_funds", "many-poor"]);
  assert.equal(answer.keys.length, 4);
  const [made] = answer.keys;
  assert.equal((await client.payments.get({ key: String(made) })).status, "applied");
  assert.equal(answer.keys[3], "many:new");
});

test("a group is decided all or none, and the error is that of the member that failed", async () => {
  const good: Member[] = [
    { method: "accounts.open", params: { id: "group:new", currency: "EUR" } },
    {
      method: "payments.submit",
      params: { from: "ada", to: "group:new", amount: 5n, currency: "EUR" },
    },
  ];
  const rehearsed = await client.payments.submitGroup(good, { dry_run: true });
  assert.equal(rehearsed.dry_run, true);
  const bad: Member = {
    method: "payments.submit",
    params: { from: "group:new", to: "ada", amount: 6n, currency: "EUR" },
  };
  const error = await rejected(client.payments.submitGroup([...good, bad]));
  assert.match(error.message, /insufficient_funds, member 2 of the group/);
  const done = await client.payments.submitGroup(good);
  assert.equal(done.members.length, 2);
  assert.equal(await balance("group:new"), 5n);
});

test("received is answered at once, and the outcome is told when it is decided", async () => {
  const outcomes: JsonObject[] = [];
  const listener = daemon.client({ onDecided: (outcome) => outcomes.push(outcome) });
  const queued = await listener.payments.submit({
    ...payment(1n),
    key: "received-1",
    ack: "received",
  });
  assert.deepEqual(queued, { status: "queued", key: "received-1" });
  const many = await listener.payments.submitMany([payment(1n)], { ack: "received" });
  assert.equal(many.status, "queued");
  while (outcomes.length < 2) await sleep(5);
  assert.deepEqual(
    outcomes.map((one) => one["key"] ?? one["applied"]),
    ["received-1", 1n],
  );
});

test("a thousand concurrent payments are each applied once, in the order in which they were asked for", async () => {
  const keys = Array.from({ length: 1_000 }, newKey);
  const paid = await Promise.all(keys.map((key) => client.payments.submit(payment(1n, { key }))));
  const seqs = paid.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => (a < b ? -1 : 1)),
  );
  assert.deepEqual(
    paid.map(({ key }) => key),
    keys,
  );
});

test("one signal may be that of many calls", async () => {
  const warnings: string[] = [];
  process.on("warning", ({ message }) => warnings.push(message));
  const { signal } = new AbortController();
  const amounts = Array.from({ length: 50 }, () => client.payments.submit(payment(1n), { signal }));
  await Promise.all(amounts);
  await sleep(1);
  assert.deepEqual(warnings, []);
});
