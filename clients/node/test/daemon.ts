// A girod of a test's own, in a scratch folder, that can be killed and started again.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Client, RefusedError, RejectedError } from "../src/index.js";
import type { ClientOptions, Payment } from "../src/index.js";

// CMakeLists.txt sets it for ctest.
const { GIRO_TEST_GIROD: GIROD } = process.env;

export class Daemon {
  readonly folder = mkdtempSync(join(tmpdir(), "giro-"));
  readonly socket = join(this.folder, "giro.sock");
  readonly #clients: Client[] = [];
  #process: ChildProcess | undefined;

  static async start(): Promise<Daemon> {
    const daemon = new Daemon();
    daemon.launch();
    await daemon.client().server.info();
    return daemon;
  }

  // One that is closed with the daemon.
  client(options: ClientOptions = {}): Client {
    const client = new Client({ socket: this.socket, ...options });
    this.#clients.push(client);
    return client;
  }

  // Without waiting until it is ready.
  launch(): void {
    if (GIROD === undefined) throw new Error("GIRO_TEST_GIROD must name the girod to test with");
    const log = openSync(join(this.folder, "log"), "a");
    const words = ["--init", "--data", join(this.folder, "data"), "--socket", this.socket];
    this.#process = spawn(GIROD, words, { stdio: ["ignore", "ignore", log] });
    closeSync(log);
  }

  // As a crash would.
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  // To the end of its work: what it is in the middle of is decided.
  async stop(): Promise<void> {
    const code = await this.#end("SIGTERM");
    if (code !== 0)
      throw new Error(
        `girod ended with ${code}:\n${readFileSync(join(this.folder, "log"), "utf8")}`,
      );
  }

  // Neither answers nor ends, from now on: each of its threads stands still.
  async freeze(): Promise<void> {
    this.#process?.kill("SIGSTOP");
    const tasks = `/proc/${this.#process?.pid}/task`;
    const stands = (task: string): boolean =>
      /\) T /.test(readFileSync(join(tasks, task, "stat"), "utf8"));
    while (!readdirSync(tasks).every(stands)) await sleep(1);
  }
  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  // Its end, and that of everything it left.
  async remove(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    if (this.#process !== undefined) await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  #end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const running = this.#process;
    this.#process = undefined;
    return new Promise((resolve) => {
      if (running === undefined) return resolve(0);
      running.once("exit", resolve);
      running.kill(signal);
    });
  }
}

// The accounts that most tests need: money comes from `world`.
export async function openAccounts(client: Client, ...ids: string[]): Promise<void> {
  await client.accounts.open({ id: "world", currency: "EUR", floor: null });
  await Promise.all(ids.map((id) => client.accounts.open({ id, currency: "EUR" })));
}

// One where ada has 10,000.00 EUR, and a client to it.
export async function startFunded(): Promise<[Daemon, Client]> {
  const daemon = await Daemon.start();
  const client = daemon.client();
  await openAccounts(client, "ada", "shop", "poor");
  await client.payments.submit({ from: "world", to: "ada", amount: 1_000_000n, currency: "EUR" });
  return [daemon, client];
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

// From ada to the shop, unless told otherwise.
export function payment(amount: bigint, more: Partial<Payment> = {}): Payment {
  return { from: "ada", to: "shop", amount, currency: "EUR", ...more };
}

export async function rejected(promise: Promise<unknown>): Promise<RejectedError> {
  const error = await promise.then(
    () => assert.fail("it was not rejected"),
    (problem: unknown) => problem,
  );
  assert.ok(error instanceof RejectedError, String(error));
  return error;
}

export async function refused(promise: Promise<unknown>): Promise<RefusedError> {
  const error = await promise.then(
    () => assert.fail("it was not refused"),
    (problem: unknown) => problem,
  );
  assert.ok(error instanceof RefusedError, String(error));
  return error;
}
