// Every method, against the real daemon.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, RefusedError, RejectedError, newKey } from "../src/index.js";
import type { Entry, JsonObject, Member, Payment } from "../src/index.js";
import { Daemon, openAccounts, sleep } from "./daemon.js";

let daemon: Daemon;
let client: Client;

before(async () => {
  daemon = await Daemon.start();
  client = daemon.client();
  await openAccounts(client, "ada", "shop", "poor");
  await client.payments.submit({ from: "world", to: "ada", amount: 1_000_000n, currency: "EUR" });
});
after(() => daemon.remove());

function payment(amount: bigint, more: Partial<Payment> = {}): Payment {
  return { from: "ada", to: "shop", amount, currency: "EUR", ...more };
}

async function balance(id: string): Promise<bigint> {
  return (await client.accounts.get({ id })).balance;
}

async function rejected(promise: Promise<unknown>): Promise<RejectedError> {
  const error = await promise.then(
    () => assert.fail("it was not rejected"),
    (problem: unknown) => problem,
  );
  assert.ok(error instanceof RejectedError, String(error));
  return error;
}

async function refused(promise: Promise<unknown>): Promise<RefusedError> {
  const error = await promise.then(
    () => assert.fail("it was not refused"),
    (problem: unknown) => problem,
  );
  assert.ok(error instanceof RefusedError, String(error));
  return error;
}

test("the daemon has no method that this client lacks", async () => {
  const known = new Set<string>();
  const recorder = new Proxy(
    {},
    { get: () => (method: string) => (known.add(method), Promise.resolve({ next: null, currencies: [] })) },
  );
  const { Accounts } = await import("../src/api/accounts.js");
  const { Ledger, Server } = await import("../src/api/ledger.js");
  const { Holds, Payments, Schedules } = await import("../src/api/payments.js");
  const api = [Accounts, Ledger, Server, Holds, Payments, Schedules].map((Api) => new Api(recorder as never));
  for (const part of api) {
    const names = [...Object.keys(part), ...Object.getOwnPropertyNames(Object.getPrototypeOf(part))];
    for (const name of names.filter((one) => one !== "constructor")) {
      (part as unknown as Record<string, (words: never) => unknown>)[name]?.([] as never);
    }
  }
  // Those two are subscribe()'s.
  for (const name of ["events.subscribe", "events.unsubscribe"]) known.add(name);
  const { methods } = await client.server.info();
  assert.deepEqual(methods.filter((method) => !known.has(method)), []);
  assert.deepEqual([...known].filter((method) => !methods.includes(method)), []);
});

test("a payment is applied, and answers exact balances", async () => {
  const [ada, shop] = [await balance("ada"), await balance("shop")];
  const paid = await client.payments.submit(payment(1_250n, { reference: "invoice 17" }));
  assert.equal(paid.status, "applied");
  assert.equal(paid.replayed, false);
  assert.deepEqual([paid.from_balance, paid.to_balance], [ada - 1_250n, shop + 1_250n]);
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
  for (let i = 0; i < 2; i++) {
    const amount = 2n ** 63n - 1n;
    const { balance: before } = await client.accounts.get({ id: "mint" });
    if (before < 0n) await client.payments.submit({ from: "vault", to: "mint", amount: -before, currency: "BIG" });
    await client.payments.submit({ from: "mint", to: "vault", amount, currency: "BIG" });
  }
  const vault = await client.accounts.get({ id: "vault" });
  assert.ok(vault.posted_in > 2n ** 64n);
  const [listed] = (await client.accounts.list({ prefix: "vault" })).accounts;
  assert.equal(listed?.posted_in, vault.posted_in);
  const statement = await client.accounts.statement({ id: "vault", limit: 1 });
  assert.equal(statement.in, vault.posted_in);
});

test("the same key is the same payment: it answers what was decided, and moves nothing again", async () => {
  const key = newKey();
  const first = await client.payments.submit(payment(100n, { key }));
  const before = await balance("ada");
  const again = await client.payments.submit(payment(100n, { key }));
  assert.deepEqual([again.seq, again.replayed], [first.seq, true]);
  assert.equal(await balance("ada"), before);
  const conflict = await refused(client.payments.submit(payment(101n, { key })));
  assert.deepEqual([conflict.code, conflict.field, conflict.seq, conflict.key], ["key_conflict", "amount", first.seq, key]);
  assert.match(conflict.message, /earlier outcome stands.*Use a new key/);
});

test("a rejection is an error that says it is decided, with the balances that it saw", async () => {
  const error = await rejected(client.payments.submit({ from: "poor", to: "shop", amount: 1n, currency: "EUR" }));
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
  assert.deepEqual([error.code, error.field, error.key, error.retry], ["invalid_amount", "amount", key, false]);
  assert.match(error.message, /^invalid_amount: amount must be above 0\. This request decided nothing and moved no money\. Mend/);
  assert.equal((await client.payments.submit(payment(1n, { key }))).replayed, false);
});

