// The core: what is sent, sent again, given up, and what its caller is told then.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusedError, UnknownError } from "../src/errors.js";
import { ABORTED, Bench, LOST } from "./core_bench.js";

test("all that is asked for goes out together, in its order", () => {
  const bench = new Bench();
  bench.pay("a");
  bench.ask();
  assert.deepEqual(bench.sent(), [
    '{"jsonrpc":"2.0","id":1,"method":"payments.submit","params":{"key":"a"}}',
    '{"jsonrpc":"2.0","id":2,"method":"payments.get","params":{}}',
  ]);
  assert.deepEqual(bench.sent(), []);
});

test("more than a MiB goes out in several writes, each of whole requests", () => {
  const bench = new Bench();
  const long = `{"description":"${"x".repeat(400_000)}"}`;
  for (let i = 0; i < 7; i++) bench.pay(`k${i}`, { params: long });
  const writes: number[] = [];
  while (bench.core.hasOutput) writes.push(bench.sent().length);
  assert.deepEqual(writes, [3, 3, 1]);
});

test("answers find their requests in whatever order they come", () => {
  const bench = new Bench();
  const [a, b, c] = [bench.ask(), bench.ask(), bench.ask()];
  bench.sent();
  bench.answer(c, '"third"');
  bench.answer(a, '"first"');
  bench.answer(b, '"second"');
  assert.deepEqual([a.result, b.result, c.result], ["first", "second", "third"]);
});

test("an answer that comes in single bytes is one answer", () => {
  const bench = new Bench();
  const asked = bench.ask();
  bench.sent();
  for (const byte of new TextEncoder().encode(`{"jsonrpc":"2.0","id":1,"result":"Ä😀"}\n`)) {
    assert.equal(asked.settled, 0);
    bench.core.receive(new Uint8Array([byte]), 0);
  }
  assert.equal(asked.result, "Ä😀");
});

test("after a lost connection the unanswered are sent again, to the letter, before what came later", () => {
  const bench = new Bench();
  const [a, b] = [bench.pay("a"), bench.pay("b")];
  const first = bench.sent();
  bench.answer(a, '{"status":"applied","key":"a"}');
  bench.pay("c");
  bench.core.disconnected(LOST, 0);
  bench.core.connected();
  const again = bench.sent();
  assert.equal(again[0], first[1]);
  assert.match(String(again[1]), /"key":"c"/);
  assert.equal(again.length, 2);
  assert.equal(b.settled, 0);
});

test("a busy daemon is asked again after a while, longer each time, with the same text", () => {
  const bench = new Bench();
  const paid = bench.pay("a", { expires: 60_000 });
  const pauses: number[] = [];
  let text = bench.sent();
  for (let i = 0; i < 5; i++) {
    bench.refuse(paid, "busy");
    assert.deepEqual(bench.sent(), []);
    pauses.push(bench.core.tickAt - bench.now);
    bench.pass(bench.core.tickAt);
    const again = bench.sent();
    assert.deepEqual(again, text);
    text = again;
  }
  assert.deepEqual(pauses, [10, 20, 40, 80, 160]);
  bench.answer(paid, '{"status":"applied","key":"a"}');
  assert.equal(paid.error, undefined);
  assert.equal(paid.settled, 1);
});

test("a daemon that stays busy is given up when the next try would come too late: nothing was decided", () => {
  const bench = new Bench();
  const paid = bench.pay("a", { expires: 100 });
  while (paid.settled === 0) {
    bench.sent();
    bench.refuse(paid, "busy");
    if (paid.settled === 0) bench.pass(bench.core.tickAt);
  }
  assert.ok(paid.error instanceof RefusedError);
  assert.equal(paid.error.code, "busy");
  assert.equal(paid.error.retry, true);
  assert.match(paid.error.message, /decided nothing and moved no money/);
});

test("no answer in time: what was sent is unknown, what wasn't is refused, a question only asked", () => {
  const bench = new Bench();
  const [sent, question] = [bench.pay("sent"), bench.ask()];
  bench.sent();
  const unsent = bench.pay("unsent");
  bench.pass(1_000);
  assert.ok(sent.error instanceof UnknownError);
  assert.match(
    sent.error.message,
    /may or may not have taken effect.*payments\.get for the key sent/,
  );
  assert.ok(unsent.error instanceof RefusedError);
  assert.match(unsent.error.message, /Nothing was sent and no money moved/);
  assert.ok(question.error instanceof RefusedError);
  assert.match(question.error.message, /only a question/);
  assert.deepEqual(
    [sent.error.code, unsent.error.code, question.error.code],
    ["timeout", "timeout", "timeout"],
  );
  assert.deepEqual(bench.sent(), []);
});

test("an answer after the time was over surprises nobody", () => {
  const bench = new Bench();
  const late = bench.pay("late");
  bench.sent();
  bench.pass(1_000);
  bench.answer(late, '{"status":"applied","key":"late"}');
  assert.equal(late.settled, 1);
});

