// What is used here of Node's API, and no more. @types/node comes with Debian's nodejs, but not
// with other builds of Node, and the compiler is to see the same everywhere. A test compiles
// against the real one where it is there.

declare namespace NodeJS {
  interface Timeout {
    ref(): this;
    unref(): this;
  }
  interface ErrnoException extends Error {
    code?: string;
  }
}

declare function setTimeout(callback: () => void, ms: number): NodeJS.Timeout;
declare function clearTimeout(timeout: NodeJS.Timeout | undefined): void;
declare function queueMicrotask(callback: () => void): void;

declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes: Uint8Array): string;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

interface Buffer extends Uint8Array {
  toString(encoding?: string): string;
}

declare const console: { log(...values: unknown[]): void; error(...values: unknown[]): void };

declare const process: {
  readonly argv: string[];
  readonly env: Record<string, string | undefined>;
  readonly pid: number;
  readonly execPath: string;
  readonly version: string;
  exitCode: number | undefined;
  geteuid?(): number;
  nextTick(callback: () => void): void;
  on(event: "warning", listener: (warning: Error) => void): void;
  kill(pid: number, signal: string): void;
  cpuUsage(): { user: number; system: number };
  stdout: { write(text: string): boolean };
};

declare class URL {
  constructor(path: string, base?: string);
  readonly href: string;
}
interface ImportMeta {
  readonly url: string;
}

declare module "node:crypto" {
  export function randomUUID(): string;
}

declare module "node:perf_hooks" {
  export const performance: { now(): number };
}

declare module "node:net" {
  export interface Socket {
    on(event: "connect" | "drain" | "close" | "end", listener: () => void): this;
    on(event: "data", listener: (bytes: Buffer) => void): this;
    on(event: "error", listener: (error: NodeJS.ErrnoException) => void): this;
    write(bytes: Uint8Array | string): boolean;
    end(): void;
    destroy(): void;
    pause(): this;
    resume(): this;
    ref(): this;
    unref(): this;
  }
  export const Socket: { prototype: Socket };
  export interface Server {
    listen(path: string, listening: () => void): this;
    close(closed: () => void): this;
  }
  export function createConnection(options: { path: string }): Socket;
  export function createServer(connected: (socket: Socket) => void): Server;
}

declare module "node:os" {
  export function homedir(): string;
  export function tmpdir(): string;
}

declare module "node:path" {
  export function dirname(path: string): string;
  export function join(...parts: string[]): string;
}

declare module "node:url" {
  export function fileURLToPath(url: string): string;
}

declare module "node:fs" {
  export interface Stats {
    readonly mode: number;
    readonly uid: number;
    readonly size: number;
    isSocket(): boolean;
  }
  export function statSync(path: string): Stats;
  export function statSync(path: string, options: { throwIfNoEntry: false }): Stats | undefined;
  export function lstatSync(path: string): Stats;
  export function realpathSync(path: string): string;
  export function existsSync(path: string): boolean;
  export function readdirSync(path: string): string[];
  export function readFileSync(path: string, encoding: "utf8"): string;
  export function writeFileSync(path: string, text: string): void;
  export function symlinkSync(target: string, path: string): void;
  export function chmodSync(path: string, mode: number): void;
  export function chownSync(path: string, uid: number, gid: number): void;
  export function mkdirSync(path: string, options?: { recursive?: boolean }): void;
  export function mkdtempSync(prefix: string): string;
  export function rmSync(path: string, options?: { recursive?: boolean; force?: boolean }): void;
  export function openSync(path: string, flags: string, mode?: number): number;
  export function closeSync(file: number): void;
  export function writeSync(file: number, text: string): number;
  export function fsyncSync(file: number): void;
  export function ftruncateSync(file: number, size: number): void;
}

declare module "node:child_process" {
  export interface ChildProcess {
    readonly pid?: number | undefined;
    readonly exitCode: number | null;
    kill(signal?: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): boolean;
    on(event: "exit", listener: (code: number | null, signal: string | null) => void): this;
    once(event: "exit", listener: (code: number | null, signal: string | null) => void): this;
  }
  export function spawn(
    command: string,
    words: readonly string[],
    options?: {
      stdio?: readonly ("ignore" | "inherit" | number)[];
      env?: Record<string, string | undefined>;
    },
  ): ChildProcess;
  export function spawnSync(
    command: string,
    words: readonly string[],
    options: { encoding: "utf8"; cwd?: string; env?: Record<string, string | undefined> },
  ): SpawnSyncReturns<string>;
  export interface SpawnSyncReturns<Text> {
    readonly status: number | null;
    readonly signal: string | null;
    readonly stdout: Text;
    readonly stderr: Text;
  }
}

declare module "node:test" {
  interface TestContext {
    diagnostic(message: string): void;
    skip(why?: string): void;
  }
  export function test(
    name: string,
    run: (context: TestContext) => void | Promise<void>,
  ): Promise<void>;
  export function before(run: () => void | Promise<void>): void;
  export function after(run: () => void | Promise<void>): void;
}

declare module "node:assert/strict" {
  function assert(value: unknown, message?: string): asserts value;
  namespace assert {
    function equal<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
    function notEqual(actual: unknown, expected: unknown, message?: string): void;
    function deepEqual<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
    function ok(value: unknown, message?: string): asserts value;
    function match(text: string, pattern: RegExp, message?: string): void;
    function fail(message?: string): never;
    function throws(
      run: () => unknown,
      expected: RegExp | object | (new (...words: never[]) => unknown),
    ): void;
    function rejects(
      promise: Promise<unknown>,
      expected: RegExp | object | ((error: unknown) => boolean),
    ): Promise<void>;
  }
  export default assert;
}
