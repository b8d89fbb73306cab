// One connection's worth of the protocol, without a socket, a timer or a clock: bytes and times in,
// bytes out. A shell (link.ts) carries them; a test can be one, too.
//
//   queued --takeOutput()--> sent --receive()--> settled
//     ^                       |  |
//     |  disconnected()       |  +-- busy, read_only, ... --> resting --tick()--> queued
//     +-----------------------+
//
// What always holds:
//   - A call is settled once, by its answer, an error, its time or its cancellation.
//   - A call is the same text each time it is sent, so the daemon knows it by its key and decides
//     it once.
//   - A change that was sent and not answered is in doubt from then on: only a result, or an error
//     that can't be if it took effect, ends the doubt. Whoever waits is told UnknownError, never
//     that nothing was decided.
//   - Calls are sent in the order in which they were made; after a lost connection the unanswered
//     ones are sent again in it.
//
// With `once` nothing is sent again here: what brings no result is settled so, and whoever asked
// goes to another node.
//
// `now` is any clock in milliseconds that doesn't go back.

import { backoffMs } from "./backoff.js";
import type { GiroError } from "./errors.js";
import { isPassing, readRpcError, refusal, trouble } from "./explain.js";
import type { Asked, RpcError, Trouble } from "./explain.js";
import { isObject, parse } from "./json.js";
import type { Json, JsonObject } from "./json.js";
import { Lines } from "./lines.js";

export interface Request extends Asked {
  // JSON text.
  readonly params: string;
  // Whether a second sending has the effect of one: a change without a key hasn't.
  readonly repeatable: boolean;
  // When to give up.
  readonly expires: number;
  // Not before this; at once where it isn't given.
  readonly begins?: number | undefined;
  // What became of it at other nodes: `open` is what may have taken effect there.
  readonly earlier?: "open" | "refused" | undefined;
}

export type Settle = (error: GiroError | undefined, result: Json) => void;

export interface CoreOptions {
  readonly random: () => number;
  readonly once?: boolean | undefined;
  readonly onNotification: (method: string, params: JsonObject) => void;
  // Told of what is tried again by itself: for a log.
  readonly onTrouble?: ((what: string) => void) | undefined;
}

// What came isn't the protocol. The connection is of no use any more.
export class NonsenseError extends Error {}

// The daemon's bound for what it keeps of one connection's replies.
const REPLY_BYTES_MAX = 64 * 1024 * 1024;

// Above this, the rest is for the next write: a string has bounds, and memory too.
const WRITE_LENGTH = 1024 * 1024;

type State = "queued" | "sent" | "resting" | "settled";

export class Call {
  state: State = "queued";
  tries: number;
  inDoubt: boolean;
  restsUntil = 0;
  constructor(
    readonly id: number,
    readonly request: Request,
    readonly settle: Settle,
  ) {
    this.tries = request.earlier === undefined ? 0 : 1;
    this.inDoubt = request.earlier === "open";
  }
}

export class Core {
  readonly #options: CoreOptions;
  readonly #lines = new Lines(REPLY_BYTES_MAX);
  readonly #encoder = new TextEncoder();
  #queued: Call[] = [];
  // In the order sent. One that was settled before its answer stays, so that the answer surprises
  // nobody.
  readonly #sent = new Map<number, Call>();
  #resting: Call[] = [];
  #nextId = 1;
  #unsettled = 0;
  // No call expires, and none has rested, before these.
  #firstExpiry = Infinity;
  #firstWake = Infinity;

  #isConnected = false;
  // Since the last answer.
  #failedConnections = 0;
  #connectAt = 0;
  // The last thing that went wrong with a connection, for whoever gives up because of it.
  #lastTrouble: Trouble | undefined;

  constructor(options: CoreOptions) {
    this.#options = options;
  }

