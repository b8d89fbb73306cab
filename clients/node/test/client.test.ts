// accounts.*, ledger.*, server.*, the feed, and the client itself, against the real daemon.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client } from "../src/index.js";
import type { Entry } from "../src/index.js";
import { Daemon, openAccounts, payment, refused, rejected, startFunded } from "./daemon.js";

let daemon: Daemon;
let client: Client;

before(async () => {
  [daemon, client] = await startFunded();
});
after(() => daemon.remove());

test("the daemon has no method that this client lacks", async () => {
  const known = new Set<string>();
  const recorder = new Proxy(
    {},
    {
      get: () => (method: string) => (
        known.add(method),
        Promise.resolve({ next: null, currencies: [] })
      ),
    },
  );
  const { Accounts } = await import("../src/api/accounts.js");
  const { Ledger, Server } = await import("../src/api/ledger.js");
  const { Holds, Payments, Schedules } = await import("../src/api/payments.js");
  const api = [Accounts, Ledger, Server, Holds, Payments, Schedules].map(
    (Api) => new Api(recorder as never),
  );
  for (const part of api) {
    const names = [
      ...Object.keys(part),
      ...Object.getOwnPropertyNames(Object.getPrototypeOf(part)),
    ];
    for (const name of names.filter((one) => one !== "constructor")) {
      (part as unknown as Record<string, (words: never) => unknown>)[name]?.([] as never);
    }
  }
  // Those two are subscribe()'s.
  for (const name of ["events.subscribe", "events.unsubscribe"]) known.add(name);
  const { methods } = await client.server.info();
  assert.deepEqual(
    methods.filter((method) => !known.has(method)),
    [],
  );
  assert.deepEqual(
    [...known].filter((method) => !methods.includes(method)),
    [],
  );
});

test("amounts beyond 2^53 are exact both ways", async () => {
  await client.accounts.open({ id: "mint", currency: "BIG", scale: 0, floor: null });
  await client.accounts.open({ id: "vault", currency: "BIG", scale: 0 });
  const amount = 2n ** 63n - 2n;
  const paid = await client.payments.submit({ from: "mint", to: "vault", amount, currency: "BIG" });
  assert.equal(paid.to_balance, 9_223_372_036_854_775_806n);
  const vault = await client.accounts.get({ id: "vault" });
  assert.deepEqual([vault.balance, vault.posted_in], [amount, amount]);
});

test("sums past 64 bits are bigints like all others", async () => {
  await client.accounts.open({ id: "tide:a", currency: "BIG", scale: 0, floor: null });
  await client.accounts.open({ id: "tide:b", currency: "BIG", scale: 0 });
  const all = { amount: 2n ** 63n - 1n, currency: "BIG" };
  for (let i = 0; i < 3; i++) {
    await client.payments.submit({ from: "tide:a", to: "tide:b", ...all });
    await client.payments.submit({ from: "tide:b", to: "tide:a", ...all });
  }
  const sum = 3n * all.amount;
  const { posted_in, posted_out } = await client.accounts.get({ id: "tide:b" });
  assert.deepEqual([posted_in, posted_out], [sum, sum]);
  const [, listed] = (await client.accounts.list({ prefix: "tide:" })).accounts;
  assert.equal(listed?.posted_in, sum);
  const statement = await client.accounts.statement({ id: "tide:b", limit: 1 });
  assert.deepEqual([statement.in, statement.out], [sum, sum]);
});

test("an account is changed, frozen, closed and reopened", async () => {
  await client.accounts.open({ id: "temp", currency: "EUR", metadata: { name: "T", rate: 12.5 } });
  await client.accounts.update({
    id: "temp",
    frozen: "credits",
    limits: [{ window: "1d", amount: 100n, count: 3 }],
  });
  const temp = await client.accounts.get({ id: "temp" });
  assert.deepEqual(
    [temp.frozen, temp.limits?.[0]?.amount, temp.metadata?.["rate"]],
    ["credits", 100n, 12.5],
  );
  assert.equal(
    (await rejected(client.payments.submit(payment(1n, { to: "temp" })))).code,
    "account_frozen",
  );
  await client.accounts.update({
    id: "temp",
    frozen: "none",
    limits: null,
    alerts: { above: 10n },
    ceiling: 50n,
  });
  await client.accounts.close({ id: "temp" });
  assert.equal(
    (await rejected(client.payments.submit(payment(1n, { to: "temp" })))).code,
    "account_closed",
  );
  await client.accounts.reopen({ id: "temp" });
  const paid = await client.payments.submit(payment(11n, { to: "temp" }));
  assert.deepEqual(paid.to_crossed, ["above"]);
});

