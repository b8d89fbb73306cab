// A client of several sockets: servers that play nodes of a cluster.

import assert from "node:assert/strict";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { test } from "node:test";

import { Client, RefusedError, RejectedError, UnknownError } from "../src/index.js";
import type { ClientOptions } from "../src/index.js";
import { sleep } from "./daemon.js";
import { APPLIED, PAYMENT, clientOf, failure, folder, serve } from "./server.js";
import type { Asked } from "./server.js";

// The rest of its answer's line; null: the connection ends; nothing: it is silent.
type Answer = (asked: Asked) => string | null | undefined;

interface Node {
  readonly socket: string;
  readonly asked: { method: string; params: object }[];
  connections: number;
}

async function play(answer: Answer): Promise<Node> {
  const node = { asked: [] as Node["asked"], connections: 0 };
  const socket = await serve((asked, to, connection) => {
    node.connections = connection;
    node.asked.push({ method: asked.method, params: asked.params });
    const rest = answer(asked);
    if (rest === null) to.end();
    else if (rest !== undefined) to.write(`{"jsonrpc":"2.0","id":${asked.id},${rest}}\n`);
  });
  return Object.assign(node, { socket });
}

async function cluster(options: ClientOptions, ...answers: Answer[]): Promise<[Client, Node[]]> {
  const nodes = await Promise.all(answers.map(play));
  const socket = nodes.map((node) => node.socket);
  return [clientOf({ socket, timeoutMs: 5_000, ...options }), nodes];
}

function error(code: string, more = ""): string {
  return `"error":{"code":-32001,"message":"no; nothing was decided","data":{"code":"${code}"${more}}}`;
}

function refuses(code: string): Answer {
  return () => error(code);
}

const pays: Answer = ({ params }) => APPLIED.replace("inv-17", String(params.key));
const loses: Answer = () => null;
const isSilent: Answer = () => undefined;

test("a payment that a node refuses or loses goes to the next one with the same key, to the letter", async () => {
  const codes = ["busy", "outcome_unknown", "read_only", "shutting_down"];
  const rubbish: Answer = () => '"half":';
  for (const answer of [...codes.map(refuses), loses, rubbish]) {
    const [client, [one, two]] = await cluster({}, answer, pays);
    assert.equal((await client.payments.submit(PAYMENT)).status, "applied");
    assert.deepEqual(one?.asked, two?.asked);
    assert.equal(two?.asked.length, 1);
  }
});

test("the client stays with the node that answered, and its other calls go there at once", async () => {
  const [client, nodes] = await cluster({}, refuses("busy"), pays);
  for (let i = 0; i < 5; i++) await client.payments.submit(PAYMENT);
  assert.deepEqual(
    nodes.map(({ asked, connections }) => [asked.length, connections]),
    [
      [1, 1],
      [5, 1],
    ],
  );
});

test("where no socket is there is no node, and the others are asked without a pause", async () => {
  const node = await play(pays);
  const socket = [join(folder, "none-1"), join(folder, "none-2"), node.socket];
  const troubles: string[] = [];
  const client = clientOf({ socket, onTrouble: (what) => troubles.push(what) });
  assert.equal((await client.payments.submit(PAYMENT)).status, "applied");
  assert.equal(troubles.length, 2);
  assert.match(String(troubles[1]), /no daemon answers at .*none-2/);
});

test("where none has a socket the payment is refused in the end, as one that never left", async () => {
  const socket = [join(folder, "none-1"), join(folder, "none-2")];
  const client = clientOf({ socket, timeoutMs: 100 });
  const refused = await failure(client.payments.submit(PAYMENT));
  assert.ok(refused instanceof RefusedError);
  assert.match(refused.message, /no daemon answers at .*none-[12].*Nothing was sent/);
});

test("a node that is silent is passed over, and the payment is answered in its time", async () => {
  const [client, [one, two]] = await cluster({ timeoutMs: 600 }, isSilent, pays);
  const begun = performance.now();
  assert.equal((await client.payments.submit(PAYMENT)).status, "applied");
  assert.ok(performance.now() - begun < 590);
  assert.deepEqual(one?.asked, two?.asked);
});

test("an audit has all the time that it was given, at one node", async () => {
  const [client, [, two]] = await cluster({}, isSilent, pays);
  const refused = await failure(client.ledger.verify({ timeoutMs: 300 }));
  assert.deepEqual([refused.code, two?.asked], ["timeout", []]);
});

test("any other answer decides it, and no other node is asked", async () => {
  const rejected = APPLIED.replace("applied", "rejected").replace("}", ',"code":"overflow"}');
  for (const answer of [error("unauthorized"), error("key_conflict"), rejected]) {
    const [client, [, two]] = await cluster({}, () => answer, pays);
    const told = await failure(client.payments.submit(PAYMENT));
    assert.ok(told instanceof RefusedError || told instanceof RejectedError, String(told));
    assert.deepEqual(two?.asked, []);
  }
});

