// Servers that a test plays in place of the daemon, and clients to them, until the end of the tests.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { Client } from "../src/index.js";
import type { ClientOptions, GiroError } from "../src/index.js";

export const PAYMENT = { key: "inv-17", from: "ada", to: "shop", amount: 1n, currency: "EUR" };
export const APPLIED =
  '"result":{"status":"applied","seq":1,"at":"2026-11-23T09:00:00.000000001Z","key":"inv-17","replayed":false}';

export interface Asked {
  id: number;
  method: string;
  params: { key?: string; from?: number };
}

export const folder = mkdtempSync(join(tmpdir(), "giro-"));
const cleanUps: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
  rmSync(folder, { recursive: true });
});

let servers = 0;

// A server of a socket of its own, until the end of the tests.
export async function listen(connected: (socket: Socket) => void): Promise<string> {
  const path = join(folder, `${++servers}.sock`);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    connected(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(path, () => resolve());
  });
  cleanUps.push(() => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => {
      server.close(() => resolve());
    });
  });
  return path;
}

// One whose `answer` is called for each line that comes. Its connections are numbered from 1.
export function serve(
  answer: (asked: Asked, socket: Socket, connection: number, line: string) => void,
): Promise<string> {
  let connections = 0;
  return listen((socket) => {
    const connection = ++connections;
    let rest = "";
    socket.on("data", (bytes) => {
      const lines = (rest + bytes.toString("utf8")).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) answer(JSON.parse(line) as Asked, socket, connection, line);
    });
  });
}

// One that is closed at the end of the tests.
export function clientOf(options: ClientOptions): Client {
  const made = new Client(options);
  cleanUps.push(() => made.close());
  return made;
}

export async function failure(promise: Promise<unknown>): Promise<GiroError> {
  return promise.then(
    () => assert.fail("it didn't fail"),
    (error: unknown) => error as GiroError,
  );
}
