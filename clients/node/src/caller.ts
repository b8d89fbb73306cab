// From a method and its fields to a promise of the answer: keys for changes, rejections as errors,
// the time of it all.

import type { GiroError } from "./errors.js";
import { rejection, unsendable } from "./explain.js";
import type { Asked } from "./explain.js";
import { write } from "./json.js";
import type { Json } from "./json.js";
import { newKey } from "./key.js";
import type { Link } from "./link.js";
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

export class Caller {
  constructor(
    readonly link: Link,
    readonly timeoutMs: number,
  ) {}

  // A question: it can be asked again and again.
  ask<Answer>(method: string, params: object, options?: CallOptions): Promise<Answer> {
    return this.#send({ method, changes: false }, QUESTION, params, options);
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
    const expires = this.link.now() + (options.timeoutMs ?? this.timeoutMs);
    const request = { method, changes, key, params: text, repeatable: kind.repeatable, expires };
    return new Promise((resolve, reject) => {
      const settle = (error: GiroError | undefined, result: Json): void => {
        const failure = error ?? (kind.decides ? rejection(result, request) : undefined);
        if (failure === undefined) resolve(result as unknown as Answer);
        else reject(failure);
      };
      this.link.call(request, settle, options.signal);
    });
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