test("a number that isn't exact never leaves the process", async () => {
  const error = await refused(client.payments.submit({ ...payment(1n), amount: 2 ** 60 as unknown as bigint }));
  assert.match(error.message, /beyond 2\^53.*use a bigint.*Nothing was sent/);
});

test("a request over 16 MiB is refused before it is sent", async () => {
  const huge = { ...payment(1n), description: "x".repeat(17_000_000) };
  assert.match((await refused(client.payments.submit(huge))).message, /too_large|more than a line of 16 MiB/);
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
  const failed = await rejected(client.payments.submit({ legs: [...legs, { ...legs[2]!, amount: 5n }] }));
  assert.match(failed.message, /leg_failed, leg 3: insufficient_funds/);
});

test("a dry run decides and keeps nothing", async () => {
  const key = newKey();
  const rehearsed = await client.payments.submit({ ...payment(7n), key, dry_run: true });
  assert.equal(rehearsed.dry_run, true);
  const error = await rejected(client.payments.submit({ ...payment(7n), from: "poor", dry_run: true }));
  assert.match(error.message, /dry run: nothing was decided.*the key is unused/);
  assert.deepEqual(await client.payments.get({ key }), { status: "unknown", key });
});

test("a hold is captured in parts, voided, and tells its life", async () => {
  const key = newKey();
  const held = await client.payments.hold({ ...payment(500n), key, timeout: "1h" });
  assert.deepEqual([held.status, held.amount, held.from_held_out], ["held", 500n, 500n]);
  const { holds } = await client.holds.list({ account: "ada" });
  assert.deepEqual(holds.map((hold) => [hold.key, hold.left]), [[key, 500n]]);
  const part = await client.payments.capture({ hold: key, amount: 200n });
  assert.deepEqual([part.amount, part.left], [200n, 300n]);
  const rest = await client.payments.capture({ hold: held.seq, amount: 100n, final: true });
  assert.deepEqual([rest.left, rest.released], [0n, 200n]);
  assert.equal((await rejected(client.payments.void({ hold: key }))).code, "hold_captured");
  const found = await client.payments.get({ key });
  assert.ok(found.type === "hold");
  assert.deepEqual(found.life?.map((step) => step.type), ["hold", "capture", "capture"]);

  const other = await client.payments.hold(payment(50n));
  assert.equal((await client.payments.void({ hold: other.key })).released, 50n);
});

test("a payment is reversed in parts, never more than it moved", async () => {
  const paid = await client.payments.submit(payment(300n));
  const back = await client.payments.reverse({ original: paid.key, amount: 100n, reference: "complaint 3" });
  assert.deepEqual([back.amount, back.reversed, back.original_seq], [100n, 100n, paid.seq]);
  const error = await rejected(client.payments.reverse({ original: paid.seq, amount: 201n }));
  assert.equal(error.code, "reversal_exceeds_original");
  assert.equal((await client.payments.reverse({ original: paid.key })).amount, 200n);
});

test("a payment is scheduled, listed and cancelled; one that is due is decided by itself", async () => {
  const rent = await client.payments.schedule({ ...payment(9n), at: "2099-01-31T09:00:00Z", every: "P1M", count: 12 });
  const { schedules } = await client.schedules.list({ account: "shop" });
  assert.deepEqual(schedules.map((one) => [one.key, one.occurrence]), [[rent.key, 1n]]);
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
    { method: "payments.submit", params: { from: "ada", to: "group:new", amount: 5n, currency: "EUR" } },
  ];
  const rehearsed = await client.payments.submitGroup(good, { dry_run: true });
  assert.equal(rehearsed.dry_run, true);
  const bad: Member = { method: "payments.submit", params: { from: "group:new", to: "ada", amount: 6n, currency: "EUR" } };
  const error = await rejected(client.payments.submitGroup([...good, bad]));
  assert.match(error.message, /insufficient_funds, member 2 of the group/);
  const done = await client.payments.submitGroup(good);
  assert.equal(done.members.length, 2);
  assert.equal(await balance("group:new"), 5n);
});

test("an account is changed, frozen, closed and reopened", async () => {
  await client.accounts.open({ id: "temp", currency: "EUR", metadata: { name: "T", rate: 12.5 } });
  await client.accounts.update({ id: "temp", frozen: "credits", limits: [{ window: "1d", amount: 100n, count: 3 }] });
  const temp = await client.accounts.get({ id: "temp" });
  assert.deepEqual([temp.frozen, temp.limits?.[0]?.amount, temp.metadata?.["rate"]], ["credits", 100n, 12.5]);
  assert.equal((await rejected(client.payments.submit(payment(1n, { to: "temp" })))).code, "account_frozen");
  await client.accounts.update({ id: "temp", frozen: "none", limits: null, alerts: { above: 10n }, ceiling: 50n });
  await client.accounts.close({ id: "temp" });
  assert.equal((await rejected(client.payments.submit(payment(1n, { to: "temp" })))).code, "account_closed");
  await client.accounts.reopen({ id: "temp" });
  const paid = await client.payments.submit(payment(11n, { to: "temp" }));
  assert.deepEqual(paid.to_crossed, ["above"]);
});

