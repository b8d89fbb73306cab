// A server that lies, stammers or falls silent, in place of the daemon.

import assert from "node:assert/strict";
import { Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { RefusedError, UnknownError } from "../src/index.js";
import type { Client, ClientOptions } from "../src/index.js";
import { sleep } from "./daemon.js";
import { APPLIED, PAYMENT, clientOf, failure, folder, listen, serve } from "./server.js";
import type { Asked } from "./server.js";

function client(socket: string, options: ClientOptions = {}): Client {
  return clientOf({ socket, timeoutMs: 20_000, ...options });
}

test("rubbish: the error names the socket and shows it, and the payment is unknown", async () => {
  const socket = await serve((_asked, to) => to.write("220 smtp.example.org ESMTP\r\n"));
  const error = await failure(client(socket).payments.submit(PAYMENT));
  assert.ok(error instanceof UnknownError);
  assert.deepEqual([error.code, error.key], ["nonsense", "inv-17"]);
  assert.ok(error.message.includes(`what answers at ${socket} doesn't speak Giro's protocol`));
  assert.match(error.message, /not JSON: "220 smtp\.example\.org ESMTP/);
  assert.match(
    error.message,
    /may or may not have taken effect.*Ask with payments\.get for the key inv-17/,
  );
});

test("rubbish to a question: only a question", async () => {
  const socket = await serve((_asked, to) => to.write("\n"));
  const error = await failure(client(socket).server.info());
  assert.ok(error instanceof RefusedError);
  assert.match(
    error.message,
    /doesn't speak Giro's protocol.*only a question.*See which program listens there/,
  );
});

test("rubbish once: the next call has a new connection", async () => {
  const socket = await serve(({ id }, to, connection) => {
    to.write(connection === 1 ? "???\n" : `{"jsonrpc":"2.0","id":${id},${APPLIED}}\n`);
  });
  const one = client(socket);
  assert.ok((await failure(one.payments.submit(PAYMENT))) instanceof UnknownError);
  assert.equal((await one.payments.submit(PAYMENT)).status, "applied");
});

test("half a line, then the end: the same request again on a new connection, and its answer", async () => {
  const lines: string[] = [];
  const socket = await serve(({ id }, to, connection, line) => {
    lines.push(line);
    const reply = `{"jsonrpc":"2.0","id":${id},${APPLIED}}\n`;
    to.write(connection > 2 ? reply : reply.slice(0, 40));
    if (connection <= 2) to.end();
  });
  assert.equal((await client(socket).payments.submit(PAYMENT)).status, "applied");
  assert.equal(lines.length, 3);
  assert.equal(new Set(lines).size, 1);
});

test("half a line each time: unknown when the time is over, and it says what happened", async () => {
  const socket = await serve((_asked, to) => {
    to.write('{"jsonrpc":"2.0","id":1,"resu');
    to.end();
  });
  const error = await failure(client(socket, { timeoutMs: 300 }).payments.submit(PAYMENT));
  assert.ok(error instanceof UnknownError);
  assert.match(
    error.message,
    /no answer in time: the connection to .* was lost: the daemon closed it/,
  );
});

test("half a line, then silence: unknown when the time is over", async () => {
  const socket = await serve((_asked, to) => to.write('{"jsonrpc":'));
  const error = await failure(client(socket, { timeoutMs: 100 }).payments.submit(PAYMENT));
  assert.ok(error instanceof UnknownError);
  assert.match(error.message, /didn't answer in time/);
});

test("answers in another order: each finds its request", async () => {
  const waiting: Asked[] = [];
  const socket = await serve((asked, to) => {
    waiting.push(asked);
    if (waiting.length < 3) return;
    for (const { id, params } of waiting.reverse()) {
      to.write(
        `{"jsonrpc":"2.0","id":${id},"result":{"status":"applied","seq":${id},"key":"${params.key}"}}\n`,
      );
    }
  });
  const one = client(socket);
  const paid = await Promise.all(
    ["a", "b", "c"].map((key) => one.payments.submit({ ...PAYMENT, key })),
  );
  assert.deepEqual(
    paid.map(({ key, seq }) => [key, seq]),
    [
      ["a", 1n],
      ["b", 2n],
      ["c", 3n],
    ],
  );
});

test("answers to each other's requests: never taken for one's own", async () => {
  const waiting: Asked[] = [];
  const socket = await serve((asked, to) => {
    waiting.push(asked);
    const [first, second] = waiting;
    if (first === undefined || second === undefined) return;
    to.write(
      `{"jsonrpc":"2.0","id":${first.id},"result":{"status":"applied","key":"${second.params.key}"}}\n`,
    );
  });
  const one = client(socket);
  const errors = await Promise.all(
    ["a", "b"].map((key) => failure(one.payments.submit({ ...PAYMENT, key }))),
  );
  for (const error of errors) {
    assert.ok(error instanceof UnknownError);
    assert.match(error.message, /an answer about another key, to payments\.submit/);
  }
});

test("an answer that nobody asked for ends the connection, and leaves others' outcomes unknown", async () => {
  const socket = await serve((_asked, to) => to.write(`{"jsonrpc":"2.0","id":99,${APPLIED}}\n`));
  const error = await failure(client(socket).payments.submit(PAYMENT));
  assert.match(error.message, /an answer to a request that wasn't made: id 99/);
});

test("a server that closes every connection at once is tried with pauses, not in a loop", async () => {
  let connections = 0;
  const path = await listen((socket) => {
    connections++;
    socket.destroy();
  });
  await failure(client(path, { timeoutMs: 500 }).payments.submit(PAYMENT));
  assert.ok(connections > 1 && connections < 15, `${connections} connections`);
});

test("busy, read_only and shutting_down are waited out, with the same request to the letter", async () => {
  const lines: string[] = [];
  const codes = ["busy", "read_only", "shutting_down", "busy"];
  const socket = await serve(({ id }, to, _connection, line) => {
    const code = codes[lines.length];
    lines.push(line);
    const error = `"error":{"code":-32001,"message":"no; nothing was decided","data":{"code":"${code}"}}`;
    to.write(`{"jsonrpc":"2.0","id":${id},${code === undefined ? APPLIED : error}}\n`);
  });
  const troubles: string[] = [];
  const paid = await client(socket, { onTrouble: (what) => troubles.push(what) }).payments.submit(
    PAYMENT,
  );
  assert.equal(paid.status, "applied");
  assert.equal(lines.length, 5);
  assert.equal(new Set(lines).size, 1);
  assert.equal(troubles.length, 4);
});

test("an abort stops the tries, and the payment is unknown if one of them may have come through", async () => {
  const controller = new AbortController();
  const socket = await serve((_asked, to) => to.end());
  const paying = failure(client(socket).payments.submit(PAYMENT, { signal: controller.signal }));
  await sleep(50);
  controller.abort(new Error("the customer left"));
  const error = await paying;
  assert.ok(error instanceof UnknownError);
  assert.deepEqual([error.code, (error.cause as Error).message], ["aborted", "the customer left"]);
});

test("calls of one moment are one write, also those that answers of one moment lead to", async () => {
  const path = await listen((socket) => {
    socket.on("data", (bytes) => {
      const ids = bytes.toString("utf8").match(/"id":\d+/g) ?? [];
      socket.write(ids.map((id) => `{"jsonrpc":"2.0",${id},"result":{"id":"a"}}\n`).join(""));
    });
  });
  const one = client(path);
  await one.server.info();

  // The client writes bytes, the server here text.
  let writes = 0;
  const { write } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, data: string | Uint8Array): boolean {
    if (typeof data !== "string") writes++;
    return write.call(this, data);
  };
  const twice = async (): Promise<void> => {
    await one.accounts.get({ id: "a" });
    await one.accounts.get({ id: "b" });
  };
  await Promise.all(Array.from({ length: 100 }, twice));
  Socket.prototype.write = write;
  assert.equal(writes, 2);
});

const EVENT = '"type":"payment","status":"applied","key":"k"';

// Tells events of the seqs that `of` gives for each connection, then ends.
function feed(of: (connection: number, from: number) => number[]): Promise<string> {
  return serve(({ id, params }, to, connection) => {
    const from = params.from ?? 1;
    to.write(`{"jsonrpc":"2.0","id":${id},"result":{"from":${from},"head_seq":9}}\n`);
    for (const seq of of(connection, from)) {
      to.write(`{"jsonrpc":"2.0","method":"event","params":{"seq":${seq},${EVENT}}}\n`);
    }
    to.end();
  });
}

test("a feed that breaks off goes on after the last event that came whole", async () => {
  const asked: number[] = [];
  const socket = await feed((_connection, from) => {
    asked.push(from);
    return [from, from + 1];
  });
  const seen: bigint[] = [];
  for await (const { seq } of await client(socket).subscribe({ from: 4n })) {
    seen.push(seq);
    if (seq === 9n) break;
  }
  assert.deepEqual(seen, [4n, 5n, 6n, 7n, 8n, 9n]);
  assert.deepEqual(asked.slice(0, 3), [4, 6, 8]);
});

test("a feed with a gap, or one that goes back, is an error after the events before it", async () => {
  for (const seqs of [
    [1, 2, 4],
    [1, 2, 2],
    [1, 2, 1],
  ]) {
    const socket = await feed(() => seqs);
    const events = await client(socket).subscribe({ from: 1n });
    assert.equal((await events.next()).value?.seq, 1n);
    assert.equal((await events.next()).value?.seq, 2n);
    const error = await failure(events.next());
    assert.match(error.message, new RegExp(`event ${seqs[2]} where 3 comes next`));
    assert.deepEqual(await events.next(), { done: true, value: undefined });
  }
});

test("a ledger that is shorter after a reconnection is an error that speaks of the backup", async () => {
  const socket = await serve(({ id, params }, to, connection) => {
    const from = params.from ?? 5;
    to.write(
      `{"jsonrpc":"2.0","id":${id},"result":{"from":${from},"head_seq":${connection === 1 ? 5 : 3}}}\n`,
    );
    to.write(`{"jsonrpc":"2.0","method":"event","params":{"seq":${from},${EVENT}}}\n`);
    to.end();
  });
  const events = await client(socket).subscribe({ from: 5n });
  assert.equal((await events.next()).value?.seq, 5n);
  const error = await failure(events.next());
  assert.equal(error.code, "history_lost");
  assert.match(error.message, /ends at seq 3.*what was to come next is 6.*backup was restored/);
});

test("a feed that goes on from elsewhere than asked is an error, so nothing comes twice", async () => {
  const socket = await serve(({ id, params }, to, connection) => {
    const from = connection === 1 ? Number(params.from) : 1;
    to.write(`{"jsonrpc":"2.0","id":${id},"result":{"from":${from},"head_seq":9}}\n`);
    to.write(`{"jsonrpc":"2.0","method":"event","params":{"seq":${from},${EVENT}}}\n`);
    to.end();
  });
  const events = await client(socket).subscribe({ from: 4n });
  assert.equal((await events.next()).value?.seq, 4n);
  assert.match((await failure(events.next())).message, /events from 1 where .* asked for from 5/);
});

test("a feed that answers rubbish fails where it is opened", async () => {
  const socket = await serve(({ id }, to) =>
    to.write(`{"jsonrpc":"2.0","id":${id},"result":{}}\n`),
  );
  assert.match((await failure(client(socket).subscribe())).message, /without from and head_seq/);
  const silent = await serve(() => undefined);
  assert.match(
    (await failure(client(silent).subscribe({ timeoutMs: 50 }))).message,
    /didn't answer in time/,
  );
});

test("a feed that isn't read fills neither this process nor stops for ever: the server has to wait", async () => {
  const EVENTS = 60_000;
  let told = 0;
  const socket = await serve(({ id }, to) => {
    to.write(`{"jsonrpc":"2.0","id":${id},"result":{"from":1,"head_seq":${EVENTS}}}\n`);
    const tell = (): void => {
      while (told < EVENTS) {
        const line = `{"jsonrpc":"2.0","method":"event","params":{"seq":${++told},${EVENT}}}\n`;
        if (!to.write(line)) return;
      }
    };
    to.on("drain", tell);
    tell();
  });
  const events = await client(socket).subscribe({ from: 1n });
  for (let before = -1; before < told; await sleep(100)) before = told;
  assert.ok(told < 20_000, `${told} were taken though nobody reads`);
  let next = 1n;
  for await (const { seq } of events) {
    assert.equal(seq, next++);
    if (seq === BigInt(EVENTS)) break;
  }
});

test("where nobody listens: refused when the time is over, with the path and what to do", async () => {
  const error = await failure(
    client(join(folder, "missing.sock"), { timeoutMs: 50 }).payments.submit(PAYMENT),
  );
  assert.ok(error instanceof RefusedError);
  assert.match(
    error.message,
    /no daemon answers at .*missing\.sock.*ENOENT.*Nothing was sent.*GIRO_SOCKET/,
  );
});
