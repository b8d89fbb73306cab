// How many payments a second this client makes, against a daemon that is there: node bench.js
// SOCKET [SECONDS]
//
// The loads are those of `giro bench`: payments of random amounts between 10,000 accounts, with
// keys of 32 random digits, each answered after it is on disk. Rates count answers, and a payment
// that isn't applied ends the run.

import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";

import { Client } from "giro-ledger";
import type { Payment } from "giro-ledger";

const [socket = "", seconds = "5"] = process.argv.slice(2);
const ACCOUNTS = 10_000;
const GROUP = 8_189;

const client = new Client({ socket });

function random(bound: number): number {
  return Math.floor(Math.random() * bound);
}

function makeKey(): string {
  return randomUUID().replace(/-/g, "");
}

// Every account may go below zero, so that nothing is rejected.
async function openAccounts(): Promise<void> {
  const members = Array.from({ length: ACCOUNTS }, (_, i) => {
    return {
      method: "accounts.open",
      params: { id: `bench:${i}`, currency: "EUR", floor: null },
    } as const;
  });
  const { errors, rejected } = await client.payments.submitMany(members);
  if (errors + rejected > 0n) throw new Error("the accounts can't be opened");
}

function payment(): Payment {
  const from = random(ACCOUNTS);
  const to = (from + 1 + random(ACCOUNTS - 1)) % ACCOUNTS;
  return {
    key: makeKey(),
    from: `bench:${from}`,
    to: `bench:${to}`,
    amount: BigInt(1 + random(10_000)),
    currency: "EUR",
  };
}

interface Load {
  readonly name: string;
  // How many requests are open at a time, and how many payments one has.
  readonly open: number;
  readonly payments: number;
  readonly send: () => Promise<unknown>;
}

async function sendGroup(): Promise<void> {
  const { applied } = await client.payments.submitMany(Array.from({ length: GROUP }, payment));
  if (applied !== BigInt(GROUP)) throw new Error(`${applied} of ${GROUP} payments were applied`);
}

function single(open: number, like = ""): Load {
  const name = `one a request, ${open.toLocaleString("en")} open${like}`;
  return { name, open, payments: 1, send: () => client.payments.submit(payment()) };
}

const LOADS: Load[] = [
  { name: "8,189 a request, 2 open (as W1)", open: 2, payments: GROUP, send: sendGroup },
  single(1),
  single(32, " (as W3)"),
  single(256),
  single(2_048, " (as W4)"),
];

async function measure({ open, payments, send, name }: Load): Promise<void> {
  const until = performance.now() + Number(seconds) * 1_000;
  const latencies: number[] = [];
  const worker = async (): Promise<void> => {
    for (let now = performance.now(); now < until;) {
      await send();
      const answered = performance.now();
      latencies.push(answered - now);
      now = answered;
    }
  };
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: open }, worker));
  const took = (performance.now() - began) / 1_000;
  const used = process.cpuUsage();
  const count = latencies.length;
  latencies.sort((a, b) => a - b);
  const at = (share: number): string => (latencies[Math.floor(count * share)] ?? NaN).toFixed(2);
  const payments_s = Math.round((count * payments) / took).toLocaleString("en");
  const cpu_us = (used.user + used.system - cpu.user - cpu.system) / (count * payments);
  console.log(
    `${name.padEnd(34)} ${payments_s.padStart(9)} payments/s  p50 ${at(0.5)} ms  ` +
      `p99 ${at(0.99)} ms  ${cpu_us.toFixed(1)} us of processor time each`,
  );
}

await openAccounts();
for (const load of LOADS) await measure(load);
const { balanced } = await client.ledger.trialBalance();
console.log(`balanced: ${balanced}`);
await client.close();
