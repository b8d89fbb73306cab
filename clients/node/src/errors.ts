// What can go wrong, told apart by what it means for the money. Every error says three things: what
// happened, what that means for the money, what to do. Pure.
//
//   RejectedError   decided against, on disk, for ever: the same key never decides otherwise
//   RefusedError    nothing was decided: mend it, or send it again later, with the same key
//   UnknownError    nobody here knows: ask by its key, or send it again with the same key, which
//                   never pays twice

import type { RejectionCode } from "./entries.js";
import type { JsonObject } from "./json.js";

export interface ErrorParts {
  // The protocol's name of it, or one of this client's own: see ClientCode.
  readonly code: string;
  readonly what: string;
  readonly money: string;
  readonly advice: string;
  // Whether the same request, with the same key, may well succeed later.
  readonly retry: boolean;
  readonly field?: string | undefined;
  readonly key?: string | undefined;
  readonly cause?: unknown;
}

// What this client finds by itself.
//   timeout            its time was over
//   aborted            its signal said so
//   closed             the client was closed
//   no_daemon          nobody listens at the socket, or the connection was lost
//   no_permission      the socket isn't for this user
//   untrusted          the socket is another user's, where anybody may have put it
//   nonsense           what answers there isn't Giro's protocol
//   history_lost       the ledger ends before what was read of it
//   currency_unknown   the ledger has no account in it
export type ClientCode =
  | "timeout"
  | "aborted"
  | "closed"
  | "no_daemon"
  | "no_permission"
  | "untrusted"
  | "nonsense"
  | "history_lost"
  | "currency_unknown";

export abstract class GiroError extends Error {
  readonly code: string;
  readonly what: string;
  readonly money: string;
  readonly advice: string;
  readonly retry: boolean;
  readonly field: string | undefined;
  readonly key: string | undefined;

  constructor(parts: ErrorParts) {
    super([parts.what, parts.money, parts.advice].map(asSentence).join(" ").trim());
    this.name = new.target.name;
    this.code = parts.code;
    this.what = parts.what;
    this.money = parts.money;
    this.advice = parts.advice;
    this.retry = parts.retry;
    this.field = parts.field;
    this.key = parts.key;
    if (parts.cause !== undefined) this.cause = parts.cause;
  }
}

// The daemon decided against it. `result` is its whole answer, with the balances that it saw.
export class RejectedError extends GiroError {
  declare readonly code: RejectionCode;
  readonly result: JsonObject;

  constructor(code: RejectionCode, result: JsonObject, parts: Omit<ErrorParts, "code">) {
    super({ ...parts, code });
    this.result = result;
  }
}

// This request decided nothing.
export class RefusedError extends GiroError {
  // With `key_conflict`: the seq of what the key decided, where that may be told.
  readonly seq: bigint | undefined;

  constructor(parts: ErrorParts, seq?: bigint) {
    super(parts);
    this.seq = seq;
  }
}

// It may have taken effect or not.
export class UnknownError extends GiroError {}

function asSentence(text: string): string {
  return text === "" || /[.?!]$/.test(text) ? text : text + ".";
}
