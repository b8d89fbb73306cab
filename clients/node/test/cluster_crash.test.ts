// Two sockets of one girod, as two nodes have one ledger, of which one or the other is cut; and a
// girod that is killed beside one that goes on.

import assert from "node:assert/strict";
import { createConnection, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Client } from "../src/index.js";
import { Daemon, openAccounts, sleep } from "./daemon.js";

const PAYMENT = { from: "world", to: "ada", amount: 1n, currency: "EUR" };
const COUNT = 4_000;

let daemon: Daemon;

before(async () => {
  daemon = await Daemon.start();
  await openAccounts(daemon.client(), "ada");
});
after(() => daemon.remove());

// A socket behind which a daemon is, as on another machine. It may be cut, and is there again at
// once.
class Way {
  readonly #open = new Set<Socket>();
  readonly #server: Server;

  private constructor(readonly socket: string) {
    this.#server = createServer((here) => {
      const there = createConnection({ path: daemon.socket });
      for (const each of [here, there]) {
        this.#open.add(each);
        each.on("error", () => undefined);
        each.on("close", () => {
          here.destroy();
          there.destroy();
          this.#open.delete(each);
        });
      }
      here.on("data", (bytes) => there.write(bytes));
      there.on("data", (bytes) => here.write(bytes));
    });
  }

  static async open(name: string): Promise<Way> {
    const way = new Way(join(daemon.folder, name));
    await new Promise<void>((resolve) => {
      way.#server.listen(way.socket, () => resolve());
    });
    return way;
  }

  // What is under way in either direction is lost.
  cut(): void {
    for (const each of this.#open) each.destroy();
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

test("payments over two ways that are cut in turns are each made once, and the feed has each once", async () => {
  const ways = [await Way.open("one"), await Way.open("two")];
  const client = daemon.client({ socket: ways.map(({ socket }) => socket), timeoutMs: 60_000 });
  const { seq } = await client.ledger.status();
  const paid = new Map<string, bigint>();
  const keys = Array.from({ length: COUNT }, (_, i) => `way-${i}`);

  const seen: [string, bigint][] = [];
  const events = await client.subscribe({ from: seq + 1n });
  const watching = (async (): Promise<void> => {
    for await (const entry of events) {
      seen.push([String(entry.key), entry.seq]);
      if (seen.length === COUNT) break;
    }
  })();
  const payers = Array.from({ length: 40 }, async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      paid.set(key, (await client.payments.submit({ key, ...PAYMENT })).seq);
    }
  });
  for (let cuts = 0; cuts < 10; cuts++) {
    while (paid.size < (COUNT / 12) * (cuts + 1)) await sleep(1);
    ways[cuts % 2]?.cut();
  }
  await Promise.all(payers);
  await watching;

  assert.deepEqual(new Map(seen), new Map([...paid].sort((a, b) => Number(a[1] - b[1]))));
  const direct = daemon.client();
  assert.equal((await direct.accounts.get({ id: "ada" })).balance, BigInt(COUNT));
  assert.equal(client.lastSeq, seq + BigInt(COUNT));
  await client.close();
  await Promise.all(ways.map((way) => way.close()));
});

test("payments go on at the other one when a girod is killed, and none that was answered is lost", async () => {
  const killed = await Daemon.start();
  const beside = await Daemon.start();
  for (const each of [killed, beside]) await openAccounts(each.client(), "ada");
  const client = new Client({ socket: [killed.socket, beside.socket] });
  const keys = Array.from({ length: 1_000 }, (_, i) => `killed-${i}`);
  let paid = 0;
  const payers = Array.from({ length: 10 }, async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      await client.payments.submit({ key, ...PAYMENT });
      paid++;
    }
  });
  while (paid < 300) await sleep(1);
  await killed.kill();
  await Promise.all(payers);
  await client.close();

  killed.launch();
  const decided = async (at: Daemon): Promise<Set<string>> => {
    const found = new Set<string>();
    for await (const { key } of at.client().payments.each({ account: "ada" })) {
      found.add(String(key));
    }
    return found;
  };
  const [here, there] = [await decided(killed), await decided(beside)];
  assert.equal(new Set([...here, ...there]).size, 1_000);
  assert.ok(there.size > 0);
  // In a cluster a key decides once. Here both have what the killed one decided and couldn't answer.
  assert.ok([...here].filter((key) => there.has(key)).length <= 10);
  await Promise.all([killed.remove(), beside.remove()]);
});