test("doubt stays: a refusal of the second try says nothing about the first", () => {
  for (const code of ["busy", "read_only", "unauthorized", "invalid_amount", "internal"]) {
    const bench = new Bench();
    const paid = bench.pay("a", { expires: 20 });
    bench.sent();
    bench.core.disconnected(LOST, 0);
    bench.core.connected();
    bench.sent();
    bench.now = 15;
    bench.refuse(paid, code);
    assert.ok(paid.error instanceof UnknownError, code);
    assert.equal(paid.error.code, code);
  }
});

test("a conflict ends doubt: the key decided another request, so this one never did", () => {
  const bench = new Bench();
  const paid = bench.pay("a");
  bench.sent();
  bench.core.disconnected(LOST, 0);
  bench.core.connected();
  bench.sent();
  bench.refuse(paid, "key_conflict");
  assert.ok(paid.error instanceof RefusedError);
  assert.match(paid.error.message, /earlier outcome stands/);
});

test("outcome_unknown is asked for again with the same key, and unknown only if no answer comes", () => {
  const bench = new Bench();
  const paid = bench.pay("a", { expires: 50 });
  const text = bench.sent();
  bench.refuse(paid, "outcome_unknown");
  bench.pass(10);
  assert.deepEqual(bench.sent(), text);
  bench.pass(50);
  assert.ok(paid.error instanceof UnknownError);
});

test("a refused dry run or question is never in doubt", () => {
  const bench = new Bench();
  const rehearsed = bench.pay("a", { changes: false });
  bench.sent();
  bench.core.disconnected(LOST, 0);
  bench.pass(1_000);
  assert.ok(rehearsed.error instanceof RefusedError);
});

test("a change without a key isn't sent twice: lost is unknown at once", () => {
  const bench = new Bench();
  const changed = bench.ask({ changes: true, repeatable: false });
  bench.sent();
  bench.core.disconnected(LOST, 0);
  assert.ok(changed.error instanceof UnknownError);
  bench.core.connected();
  assert.deepEqual(bench.sent(), []);
});

test("aborted before it was sent: refused; after: unknown; the answer is still understood", () => {
  const bench = new Bench();
  const [a, b] = [bench.pay("a"), bench.pay("b")];
  bench.core.cancel(a.call, ABORTED);
  assert.equal(bench.sent().length, 1);
  bench.core.cancel(b.call, ABORTED);
  bench.core.cancel(b.call, ABORTED);
  assert.ok(a.error instanceof RefusedError);
  assert.ok(b.error instanceof UnknownError);
  assert.deepEqual([a.settled, b.settled], [1, 1]);
  bench.answer(b, '{"status":"applied","key":"b"}');
  assert.equal(b.settled, 1);
});

test("a connection that fails is tried again after longer and longer pauses, until an answer comes", () => {
  const bench = new Bench();
  bench.ask({ expires: 1e6 });
  const pauses: number[] = [];
  for (let i = 0; i < 9; i++) {
    bench.core.disconnected(LOST, bench.now);
    pauses.push(bench.core.connectAt - bench.now);
    bench.now = bench.core.connectAt;
    bench.core.connected();
    bench.sent();
  }
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]);
  bench.receive('{"jsonrpc":"2.0","id":1,"result":1}');
  bench.ask();
  bench.core.disconnected(LOST, bench.now);
  assert.equal(bench.core.connectAt - bench.now, 10);
});

test("no connection is wanted while nothing is asked", () => {
  const bench = new Bench();
  bench.core.disconnected(LOST, 0);
  assert.equal(bench.core.connectAt, Infinity);
  assert.equal(bench.core.tickAt, Infinity);
  bench.ask();
  assert.equal(bench.core.connectAt, 10);
});

test("where nothing is tried again, what brings no result is settled at once, sent or not", () => {
  const bench = new Bench(true);
  const [busy, sent] = [bench.pay("busy"), bench.pay("sent")];
  bench.sent();
  const unsent = bench.pay("unsent");
  bench.refuse(busy, "busy");
  assert.ok(busy.error instanceof RefusedError);
  bench.core.disconnected(LOST, 0);
  assert.ok(sent.error instanceof UnknownError);
  assert.ok(unsent.error instanceof RefusedError);
  assert.equal(bench.core.pending, 0);
  bench.ask();
  assert.equal(bench.core.connectAt, 0);
});

test("what became of it at other nodes is not forgotten: refused there, or in doubt", () => {
  const bench = new Bench(true);
  const refused = bench.pay("a", { earlier: "refused" });
  const open = bench.pay("b", { earlier: "open" });
  bench.core.disconnected(LOST, 0);
  assert.ok(refused.error instanceof RefusedError);
  assert.match(refused.error.message, /This request decided nothing/);
  assert.ok(open.error instanceof UnknownError);
});

test("what begins later isn't sent before, nor given up with the connection", () => {
  const bench = new Bench(true);
  const later = bench.pay("a", { begins: 50 });
  assert.deepEqual(bench.sent(), []);
  bench.core.disconnected(LOST, 0);
  assert.equal(later.settled, 0);
  bench.core.connected();
  bench.pass(50);
  assert.equal(bench.sent().length, 1);
});
