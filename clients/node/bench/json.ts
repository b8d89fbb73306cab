// The codec beside the engine's own: node json.js. Processor time, the best of fifteen.

import { parseJson, writeJson } from "giro-ledger";

const KEY = "01931c2e-7b3a-7c1d-9e4f-0123456789ab";
const REPLY =
  `{"jsonrpc":"2.0","id":1234,"result":{"status":"applied","seq":104334,` +
  `"at":"2026-11-23T09:00:00.000000010Z","key":"${KEY}","replayed":false,` +
  `"from_balance":-10000,"to_balance":10000}}`;
const ENTRY =
  `{"type":"payment","status":"applied","seq":11,"at":"2026-11-23T09:00:00.000000011Z",` +
  `"key":"inv-17","uid":0,"from":"customers:ada","to":"shop:sales","amount":1250,"currency":"EUR",` +
  `"from_balance":8750,"to_balance":1250,"reference":"invoice 17"}`;
const PAGE = `{"payments":[${Array.from({ length: 200 }, () => ENTRY).join()}],"next":null}`;
const PAYMENT = { key: KEY, from: "customers:ada", to: "shop:sales", currency: "EUR" };

function toBigInts(value: unknown): unknown {
  if (typeof value === "number") return BigInt(value);
  if (typeof value !== "object" || value === null) return value;
  const holder = value as Record<string, unknown>;
  for (const name in holder) holder[name] = toBigInts(holder[name]);
  return holder;
}

function best(run: () => void, times: number): number {
  let least = Infinity;
  for (let round = 0; round < 15; round++) {
    const { user, system } = process.cpuUsage();
    for (let i = 0; i < times; i++) run();
    const used = process.cpuUsage();
    least = Math.min(least, (used.user + used.system - user - system) / times);
  }
  return least;
}

function show(name: string, ways: Record<string, () => unknown>, times: number): void {
  const figures = Object.entries(ways).map(([way, run]) => `${way} ${best(run, times).toFixed(2)}`);
  console.log(`${name.padEnd(22)} us: ${figures.join("   ")}`);
}

for (const [name, text, times] of [
  [`read ${REPLY.length} bytes`, REPLY, 10_000],
  [`read ${PAGE.length} bytes`, PAGE, 100],
] as const) {
  show(
    name,
    {
      ours: () => parseJson(text),
      "JSON.parse": () => JSON.parse(text) as unknown,
      "with a walk": () => toBigInts(JSON.parse(text)),
      "with a reviver": () =>
        JSON.parse(text, (_, value: unknown) =>
          typeof value === "number" ? BigInt(value) : value,
        ),
    },
    times,
  );
}
const exact = { ...PAYMENT, amount: 1250n };
const inexact = { ...PAYMENT, amount: 1250 };
const ways = { ours: () => writeJson(exact), "JSON.stringify": () => JSON.stringify(inexact) };
show("write a payment", ways, 10_000);