test("opening an account otherwise is rejected, and says that the account is as it was", async () => {
  const error = await rejected(client.accounts.open({ id: "shop", currency: "USD" }));
  assert.equal(error.code, "account_exists_with_different_currency");
  assert.match(error.message, /an account that has this id already is as it was/);
});

test("every account, line and payment comes through pages that one doesn't see", async () => {
  const ids: string[] = [];
  for await (const account of client.accounts.each({ limit: 2 })) ids.push(account.id);
  assert.deepEqual(ids, [...ids].sort());
  assert.ok(ids.length > 5);
  let sum = 0n;
  for await (const line of client.accounts.lines({ id: "ada", limit: 3, order: "asc" })) sum += line.amount;
  assert.equal(sum, await balance("ada"));
  const seqs: bigint[] = [];
  for await (const entry of client.payments.each({ account: "shop", limit: 3 })) seqs.push(entry.seq);
  assert.ok(seqs.length > 5);
  for await (const hold of client.holds.each({ limit: 1 })) assert.equal(hold.type, "hold");
  for await (const schedule of client.schedules.each({ limit: 1 })) assert.equal(schedule.type, "schedule");
  const prefixes: string[] = [];
  for await (const row of client.ledger.eachTotal({ limit: 1, depth: 1 })) prefixes.push(row.prefix);
  assert.ok(prefixes.includes("ada"));
});

test("the past can be asked for: by seq, by time, by effective date", async () => {
  const first = await client.accounts.get({ id: "ada", at: 5n });
  assert.equal(first.as_of_seq, 5n);
  await client.payments.submit(payment(2n, { effective_date: "2001-08-31" }));
  const then = await client.accounts.get({ id: "shop", effective_at: "2001-08-31" });
  assert.equal(then.balance, 2n);
  const statement = await client.accounts.statement({ id: "shop", by: "effective_date", from: "2001-08-01", to: "2001-08-31" });
  assert.deepEqual(statement.lines.map((line) => line.effective_date), ["2001-08-31"]);
  const at = await client.accounts.list({ at: 2n });
  assert.equal(at.accounts.length, 2);
});

test("books are closed up to a day, and opened again", async () => {
  assert.equal((await client.ledger.closeBooks({ until: "2001-12-31" })).closed_until, "2001-12-31");
  const error = await rejected(client.payments.submit(payment(1n, { effective_date: "2001-12-31" })));
  assert.equal(error.code, "books_closed");
  assert.equal((await client.ledger.openBooks({ until: null })).closed_until, null);
});

test("the ledger adds up, by its own account", async () => {
  const { balanced, currencies } = await client.ledger.trialBalance();
  assert.equal(balanced, true);
  assert.deepEqual(currencies.map(({ net }) => net), currencies.map(() => 0n));
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

test("received is answered at once, and the outcome is told when it is decided", async () => {
  const outcomes: JsonObject[] = [];
  const listener = daemon.client({ onDecided: (outcome) => outcomes.push(outcome) });
  const queued = await listener.payments.submit({ ...payment(1n), key: "received-1", ack: "received" });
  assert.deepEqual(queued, { status: "queued", key: "received-1" });
  const many = await listener.payments.submitMany([payment(1n)], { ack: "received" });
  assert.equal(many.status, "queued");
  while (outcomes.length < 2) await sleep(5);
  assert.deepEqual(outcomes.map((one) => one["key"] ?? one["applied"]), ["received-1", 1n]);
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

test("a thousand concurrent payments are each applied once, in the order in which they were asked for", async () => {
  const keys = Array.from({ length: 1_000 }, newKey);
  const paid = await Promise.all(keys.map((key) => client.payments.submit(payment(1n, { key }))));
  const seqs = paid.map(({ seq }) => seq);
  assert.deepEqual(seqs, [...seqs].sort((a, b) => (a < b ? -1 : 1)));
  assert.deepEqual(paid.map(({ key }) => key), keys);
});

test("the feed begins where it is told, and a loop that is left ends it", async () => {
  const events = await client.subscribe({ from: 1n });
  const seen: Entry[] = [];
  for await (const entry of events) {
    seen.push(entry);
    if (entry.seq === events.headSeq) break;
  }
  assert.deepEqual(seen.map(({ seq }) => seq), seen.map((_, i) => BigInt(i + 1)));
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
