// The core: what comes in, sense and nonsense, and everything in any order.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NonsenseError } from "../src/core.js";
import { UnknownError } from "../src/errors.js";
import { Lines } from "../src/lines.js";
import { ABORTED, Bench, LOST } from "./core_bench.js";
import type { Outcome } from "./core_bench.js";

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
    ["HTTP/1.1 400 Bad Request", /not JSON: "HTTP\/1\.1 400 Bad Request"/],
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
  bench.receive(
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a line over 16 MiB","data":{"code":"too_large"}}}',
  );
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
  assert.deepEqual(
    bench.notified.map(([, params]) => params["seq"]),
    [1n, 2n],
  );
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
          calls.push(
            random(2) === 0
              ? bench.ask({ expires: bench.now + 300 })
              : bench.pay(`k${step}`, { expires: bench.now + 300 }),
          );
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
          else
            bench.answer(some, some.call.request.key ? `{"key":"${some.call.request.key}"}` : "1");
          break;
        case 5:
          bench.pass(bench.now + random(40));
          break;
        case 6:
          if (calls.length > 0) {
            bench.core.cancel((calls[random(calls.length)] as Outcome).call, ABORTED);
          }
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
