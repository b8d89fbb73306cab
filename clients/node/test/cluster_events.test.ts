// The feed of several nodes: it goes on at the next one, where the last one ended.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClientOptions } from "../src/index.js";
import { clientOf, failure, serve } from "./server.js";

const EVENT = '"type":"payment","status":"applied","key":"k"';

// Plays a node: tells events of these seqs to each subscription, then ends. `head` is the newest
// seq that it knows, by the number of its connection.
function feed(asked: number[], seqs: number[], head = (_: number): number => 9): Promise<string> {
  return serve(({ id, params }, to, connection) => {
    const from = params.from ?? 1;
    asked.push(from);
    const head_seq = head(connection);
    to.write(`{"jsonrpc":"2.0","id":${id},"result":{"from":${from},"head_seq":${head_seq}}}\n`);
    if (head_seq + 1 < from) return;
    for (const seq of seqs) {
      to.write(`{"jsonrpc":"2.0","method":"event","params":{"seq":${seq},${EVENT}}}\n`);
    }
    to.end();
  });
}

async function read(socket: string[], until: bigint, options: ClientOptions = {}): Promise<bigint[]> {
  const events = await clientOf({ socket, timeoutMs: 5_000, ...options }).subscribe({ from: 4n });
  const seen: bigint[] = [];
  for await (const { seq } of events) {
    seen.push(seq);
    if (seq === until) break;
  }
  return seen;
}

test("a broken connection goes on at the next node behind the last event", async () => {
  const asked: number[] = [];
  const sockets = [await feed(asked, [4, 5]), await feed(asked, [6, 7]), await feed(asked, [8, 9])];
  assert.deepEqual(await read(sockets, 9n), [4n, 5n, 6n, 7n, 8n, 9n]);
  assert.deepEqual(asked, [4, 6, 8]);
});

test("a node that hangs up before it answered is passed over, and no other with it", async () => {
  const asked: number[] = [];
  const unasked: number[] = [];
  const rude = await serve((_asked, to) => to.end());
  const sockets = [rude, await feed(asked, [4, 5]), await feed(unasked, [4, 5])];
  assert.deepEqual(await read(sockets, 5n), [4n, 5n]);
  assert.deepEqual([asked, unasked], [[4], []]);
});

test("a node that takes no subscription, or none in its time, is passed over", async () => {
  const asked: number[] = [];
  const busy = await serve(({ id }, to) =>
    to.write(`{"jsonrpc":"2.0","id":${id},"error":{"message":"no","data":{"code":"busy"}}}\n`),
  );
  const silent = await serve(() => undefined);
  const sockets = [busy, silent, await feed(asked, [4, 5])];
  assert.deepEqual(await read(sockets, 5n, { timeoutMs: 600 }), [4n, 5n]);
});

test("a node that is behind what was told is asked again, and the feed waits for it", async () => {
  const asked: number[] = [];
  const behind = await feed(asked, [6, 7], (connection) => (connection < 3 ? 3 : 9));
  const sockets = [await feed(asked, [4, 5], (connection) => (connection === 1 ? 9 : 3)), behind];
  assert.deepEqual(await read(sockets, 7n), [4n, 5n, 6n, 7n]);
});

test("nodes that all stay behind have another ledger, or an older copy", async () => {
  const asked: number[] = [];
  const old = (connection: number): number => (connection === 1 ? 9 : 3);
  const sockets = [await feed(asked, [4, 5], old), await feed(asked, [], () => 3)];
  const lost = await failure(read(sockets, 9n, { timeoutMs: 300 }));
  assert.equal(lost.code, "history_lost");
  assert.match(lost.message, /ends at seq 3.*what was to come next is 6/);
});

test("a gap between nodes is an error as any other", async () => {
  const asked: number[] = [];
  const sockets = [await feed(asked, [4, 5]), await feed(asked, [7])];
  assert.match((await failure(read(sockets, 9n))).message, /event 7 where 6 comes next/);
});

test("servers that all talk rubbish are told from broken connections", async () => {
  const rubbish = (): Promise<string> => serve((_asked, to) => to.write("???\n"));
  const told = await failure(read([await rubbish(), await rubbish()], 9n));
  assert.equal(told.code, "nonsense");
});

test("a feed begins where its client talks, and ends with it", async () => {
  const asked: number[] = [];
  const busy = await serve(({ id }, to) =>
    to.write(`{"jsonrpc":"2.0","id":${id},"error":{"message":"no","data":{"code":"busy"}}}\n`),
  );
  const two = await serve(({ id, method, params }, to) => {
    if (method === "events.subscribe") asked.push(params.from ?? 0);
    to.write(`{"jsonrpc":"2.0","id":${id},"result":{"from":1,"head_seq":0}}\n`);
  });
  let troubles = 0;
  const client = clientOf({ socket: [busy, two], onTrouble: () => troubles++ });
  await client.server.info();
  const events = await client.subscribe();
  const next = events.next();
  await client.close();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.deepEqual([asked, troubles], [[0], 1]);
});
