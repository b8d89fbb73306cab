// The core without a socket: a test carries the bytes and turns the clock.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Core, NonsenseError } from "../src/core.js";
import type { Call, Request } from "../src/core.js";
import { GiroError, RefusedError, UnknownError } from "../src/errors.js";
import type { Trouble } from "../src/explain.js";
import type { Json, JsonObject } from "../src/json.js";
import { Lines } from "../src/lines.js";

const LOST: Trouble = { code: "no_daemon", what: "the connection was lost", advice: "Start it." };
const ABORTED: Trouble = { code: "aborted", what: "it was aborted", advice: "Send it again." };

class Outcome {
  call!: Call;
  error: GiroError | undefined;
  result: Json | undefined;
  settled = 0;
}

// A core, and what was settled.
class Bench {
  readonly core: Core;
  readonly notified: [string, JsonObject][] = [];
  readonly troubles: string[] = [];
  now = 0;

  constructor() {
    this.core = new Core({
      random: () => 0,
      onNotification: (method, params) => this.notified.push([method, params]),
      onTrouble: (what) => this.troubles.push(what),
    });
    this.core.connected();
  }

  ask(changes: Partial<Request> = {}): Outcome {
    const request = { method: "payments.get", params: "{}", changes: false, repeatable: true, expires: 1_000, ...changes };
    const outcome = new Outcome();
    outcome.call = this.core.call(request, (error, result) => {
      outcome.settled++;
      outcome.error = error;
      outcome.result = result;
    });
    return outcome;
  }

  pay(key: string, more: Partial<Request> = {}): Outcome {
    return this.ask({ method: "payments.submit", params: `{"key":"${key}"}`, changes: true, key, ...more });
  }

  sent(): string[] {
    const bytes = this.core.takeOutput();
    return bytes === undefined ? [] : new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  }

  receive(...lines: string[]): void {
    this.core.receive(new TextEncoder().encode(lines.map((line) => line + "\n").join("")), this.now);
  }

  answer(outcome: Outcome, result: string): void {
    this.receive(`{"jsonrpc":"2.0","id":${outcome.call.id},"result":${result}}`);
  }

  refuse(outcome: Outcome, code: string): void {
    const error = `{"code":-32000,"message":"${code}, so nothing","data":{"code":"${code}"}}`;
    this.receive(`{"jsonrpc":"2.0","id":${outcome.call.id},"error":${error}}`);
  }

  // Until it has something to send, or `end`.
  pass(end: number): void {
    while (this.core.tickAt <= end) {
      this.now = Math.max(this.now, this.core.tickAt);
      this.core.tick(this.now);
    }
    this.now = end;
  }
}

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
  bench.core.disconnected(LOST, 0);
  bench.pay("c");
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
  assert.match(sent.error.message, /may or may not have taken effect.*payments\.get for the key sent/);
  assert.ok(unsent.error instanceof RefusedError);
  assert.match(unsent.error.message, /Nothing was sent and no money moved/);
  assert.ok(question.error instanceof RefusedError);
  assert.match(question.error.message, /only a question/);
  assert.deepEqual([sent.error.code, unsent.error.code, question.error.code], ["timeout", "timeout", "timeout"]);
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

test("half a line is forgotten with its connection", () => {
  const bench = new Bench();
  const asked = bench.ask();
  bench.sent();
  bench.core.receive(new TextEncoder().encode('{"jsonrpc":"2.0","id":1,"res'), 0);
  bench.core.disconnected(LOST, 0);
  bench.core.connected();
  bench.sent();
  bench.answer(asked, "2");
  assert.equal(asked.result, 2n);
});

