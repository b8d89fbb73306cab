// The feed of several nodes: it goes on at the next one, where the last one ended.

import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";

import type { ClientOptions, Subscription } from "../src/index.js";
import { Clock } from "./clock.js";
import { sleep } from "./daemon.js";
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

// ---- Nodes whose connections last ----

interface Node {
  readonly socket: string;
  // What it was asked: "from 4", "status".
  readonly asked: string[];
  // Tells so many events, behind the last one.
  readonly tell: (count: number) => void;
}

// The rest of its answer's line to ledger.status; null: the connection ends; nothing: it is silent.
type Status = string | null | undefined;

function is(state: string): Status {
  return `"result":{"cluster":{"node":"one","state":"${state}"}}`;
}

// Plays a node that tells two events at once, and so many behind each answer to ledger.status.
async function play(status: Status, behind = 0): Promise<Node> {
  const asked: string[] = [];
  let next = 0;
  let told: Socket;
  const tell = (count: number): void => {
    const seqs = Array.from({ length: count }, () => next++);
    const lines = seqs.map((seq) => `"method":"event","params":{"seq":${seq},${EVENT}}`);
    told.write(lines.map((line) => `{"jsonrpc":"2.0",${line}}\n`).join(""));
  };
  const socket = await serve(({ id, method, params }, to) => {
    const isStatus = method === "ledger.status";
    asked.push(isStatus ? "status" : `from ${params.from}`);
    const rest = isStatus ? status : `"result":{"from":${params.from},"head_seq":9}`;
    if (rest === null) return to.end();
    if (rest !== undefined) to.write(`{"jsonrpc":"2.0","id":${id},${rest}}\n`);
    if (isStatus) return tell(behind);
    next = Number(params.from);
    told = to;
    tell(2);
  });
  return { socket, asked, tell };
}

// A feed of such nodes, from 4 on.
class Feed {
  readonly seen: bigint[] = [];
  readonly troubles: readonly string[];
  readonly #events: Subscription;

  static async open(...nodes: Node[]): Promise<Feed> {
    const troubles: string[] = [];
    const socket = nodes.map((node) => node.socket);
    const client = clientOf({ socket, onTrouble: (what) => troubles.push(what) });
    return new Feed(await client.subscribe({ from: 4n }), troubles);
  }

  private constructor(events: Subscription, troubles: string[]) {
    this.#events = events;
    this.troubles = troubles;
  }