test("doubt stays: what the other nodes refuse says nothing of what one of them lost", async () => {
  for (const code of ["busy", "unauthorized"]) {
    const [client] = await cluster({ timeoutMs: 300 }, loses, refuses(code));
    const unknown = await failure(client.payments.submit(PAYMENT));
    assert.ok(unknown instanceof UnknownError, String(unknown));
    assert.equal(unknown.key, "inv-17");
  }
});

test("what a node said is told rather than that another one isn't there, and was sent", async () => {
  const node = await play(refuses("busy"));
  const socket = [node.socket, join(folder, "none-1")];
  const refused = await failure(clientOf({ socket, timeoutMs: 200 }).payments.submit(PAYMENT));
  assert.equal(refused.code, "busy");
  assert.match(refused.message, /decided nothing and moved no money/);
  const silent = [(await play(isSilent)).socket, join(folder, "none-1")];
  const unheard = await failure(clientOf({ socket: silent, timeoutMs: 200 }).server.info());
  assert.equal(unheard.code, "timeout");
});

test("a change without a key isn't sent twice if it may have come through", async () => {
  const params = { what: "imagined" };
  const [client, [, two]] = await cluster({}, loses, pays);
  assert.ok((await failure(client.call("notes.add", params))) instanceof UnknownError);
  const [busy, [, other]] = await cluster({}, refuses("busy"), pays);
  assert.equal((await failure(busy.call("notes.add", params))).code, "busy");
  assert.deepEqual([two?.asked, other?.asked], [[], []]);

  const node = await play(pays);
  const unsent = clientOf({ socket: [join(folder, "none-1"), node.socket] });
  assert.equal((await unsent.call("notes.add", params))["status"], "applied");
});

test("many calls of one moment move together, and each has its own answer", async () => {
  const own: Answer = ({ params }) =>
    `"result":{"status":"applied","seq":${params.key},"key":"${params.key}"}`;
  const [client, [, two]] = await cluster({}, loses, own);
  const keys = Array.from({ length: 300 }, (_, i) => String(i + 1));
  const paid = await Promise.all(keys.map((key) => client.payments.submit({ ...PAYMENT, key })));
  assert.deepEqual(
    paid.map(({ seq }) => String(seq)),
    keys,
  );
  assert.deepEqual([two?.connections, client.lastSeq], [1, 300n]);
});

test("a signal ends the round, and closing waits for it", async () => {
  const controller = new AbortController();
  const [client] = await cluster({}, refuses("busy"), refuses("busy"));
  const aborted = failure(client.payments.submit(PAYMENT, { signal: controller.signal }));
  await sleep(30);
  controller.abort(new Error("enough"));
  assert.equal((await aborted).code, "aborted");

  const [brief, [, two]] = await cluster({ timeoutMs: 400 }, isSilent, pays);
  const paid = brief.payments.submit(PAYMENT);
  await sleep(20);
  const closing = brief.close();
  assert.equal((await failure(brief.payments.submit(PAYMENT))).code, "closed");
  assert.equal((await paid).status, "applied");
  assert.equal(two?.asked.length, 1);
  await closing;
});

test("what one node refused was sent, though the next one never had it", async () => {
  const controller = new AbortController();
  const onTrouble = (): void => controller.abort(new Error("enough"));
  const [client, [, two]] = await cluster({ onTrouble }, refuses("busy"), pays);
  const aborted = await failure(client.payments.submit(PAYMENT, { signal: controller.signal }));
  assert.ok(aborted instanceof RefusedError);
  assert.match(aborted.message, /This request decided nothing and moved no money/);
  assert.deepEqual(two?.asked, []);
});

test("a list of sockets names some", () => {
  for (const socket of [[], ["/run/giro/giro.sock", ""]]) {
    assert.throws(() => new Client({ socket }), /names one at least/);
  }
});

// ---- What a node must know ----

const knowing: Answer = (asked) =>
  asked.method.startsWith("payments.submit")
    ? pays(asked)?.replace('"seq":1', '"seq":41')
    : '"result":{"next":null,"accounts":[],"payments":[],"currencies":[]}';

async function askAll(client: Client, more: { min_seq?: bigint | number } = {}): Promise<void> {
  await client.accounts.get({ id: "a", ...more });
  await client.accounts.get({ id: "a", at: 3n, ...more });
  await client.accounts.list(more);
  await client.accounts.statement({ id: "a", ...more });
  await client.payments.get({ key: "k", ...more });
  await client.payments.list(more);
  await client.holds.list(more);
  await client.schedules.list(more);
  await client.ledger.trialBalance(more);
  await client.ledger.totals(more);
}