test("what isn't the protocol is an error that shows it, and no answer", () => {
  const rubbish: [string, RegExp][] = [
    ["HTTP/1.1 400 Bad Request", /not JSON: "HTTP/],
    ["[]", /not JSON-RPC 2\.0/],
    ["{}", /not JSON-RPC 2\.0/],
    ['{"jsonrpc":"2.0","id":1}', /neither result nor error, to payments\.submit/],
    ['{"jsonrpc":"2.0","id":7,"result":1}', /request that wasn't made: id 7/],
    ['{"jsonrpc":"2.0","id":"1","result":1}', /request that wasn't made: id 1/],
    ['{"jsonrpc":"2.0","id":1,"result":{"status":"applied","key":"other"}}', /about another key/],
    ['{"jsonrpc":"2.0","method":"event","params":[1]}', /a notification without params/],
  ];
  for (const [line, expected] of rubbish) {
    const bench = new Bench();
    const paid = bench.pay("a");
    bench.sent();
    assert.throws(() => bench.receive(line), expected);
    assert.equal(paid.settled, 0);
    bench.core.useless(LOST);
    assert.ok(paid.error instanceof UnknownError, line);
  }
});

test("a second answer to one request is an error", () => {
  const bench = new Bench();
  const asked = bench.ask();
  bench.sent();
  bench.answer(asked, "1");
  assert.throws(() => bench.answer(asked, "2"), NonsenseError);
  assert.equal(asked.result, 1n);
});

test("bytes that aren't UTF-8 are an error, not other characters", () => {
  const bench = new Bench();
  assert.throws(() => bench.core.receive(new Uint8Array([34, 0xff, 34, 10]), 0), /aren't UTF-8/);
});

test("a line that doesn't end is an error before it fills the memory", () => {
  const lines = new Lines(1_000);
  lines.take(new Uint8Array(999));
  assert.throws(() => lines.take(new Uint8Array(2)), /more than 1000 bytes and no end/);
});

test("an error without a request's id is told, and what waits goes on waiting", () => {
  const bench = new Bench();
  const asked = bench.ask();
  bench.sent();
  bench.receive('{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a line over 16 MiB","data":{"code":"too_large"}}}');
  assert.equal(asked.settled, 0);
  assert.match(bench.troubles.join(), /refuses the connection: a line over 16 MiB/);
});

test("notifications are told in their order, among answers", () => {
  const bench = new Bench();
  const asked = bench.ask();
  bench.sent();
  bench.receive(
    '{"jsonrpc":"2.0","method":"event","params":{"seq":1}}',
    '{"jsonrpc":"2.0","id":1,"result":1}',
    '{"jsonrpc":"2.0","method":"event","params":{"seq":2}}',
  );
  assert.equal(asked.result, 1n);
  assert.deepEqual(bench.notified.map(([, params]) => params["seq"]), [1n, 2n]);
});

test("whatever happens in whatever order, each call ends once, and none is sent after its end", () => {
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed;
    const random = (n: number): number => (state = (state * 48271) % 2147483647) % n;
    const bench = new Bench();
    const calls: Outcome[] = [];
    const onWire = new Map<number, Outcome>();
    let isConnected = true;
    for (let step = 0; step < 200; step++) {
      const open = [...onWire.values()];
      const some = open[random(Math.max(1, open.length))];
      switch (random(8)) {
        case 0:
        case 1:
          calls.push(random(2) === 0 ? bench.ask({ expires: bench.now + 300 }) : bench.pay(`k${step}`, { expires: bench.now + 300 }));
          break;
        case 2:
          if (!isConnected) break;
          for (const line of bench.sent()) {
            const { id } = JSON.parse(line) as { id: number };
            const outcome = calls.find(({ call }) => call.id === id) as Outcome;
            assert.equal(outcome.settled, 0, `seed ${seed}: sent after its end`);
            onWire.set(id, outcome);
          }
          break;
        case 3:
        case 4:
          if (!isConnected || some === undefined) break;
          onWire.delete(some.call.id);
          if (random(3) === 0) bench.refuse(some, "busy");
          else bench.answer(some, some.call.request.key ? `{"key":"${some.call.request.key}"}` : "1");
          break;
        case 5:
          bench.pass(bench.now + random(40));
          break;
        case 6:
          if (calls.length > 0) bench.core.cancel((calls[random(calls.length)] as Outcome).call, ABORTED);
          break;
        default:
          if (isConnected) bench.core.disconnected(LOST, bench.now);
          else bench.core.connected();
          isConnected = !isConnected;
          onWire.clear();
      }
    }
    bench.pass(bench.now + 1_000);
    for (const { settled } of calls) assert.equal(settled, 1, `seed ${seed}`);
    assert.equal(bench.core.pending, 0);
  }
});