  // Takes what there is, and from then on what comes.
  async read(): Promise<void> {
    for await (const { seq } of this.#events) this.seen.push(seq);
  }

  // All up to this one come, each once.
  async reaches(seq: number): Promise<void> {
    const expected = Array.from({ length: seq - 3 }, (_, i) => BigInt(i + 4));
    await until(() => this.seen.length >= expected.length);
    assert.deepEqual(this.seen, expected);
  }

  close(): void {
    this.#events.close();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 3_000, `it didn't come to ${isSo}`);
    await sleep(1);
  }
}

// Long enough for what was sent to be read.
function settled(): Promise<void> {
  return sleep(30);
}

// Until a socket is told to stop reading because of what `tell` does.
async function untilPaused(tell: () => void): Promise<void> {
  let isPaused = false;
  const { pause } = Socket.prototype;
  Socket.prototype.pause = function (this: Socket): Socket {
    isPaused = true;
    return pause.call(this);
  };
  tell();
  await until(() => isPaused).finally(() => (Socket.prototype.pause = pause));
}

test(
  "a node that fell silent is asked how it is after ten seconds, and left after ten more",
  Clock.during(async (clock) => {
    const [one, two] = [await play(undefined), await play(is("serving"))];
    const feed = await Feed.open(one, two);
    void feed.read();
    await feed.reaches(5);
    clock.pass(9_000);
    await settled();
    assert.deepEqual(one.asked, ["from 4"]);
    clock.pass(1_000);
    await until(() => one.asked.length === 2);
    clock.pass(9_000);
    await settled();
    assert.deepEqual([one.asked, two.asked], [["from 4", "status"], []]);
    clock.pass(1_000);
    await feed.reaches(7);
    assert.deepEqual(two.asked, ["from 6"]);
    assert.deepEqual(feed.troubles, [`events.subscribe: the node at ${one.socket} is silent`]);
    feed.close();
  }),
);

test(
  "a node that says that it is isolated is left at once, and so is the next one, round and round",
  Clock.during(async (clock) => {
    const [one, two] = [await play(is("isolated")), await play(is("isolated"))];
    const feed = await Feed.open(one, two);
    void feed.read();
    for (const seq of [5, 7, 9]) {
      await feed.reaches(seq);
      clock.pass(10_000);
    }
    await feed.reaches(11);
    assert.deepEqual(one.asked, ["from 4", "status", "from 8", "status"]);
    assert.deepEqual(two.asked, ["from 6", "status", "from 10"]);
    const told = [one, two, one].map(({ socket }) => `the node at ${socket} is isolated`);
    assert.deepEqual(
      feed.troubles,
      told.map((what) => `events.subscribe: ${what}: no events come there`),
    );
    feed.close();
  }),
);

test(
  "a node that answers anything else is listened to, and asked again after ten more quiet seconds",
  Clock.during(async (clock) => {
    const busy = '"error":{"message":"no","data":{"code":"busy"}}';
    for (const status of [is("serving"), is("catching_up"), '"result":{}', busy]) {
      const [one, two] = [await play(status, 1), await play(is("serving"))];
      const feed = await Feed.open(one, two);
      void feed.read();
      for (const seq of [5, 6, 7]) {
        await feed.reaches(seq);
        clock.pass(10_000);
      }
      await feed.reaches(8);
      assert.deepEqual(one.asked, ["from 4", "status", "status", "status"]);
      assert.deepEqual([two.asked, feed.troubles], [[], []]);
      feed.close();
    }
  }),
);

test(
  "a node that is lost while it is asked is left once",
  Clock.during(async (clock) => {
    const [one, two] = [await play(null), await play(is("serving"))];
    const feed = await Feed.open(one, two);
    void feed.read();
    await feed.reaches(5);
    clock.pass(10_000);
    await feed.reaches(7);
    await settled();
    assert.deepEqual([one.asked, two.asked], [["from 4", "status"], ["from 6"]]);
    assert.equal(feed.troubles.length, 1);
    feed.close();
  }),
);

test(
  "each event begins the ten seconds anew",
  Clock.during(async (clock) => {
    const [one, two] = [await play(is("serving")), await play(is("serving"))];
    const feed = await Feed.open(one, two);
    void feed.read();
    for (const seq of [5, 6, 7]) {
      await feed.reaches(seq);
      clock.pass(9_000);
      one.tell(1);
    }
    await feed.reaches(8);
    assert.deepEqual(one.asked, ["from 4"]);
    clock.pass(10_000);
    await until(() => one.asked.length === 2);
    feed.close();
  }),
);

test(
  "a feed that isn't read isn't quiet: its node is asked only ten seconds after it is read again",
  Clock.during(async (clock) => {
    const [one, two] = [await play(is("serving")), await play(is("serving"))];
    const feed = await Feed.open(one, two);
    await untilPaused(() => one.tell(998));
    for (let i = 0; i < 5; i++) clock.pass(5_000);
    void feed.read();
    await feed.reaches(1_003);
    clock.pass(9_000);
    await settled();
    assert.deepEqual(one.asked, ["from 4"]);
    clock.pass(1_000);
    await until(() => one.asked.length === 2);
    feed.close();
  }),
);

test(
  "an answer that waits behind events that nobody reads isn't silence",
  Clock.during(async (clock) => {
    const [one, two] = [await play(undefined, 1_500), await play(is("serving"))];
    const feed = await Feed.open(one, two);
    await untilPaused(() => clock.pass(10_000));
    clock.pass(10_000);
    void feed.read();
    await feed.reaches(1_505);
    assert.deepEqual([one.asked, two.asked], [["from 4", "status"], []]);
    clock.pass(10_000);
    await until(() => one.asked.length === 3);
    feed.close();
  }),
);

test(
  "a single node is never asked",
  Clock.during(async (clock) => {
    const node = await play(undefined);
    const feed = await Feed.open(node);
    void feed.read();
    await feed.reaches(5);
    for (let i = 0; i < 3; i++) clock.pass(10_000);
    await settled();
    assert.deepEqual([node.asked, feed.troubles], [["from 4"], []]);
    feed.close();
  }),
);

test(
  "of a feed that has ended no timer is left: of no node that it left, nor of one that it asks",
  Clock.during(async (clock) => {
    for (const asks of [false, true]) {
      const [one, two] = [await play(null), await play(undefined)];
      const feed = await Feed.open(one, two);
      void feed.read();
      await feed.reaches(5);
      clock.pass(10_000);
      await feed.reaches(7);
      if (asks) clock.pass(10_000);
      await until(() => two.asked.includes("status") === asks);
      feed.close();
      assert.equal(clock.timers, 0);
    }
  }),
);
