// From a method and its fields to a promise of the answer: keys for changes, rejections as errors,
// the time of it all.

import type { GiroError } from "./errors.js";
import { RefusedError } from "./errors.js";
import { rejection, unsendable } from "./explain.js";
import type { Asked } from "./explain.js";
import { isObject, write } from "./json.js";
import type { Json } from "./json.js";
import { newKey } from "./key.js";
import type { Route } from "./route.js";
import type { Signal } from "./signal.js";

export interface CallOptions {
  // For all tries together, waiting included; Infinity: until it is answered.
  readonly timeoutMs?: number;
  // Ends the call. A change that was sent by then is an UnknownError: it may take effect all the
  // same.
  readonly signal?: Signal;
}

const LINE_BYTES_MAX = 16 * 1024 * 1024;
const ENVELOPE_BYTES = 256;

interface Kind {
  // Whether it is safe to send it a second time.
  readonly repeatable: boolean;
  // Whether `rejected` in the answer is about this request, not about what it asks for.
  readonly decides: boolean;
}
const QUESTION: Kind = { repeatable: true, decides: false };
const CHANGE: Kind = { repeatable: true, decides: true };

// Questions that may be asked of a node that knows so much at least.
const TAKES_MIN_SEQ = new Set([
  "accounts.get",
  "accounts.list",
  "accounts.statement",
  "payments.get",
  "payments.list",
  "holds.list",
  "schedules.list",
  "ledger.trial_balance",
  "ledger.totals",
]);

// An audit is as long as its ledger: that it takes its time says nothing of the node.
const LONG = new Set(["ledger.verify"]);

export class Caller {
  // The highest seq that a change was answered with.
  lastSeq = 0n;

  constructor(
    readonly route: Route,
    readonly timeoutMs: number,
    readonly readOwnWrites: boolean,
  ) {}

  // A question: it can be asked again and again.
  ask<Answer>(method: string, params: object, options?: CallOptions): Promise<Answer> {
    const asked = { method, changes: false };
    return this.#send(asked, QUESTION, this.#withMinSeq(method, params), options);
  }

  // What a node must know before it is asked; 0: one that is alone always knows what it answered.
  get minSeq(): bigint {
    return this.readOwnWrites && this.route.hasSeveral ? this.lastSeq : 0n;
  }

  // A decision, or several, as an answer or a notification tells them.
  note(told: Json): void {
    for (const seq of seqsOf(told)) if (seq > this.lastSeq) this.lastSeq = seq;
  }

  // What the caller didn't say; 0 is not to wait for anything.
  #withMinSeq(method: string, params: object): object {
    const { min_seq: given, ...rest } = params as { min_seq?: bigint | number };
    const minSeq = given ?? (TAKES_MIN_SEQ.has(method) ? this.minSeq : 0n);
    if (minSeq == 0n) return given === undefined ? params : rest;
    return { ...params, min_seq: minSeq };
  }

  // A change with its own key, made where none is given. The promise is rejected where the daemon
  // decides against it.
  change<Answer>(method: string, params: object, options?: CallOptions): Promise<Answer> {
    const keyed: { key?: string; id?: string; dry_run?: boolean } = withKey(method, params);
    const key = method === "accounts.open" ? keyed.id : keyed.key;
    return this.#send({ method, changes: keyed.dry_run !== true, key }, CHANGE, keyed, options);
  }

  // Changes with a key each, in one request.
  changeMany<Answer>(method: string, params: object, options?: CallOptions): Promise<Answer> {
    const { dry_run } = params as { dry_run?: boolean };
    return this.#send({ method, changes: dry_run !== true }, CHANGE, params, options);
  }

  // Of a method that isn't known here: it may change the ledger, and is sent again only where a key
  // makes that safe.
  callUnknown<Answer>(method: string, params: object, options?: CallOptions): Promise<Answer> {
    const { key } = params as { key?: unknown };
    const asked = { method, changes: true, key: typeof key === "string" ? key : undefined };
    return this.#send(asked, { ...CHANGE, repeatable: asked.key !== undefined }, params, options);
  }

  #send<Answer>(
    asked: Asked,
    kind: Kind,
    params: object,
    options: CallOptions = {},
  ): Promise<Answer> {
    let text: string;
    try {
      text = write(params);
    } catch (cause) {
      return Promise.reject(
        unsendable(`the request can't be written: ${(cause as Error).message}`, asked),
      );
    }
    const tooLarge = refuseTooLarge(text, asked);
    if (tooLarge !== undefined) return Promise.reject(tooLarge);
    // V8 keeps what was put together as a tree of its pieces, many times its size. Looking at it
    // makes it one piece.
    text.charCodeAt(text.length - 1);
    const { method, changes, key } = asked;
    const expires = this.route.now() + (options.timeoutMs ?? this.timeoutMs);
    const { repeatable } = kind;
    const isLong = LONG.has(method);
    const request = { method, changes, key, params: text, repeatable, expires, isLong };
    return new Promise((resolve, reject) => {
      const settle = (error: GiroError | undefined, result: Json): void => {
        if (changes) this.note(error instanceof RefusedError ? { seq: error.seq ?? 0n } : result);
        const failure = error ?? (kind.decides ? rejection(result, request) : undefined);
        if (failure === undefined) resolve(result as unknown as Answer);
        else reject(failure);
      };
      this.route.call(request, settle, options.signal);
    });
  }
}

function* seqsOf(told: Json): Iterable<bigint> {
  if (!isObject(told)) return;
  const { seq, last_seq, members, not_applied } = told;
  for (const one of [seq, last_seq]) if (typeof one === "bigint") yield one;
  for (const each of [members, not_applied]) {
    if (Array.isArray(each)) for (const one of each) yield* seqsOf(one);
  }
}

function refuseTooLarge(text: string, asked: Asked): GiroError | undefined {
  if (text.length * 3 < LINE_BYTES_MAX) return undefined;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= LINE_BYTES_MAX - ENVELOPE_BYTES) return undefined;
  return unsendable(
    `a request of ${bytes} bytes is more than a line of 16 MiB`,
    asked,
    "too_large",
    "Send less at once.",
  );
}

export function withKey(method: string, params: object): object {
  if (method === "accounts.open" || (params as { key?: string }).key !== undefined) return params;
  return { ...params, key: newKey() };
}
