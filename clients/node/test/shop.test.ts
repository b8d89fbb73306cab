// The example shop: as a user of its command line, and killed at each moment of its day.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { SpawnSyncReturns } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { Client } from "../src/index.js";
import { Daemon } from "./daemon.js";
import { PACKAGE } from "./layout.js";
import { shopDay } from "./shop_day.js";

let daemon: Daemon;
let client: Client;

before(async () => {
  daemon = await Daemon.start();
  client = daemon.client();
});
after(() => daemon.remove());

function runNode(
  program: string,
  words: string[],
  env: Record<string, string> = {},
): SpawnSyncReturns<string> {
  const environment = { ...process.env, GIRO_SOCKET: daemon.socket, ...env };
  return spawnSync(process.execPath, [join(PACKAGE, "dist", program), ...words], {
    encoding: "utf8",
    env: environment,
  });
}

function shop(...words: string[]): string {
  const ran = runNode("examples/shop/main.js", words, {
    SHOP_BOOK: join(daemon.folder, "shop.ndjson"),
  });
  return ran.stdout + ran.stderr;
}

test("a day at the shop: orders are held, shipped, cancelled, refunded, and reported by the ledger", () => {
  assert.match(shop("setup"), /shop:sales are open/);
  assert.equal(shop("customer", "bob", "100.00"), "customers:bob has 100.00 EUR\n");
  assert.equal(shop("place", "17", "bob", "30.00"), "order 17 of bob: 30.00 EUR, placed\n");
  assert.equal(shop("place", "18", "bob", "20.00"), "order 18 of bob: 20.00 EUR, placed\n");
  assert.equal(
    shop("place", "19", "bob", "50.01"),
    "order 19 of bob: 50.01 EUR, declined (insufficient_funds)\n",
  );
  assert.equal(shop("ship", "17"), "order 17 of bob: 30.00 EUR, shipped\n");
  assert.equal(shop("cancel", "18"), "order 18 of bob: 20.00 EUR, cancelled\n");
  assert.equal(
    shop("refund", "17", "5.00"),
    "order 17 of bob: 30.00 EUR, shipped, 5.00 EUR refunded\n",
  );
  assert.equal(
    shop("refund", "17", "26.00"),
    "order 17 of bob: 30.00 EUR, shipped, 5.00 EUR refunded (reversal_exceeds_original)\n",
  );
  assert.equal(shop("place", "20", "bob", "70.00"), "order 20 of bob: 70.00 EUR, placed\n");
  const day = new Date().toISOString().slice(0, 10);
  assert.equal(
    shop("report", day),
    `${day}, EUR
opening balance   0.00
shipped           30.00 in 1
refunded          5.00 in 1
closing balance   25.00
on hold now       70.00 in 1
`,
  );
  assert.equal(shop("refund", "17"), "order 17 of bob: 30.00 EUR, shipped, 30.00 EUR refunded\n");
});

test("what can't be is said, and leaves the order as it was", () => {
  assert.equal(shop("ship", "99"), "shop: there is no order 99\n");
  assert.equal(shop("place", "17", "bob", "1.00"), "shop: order 17 is there already\n");
  assert.equal(
    shop("cancel", "17"),
    "shop: order 17 is shipped: cancelling needs one that is placed\n",
  );
  assert.equal(
    shop("refund", "20"),
    "shop: order 20 is placed: only what was shipped is refunded\n",
  );
  assert.equal(shop("refund", "17"), "shop: all of order 17 was refunded before\n");
  assert.match(shop("place", "21", "bob", "1.000"), /amount 1\.000 has more than the 2 decimals/);
  assert.match(shop("dance", "17"), /^shop COMMAND/);
  assert.match(shop(), /^shop COMMAND/);
});

test("shipping that a frozen account declines can be tried again once it isn't", async () => {
  await client.accounts.update({ id: "customers:bob", frozen: "debits" });
  assert.equal(shop("ship", "20"), "order 20 of bob: 70.00 EUR, placed (account_frozen)\n");
  await client.accounts.update({ id: "customers:bob", frozen: "none" });
  assert.equal(shop("ship", "20"), "order 20 of bob: 70.00 EUR, shipped\n");
});

async function balanceOfShop(): Promise<bigint> {
  return (await client.accounts.get({ id: "shop:sales" })).balance;
}

test("killed at any moment and started again, the shop's day ends as one that nothing interrupted", async () => {
  await client.accounts.open({ id: "customers:ada", currency: "EUR" });
  let moment = 1;
  for (; ; moment++) {
    const start = await balanceOfShop();
    const money = { from: "world", to: "customers:ada", amount: 5_000n, currency: "EUR" };
    await client.payments.submit(money);
    const book = join(daemon.folder, `book-${moment}`);
    const killed = runNode("test/shop_child.js", [book, `${moment}`, `${moment}`]);
    // It has no more moments than it was killed at.
    if (killed.signal === null) {
      assert.equal(killed.status, 0, killed.stderr);
      break;
    }
    await shopDay(client, book, `${moment}`);
    assert.equal(await balanceOfShop(), start + 1_500n, killed.stdout);
    const { holds } = await client.holds.list({ account: "customers:ada" });
    assert.deepEqual(
      holds.map(({ reference, left }) => [reference, left]),
      [[`${moment}:4`, 700n]],
      killed.stdout,
    );
    // The next round begins as this one did.
    await client.payments.void({ hold: String(holds[0]?.key) });
    const rest = (await client.accounts.get({ id: "customers:ada" })).balance;
    await client.payments.submit({
      from: "customers:ada",
      to: "world",
      amount: rest,
      currency: "EUR",
    });
  }
  assert.ok(moment > 20, `only ${moment} moments`);
});

test("a line of the order book that a crash cut off was never acted upon, and is taken off", () => {
  const path = join(daemon.folder, "shop.ndjson");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text + '{"step":"shipping","ord');
  assert.equal(shop("show", "17"), "order 17 of bob: 30.00 EUR, shipped, 30.00 EUR refunded\n");
  assert.equal(readFileSync(path, "utf8"), text);
});

test("a step that was written down and never sent is taken by the next command, whatever that is", async () => {
  const path = join(daemon.folder, "shop.ndjson");
  await client.payments.submit({
    from: "world",
    to: "customers:bob",
    amount: 100n,
    currency: "EUR",
  });
  const placing = { step: "placing", order: "22", customer: "bob", amount: 100, currency: "EUR" };
  writeFileSync(path, readFileSync(path, "utf8") + JSON.stringify(placing) + "\n");
  shop("report");
  assert.equal((await client.payments.get({ key: "22:1" })).status, "held");
});