  // How many calls wait for their end.
  get pending(): number {
    return this.#unsettled;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  call(request: Request, settle: Settle): Call {
    const call = new Call(this.#nextId++, request, settle);
    if (request.begins === undefined) this.#queued.push(call);
    else this.#rest(call, request.begins);
    this.#unsettled++;
    if (request.expires < this.#firstExpiry) this.#firstExpiry = request.expires;
    return call;
  }

  // Ends a call from outside. What was sent may take effect all the same.
  cancel(call: Call, why: Trouble): void {
    if (call.state !== "settled") this.#giveUp(call, why);
  }

  cancelAll(why: Trouble): void {
    for (const call of this.#all()) this.cancel(call, why);
  }

  // ---- The connection ----

  // When a connection should be opened; Infinity: none is needed.
  get connectAt(): number {
    return this.#isConnected || this.#queued.every(isSettled) ? Infinity : this.#connectAt;
  }

  connected(): void {
    this.#isConnected = true;
    this.#lines.clear();
  }

  // It couldn't be opened, or is no more. What was sent and not answered goes to the front of the
  // queue again.
  disconnected(why: Trouble, now: number): void {
    this.#isConnected = false;
    this.#lastTrouble = why;
    if (this.#unsettled > 0) this.#options.onTrouble?.(why.what);
    if (this.#options.once) return this.#giveUpBegun(why);
    this.#connectAt = now + backoffMs(++this.#failedConnections, this.#options.random());
    const open = [...this.#sent.values()].filter((call) => call.state === "sent");
    this.#sent.clear();
    const again: Call[] = [];
    for (const call of open) {
      call.inDoubt ||= call.request.changes;
      if (call.request.repeatable) {
        call.state = "queued";
        again.push(call);
      } else {
        this.#giveUp(call, why);
      }
    }
    this.#queued = [...again, ...this.#queued];
  }

  // No connection makes sense: every call ends now. Whoever calls next tries anew.
  useless(why: Trouble): void {
    this.#isConnected = false;
    this.cancelAll(why);
    this.#sent.clear();
    this.#connectAt = 0;
  }

  // ---- Bytes ----

  get hasOutput(): boolean {
    return this.#queued.length > 0;
  }

  // What is queued, for one write; nothing where all of it was cancelled.
  takeOutput(): Uint8Array | undefined {
    let text = "";
    let taken = 0;
    while (taken < this.#queued.length && text.length < WRITE_LENGTH) {
      const call = this.#queued[taken++] as Call;
      if (call.state === "settled") continue;
      call.state = "sent";
      call.tries++;
      this.#sent.set(call.id, call);
      const { method, params } = call.request;
      text += `{"jsonrpc":"2.0","id":${call.id},"method":"${method}","params":${params}}\n`;
    }
    this.#queued = taken === this.#queued.length ? [] : this.#queued.slice(taken);
    return text === "" ? undefined : this.#encoder.encode(text);
  }

  // Throws a NonsenseError: then the connection is to be closed, and useless() to be called.
  receive(bytes: Uint8Array, now: number): void {
    for (const line of this.#takeLines(bytes)) this.#take(readMessage(line), now);
  }

  // ---- Time ----

  // When tick() has something to do; Infinity: nothing to wait for.
  get tickAt(): number {
    return this.#unsettled > 0 ? Math.min(this.#firstExpiry, this.#firstWake) : Infinity;
  }

  tick(now: number): void {
    if (now >= this.#firstWake) this.#wake(now);
    if (now >= this.#firstExpiry) this.#expire(now);
  }

  // ---- Inside ----

  #expire(now: number): void {
    this.#firstExpiry = Infinity;
    for (const call of this.#all()) {
      if (call.state === "settled") continue;
      if (call.request.expires <= now) this.#giveUp(call, this.#timeout());
      else this.#firstExpiry = Math.min(this.#firstExpiry, call.request.expires);
    }
  }

  *#all(): Iterable<Call> {
    yield* this.#sent.values();
    yield* this.#queued;
    yield* this.#resting;
  }

  // All but those that rest.
  #giveUpBegun(why: Trouble): void {
    const begun = [...this.#sent.values(), ...this.#queued];
    this.#sent.clear();
    this.#queued = [];
    for (const call of begun) this.cancel(call, why);
  }

  #takeLines(bytes: Uint8Array): string[] {
    try {
      return this.#lines.take(bytes);
    } catch (cause) {
      throw new NonsenseError(
        cause instanceof RangeError ? cause.message : "bytes that aren't UTF-8",
        { cause },
      );
    }
  }

  #take(message: JsonObject, now: number): void {
    const { id, method } = message;
    if (typeof method === "string" && id === undefined) {
      const params = message["params"];
      if (!isObject(params)) throw new NonsenseError(`a notification without params: ${method}`);
      return this.#options.onNotification(method, params);
    }
    if (id === null && isObject(message["error"])) {
      return this.#complaint(readRpcError(message["error"]));
    }
    const call = typeof id === "bigint" ? this.#sent.get(Number(id)) : undefined;
    if (call === undefined) {
      throw new NonsenseError(`an answer to a request that wasn't made: id ${String(id)}`);
    }
    this.#sent.delete(call.id);
    this.#failedConnections = 0;
    if (call.state === "settled") return;
    if (isObject(message["error"])) return this.#refused(call, readRpcError(message["error"]), now);
    const result = message["result"];
    if (result === undefined) {
      throw this.#nonsenseOf(call, "an answer with neither result nor error");
    }
    if (!answers(result, call.request)) throw this.#nonsenseOf(call, "an answer about another key");
    this.#settle(call, undefined, result);
  }

  // The call has had its answer, but not one that tells anything: it is as open as those without.
  #nonsenseOf(call: Call, what: string): NonsenseError {
    this.#sent.set(call.id, call);
    return new NonsenseError(`${what}, to ${call.request.method}`);
  }

  // An error without an id is about the connection, which the daemon closes after it.
  #complaint(error: RpcError): void {
    this.#options.onTrouble?.(`the daemon refuses the connection: ${error.message}`);
  }

  #refused(call: Call, error: RpcError, now: number): void {
    if (error.code === "outcome_unknown") call.inDoubt ||= call.request.changes;
    const restsUntil = now + backoffMs(call.tries, this.#options.random());
    const isTriedAgain =
      !this.#options.once &&
      isPassing(error.code) &&
      call.request.repeatable &&
      restsUntil < call.request.expires;
    if (!isTriedAgain) {
      return this.#settle(call, refusal(error, call.request, call.inDoubt), null);
    }
    this.#rest(call, restsUntil);
    this.#options.onTrouble?.(`${call.request.method}: ${error.code}: ${error.message}`);
  }

  #rest(call: Call, until: number): void {
    call.state = "resting";
    call.restsUntil = until;
    this.#resting.push(call);
    this.#firstWake = Math.min(this.#firstWake, until);
  }

  #wake(now: number): void {
    this.#firstWake = Infinity;
    const resting = this.#resting.filter((call) => call.state !== "settled");
    this.#resting = [];
    for (const call of resting) {
      if (call.restsUntil <= now) {
        call.state = "queued";
        this.#queued.push(call);
      } else {
        this.#resting.push(call);
        this.#firstWake = Math.min(this.#firstWake, call.restsUntil);
      }
    }
  }

  #giveUp(call: Call, why: Trouble): void {
    const inDoubt = call.inDoubt || (call.state === "sent" && call.request.changes);
    this.#settle(call, trouble(why, call.request, inDoubt, call.tries > 0), null);
  }