function minSeqs(node: Node | undefined): unknown[] {
  const questions = node?.asked.filter(({ method }) => method !== "payments.submit") ?? [];
  return questions.map(({ params }) => (params as { min_seq?: number }).min_seq);
}

test("each question says up to where its node must know the ledger: as far as this client was told", async () => {
  const [client, [one]] = await cluster({}, knowing, knowing);
  await askAll(client);
  await client.payments.submit(PAYMENT);
  await askAll(client);
  assert.equal(client.lastSeq, 41n);
  assert.deepEqual(minSeqs(one), [...Array(10).fill(undefined), ...Array(10).fill(41)]);
});

test("what the caller says is what is asked, 0 is nothing, and a client may leave it away", async () => {
  const [client, [one]] = await cluster({}, knowing, knowing);
  await client.payments.submit(PAYMENT);
  await askAll(client, { min_seq: 5n });
  await askAll(client, { min_seq: 0 });
  await askAll(client, { min_seq: 0n });
  assert.deepEqual(minSeqs(one), [...Array(10).fill(5), ...Array(20).fill(undefined)]);

  const [without, [other]] = await cluster({ readOwnWrites: false }, knowing, knowing);
  await without.payments.submit(PAYMENT);
  await askAll(without);
  assert.deepEqual(minSeqs(other), Array(10).fill(undefined));
});

test("a single node knows what it answered; a caller may ask for more", async () => {
  const node = await play(knowing);
  const client = clientOf({ socket: node.socket });
  await client.payments.submit(PAYMENT);
  await askAll(client);
  await client.payments.get({ key: "k", min_seq: 50n });
  assert.deepEqual(minSeqs(node), [...Array(10).fill(undefined), 50]);
});

test("a node that isn't so far is busy, and the next one is asked the same", async () => {
  const behind: Answer = (asked) =>
    asked.method === "payments.submit" ? knowing(asked) : error("busy");
  const [client, [, two]] = await cluster({}, behind, knowing);
  await client.payments.submit(PAYMENT);
  await client.payments.get({ key: "inv-17" });
  assert.deepEqual(two?.asked, [
    { method: "payments.get", params: { key: "inv-17", min_seq: 41 } },
  ]);
});

test("of decisions all kinds count, and the highest stays", async () => {
  const told: [string, bigint][] = [
    ['"result":{"status":"applied","seq":7,"key":"inv-17"}', 7n],
    ['"result":{"status":"rejected","code":"overflow","seq":9,"key":"inv-17"}', 9n],
    ['"result":{"status":"applied","seq":8,"key":"inv-17"}', 9n],
    [error("key_conflict", ',"field":"amount","seq":11'), 11n],
    ['"result":{"status":"applied","dry_run":true,"seq":99,"key":"inv-17"}', 11n],
    ['"result":{"status":"decided","last_seq":13,"not_applied":[]}', 13n],
    ['"result":{"status":"decided","last_seq":null,"not_applied":[{"index":0,"seq":20}]}', 20n],
    ['"result":{"status":"applied","members":[{"seq":21},{"seq":22}]}', 22n],
  ];
  let next = 0;
  const [client] = await cluster({}, () => told[next++]?.[0]);
  for (const [i, [, seq]] of told.entries()) {
    if (i === 4) await client.payments.submit({ ...PAYMENT, dry_run: true });
    else if (i > 4) await client.payments.submitMany([PAYMENT]);
    else await client.payments.submit(PAYMENT).catch(() => undefined);
    assert.equal(client.lastSeq, seq, told[i]?.[0]);
  }
});

test("a currency that a node doesn't know is asked for again once it knows what this client was told", async () => {
  let isBehind = true;
  const catchesUp: Answer = (asked) => {
    if (asked.method === "payments.submit") return knowing(asked);
    if (asked.method === "accounts.list") isBehind = false;
    const currencies = isBehind ? "" : '{"currency":"PTS","scale":3}';
    return `"result":{"seq":41,"next":null,"accounts":[],"currencies":[${currencies}]}`;
  };
  const [client, [one]] = await cluster({}, catchesUp, catchesUp);
  await client.payments.submit(PAYMENT);
  assert.equal(await client.scaleOf("PTS"), 3);
  assert.deepEqual(one?.asked[2], { method: "accounts.list", params: { limit: 1, min_seq: 41 } });
});

test("how far a node may be behind is in its answer", async () => {
  const [client] = await cluster({}, () => '"result":{"status":"unknown","key":"k","age_ms":12}');
  assert.equal((await client.payments.get({ key: "k" })).age_ms, 12n);
});