test("opening an account otherwise is rejected, and says that the account is as it was", async () => {
  const error = await rejected(client.accounts.open({ id: "shop", currency: "USD" }));
  assert.equal(error.code, "account_exists_with_different_currency");
  assert.match(error.message, /an account that has this id already is as it was/);
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("every account, line, payment, hold and schedule comes through pages that one doesn't see", async () => {
  await openAccounts(client, "pages:a", "pages:b");
  const between = { from: "pages:a", to: "pages:b", amount: 1n, currency: "EUR" };
  await client.payments.submit({ from: "world", to: "pages:a", amount: 100n, currency: "EUR" });
  for (let i = 0; i < 5; i++) {
    await client.payments.submit(between);
    await client.payments.hold(between);
    await client.payments.schedule({ ...between, at: "2099-01-31T09:00:00Z" });
  }
  const account = "pages:b";
  const accounts = await collect(client.accounts.each({ prefix: "pages:", limit: 1 }));
  assert.deepEqual(
    accounts.map(({ id }) => id),
    ["pages:a", "pages:b"],
  );
  const lines = await collect(client.accounts.lines({ id: account, limit: 3, order: "asc" }));
  assert.deepEqual([lines.length, lines[9]?.balance], [10, 5n]);
  const payments = await collect(client.payments.each({ account, type: "payment", limit: 2 }));
  assert.equal(payments.length, 5);
  assert.equal((await collect(client.holds.each({ account, limit: 2 }))).length, 5);
  assert.equal((await collect(client.schedules.each({ account, limit: 2 }))).length, 5);
  const totals = await collect(client.ledger.eachTotal({ prefix: "pages", limit: 1 }));
  assert.deepEqual(
    totals.map(({ prefix, balance: sum }) => [prefix, sum]),
    [
      ["pages", 100n],
      ["pages:a", 95n],
      ["pages:b", 5n],
    ],
  );
});

test("the past can be asked for: by seq, by time, by effective date", async () => {
  const first = await client.accounts.get({ id: "ada", at: 5n });
  assert.equal(first.as_of_seq, 5n);
  await client.payments.submit(payment(2n, { effective_date: "2001-08-31" }));
  const then = await client.accounts.get({ id: "shop", effective_at: "2001-08-31" });
  assert.equal(then.balance, 2n);
  const statement = await client.accounts.statement({
    id: "shop",
    by: "effective_date",
    from: "2001-08-01",
    to: "2001-08-31",
  });
  assert.deepEqual(
    statement.lines.map((line) => line.effective_date),
    ["2001-08-31"],
  );
  const at = await client.accounts.list({ at: 2n });
  assert.equal(at.accounts.length, 2);
});

test("books are closed up to a day, and opened again", async () => {
  assert.equal(
    (await client.ledger.closeBooks({ until: "2001-12-31" })).closed_until,
    "2001-12-31",
  );
  const error = await rejected(
    client.payments.submit(payment(1n, { effective_date: "2001-12-31" })),
  );
  assert.equal(error.code, "books_closed");
  assert.equal((await client.ledger.openBooks({ until: null })).closed_until, null);
});

test("the ledger adds up, by its own account", async () => {
  const { balanced, currencies } = await client.ledger.trialBalance();
  assert.equal(balanced, true);
  assert.deepEqual(
    currencies.map(({ net }) => net),
    currencies.map(() => 0n),
  );
  const { rows } = await client.ledger.totals({ depth: 0 });
  assert.equal(rows.find((row) => row.currency === "EUR")?.balance, 0n);
  const { ok, problems } = await client.ledger.verify();
  assert.deepEqual([ok, problems], [true, []]);
  const status = await client.ledger.status();
  assert.deepEqual([status.read_only, status.clock.state], [false, "agrees"]);
});

test("scales are the daemon's: decimals in and out", async () => {
  await client.accounts.open({ id: "yen", currency: "JPY" });
  assert.deepEqual(await client.parse("12.34", "EUR"), { amount: 1234n, currency: "EUR" });
  assert.equal(await client.format({ amount: -5n, currency: "EUR" }), "-0.05 EUR");
  assert.equal(await client.format(await client.parse("700", "JPY")), "700 JPY");
  assert.equal((await refused(client.parse("1", "XYZ"))).code, "currency_unknown");
});

test("a method of a newer daemon can be called by name", async () => {
  assert.equal((await client.call("server.info"))["name"], "girod");
  const error = await refused(client.call("backup.imagined", { to: "/x" }));
  assert.equal(error.code, "unknown_method");
  assert.match(error.message, /another version: server\.info lists/);
});

test("a question about an account that isn't there says that it was only a question", async () => {
  const error = await refused(client.accounts.get({ id: "nobody" }));
  assert.match(error.message, /^account_unknown: .*only a question: no money moved\. Check the id/);
});

test("the feed begins where it is told, and a loop that is left ends it", async () => {
  const events = await client.subscribe({ from: 1n });
  const seen: Entry[] = [];
  for await (const entry of events) {
    seen.push(entry);
    if (entry.seq === events.headSeq) break;
  }
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    seen.map((_, i) => BigInt(i + 1)),
  );
  assert.deepEqual(await events.next(), { done: true, value: undefined });
});

test("the feed from now on has what is decided after it was opened, and nothing before", async () => {
  const events = await client.subscribe();
  const paid = await client.payments.submit(payment(1n));
  const { value } = await events.next();
  assert.equal(value?.seq, paid.seq);
  events.close();
});

test("a signal ends a call and a subscription", async () => {
  const controller = new AbortController();
  const events = await client.subscribe({ signal: controller.signal });
  const waiting = events.next();
  controller.abort(new Error("enough"));
  const error = await refused(waiting);
  assert.deepEqual([error.code, (error.cause as Error).message], ["aborted", "enough"]);
  const unsent = await refused(client.payments.submit(payment(1n), { signal: controller.signal }));
  assert.match(unsent.message, /Nothing was sent and no money moved/);
});

test("closing waits for what is on its way, and takes nothing more", async () => {
  const brief = daemon.client();
  const paid = brief.payments.submit(payment(1n));
  const closing = brief.close();
  assert.equal((await refused(brief.payments.submit(payment(1n)))).code, "closed");
  assert.equal((await paid).status, "applied");
  await closing;
});