  #timeout(): Trouble {
    if (this.#isConnected || this.#lastTrouble === undefined) {
      return {
        code: "timeout",
        what: "the daemon didn't answer in time",
        advice: "Try again, with the same key; a longer timeoutMs waits longer.",
      };
    }
    const { what, advice, cause } = this.#lastTrouble;
    return { code: this.#lastTrouble.code, what: `no answer in time: ${what}`, advice, cause };
  }

  #settle(call: Call, error: GiroError | undefined, result: Json): void {
    call.state = "settled";
    this.#unsettled--;
    call.settle(error, result);
  }
}

function isSettled(call: Call): boolean {
  return call.state === "settled";
}

function readMessage(line: string): JsonObject {
  let message: Json;
  try {
    message = parse(line);
  } catch (cause) {
    throw new NonsenseError(`not JSON: ${JSON.stringify(line.slice(0, 40))}`, { cause });
  }
  if (!isObject(message) || message["jsonrpc"] !== "2.0") {
    throw new NonsenseError(`not JSON-RPC 2.0: ${line.slice(0, 60)}`);
  }
  return message;
}

// A result names the key that it is about, or the account that it opened.
function answers(result: Json, request: Request): boolean {
  if (request.key === undefined || !request.changes || !isObject(result)) return true;
  const named = request.method === "accounts.open" ? result["id"] : result["key"];
  return named === request.key;
}
