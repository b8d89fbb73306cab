// What an error says: from the daemon's code, or from what this client met, to the three things its
// reader needs. Pure.

import { RefusedError, RejectedError, UnknownError } from "./errors.js";
import type { ClientCode, ErrorParts, GiroError } from "./errors.js";
import type { RejectionCode } from "./entries.js";
import { isObject } from "./json.js";
import type { Json, JsonObject } from "./json.js";

// What is asked of the daemon, as far as its errors need to know.
export interface Asked {
  readonly method: string;
  // Whether it can change the ledger. A question can't, nor can a dry run.
  readonly changes: boolean;
  // The key of a change; of accounts.open, the account's id.
  readonly key?: string | undefined;
}

// The daemon's `error`.
export interface RpcError {
  readonly code: string;
  readonly message: string;
  readonly field?: string | undefined;
  readonly seq?: bigint | undefined;
}

// Trouble of this client's own: with the connection, the time, the signal.
export interface Trouble {
  readonly code: ClientCode;
  readonly what: string;
  readonly advice: string;
  readonly cause?: unknown;
}

const NOTHING_SENT = "Nothing was sent and no money moved.";
const NOTHING_DECIDED = "This request decided nothing and moved no money.";
const ONLY_ASKED = "It was only a question: no money moved.";
const OPEN = "It may or may not have taken effect: the answer was lost, not the money.";

const MEND = "Mend the request.";

// Of what the daemon says by name: what to do.
const ADVICE: Readonly<Record<string, string>> = {
  busy: "Try again in a moment, with the same key.",
  read_only: "The daemon's log names the cause: try again with the same key once it is mended.",
  shutting_down: "Try again after the daemon's restart, with the same key.",
  key_conflict: "Ask with payments.get what the key decided. Use a new key for a new payment.",
  unauthorized: "Ask the daemon's operator to allow it to this user.",
  account_unknown: "Check the id: accounts.list shows every account.",
  unknown_method: "This daemon is of another version: server.info lists its methods.",
  internal: "This is a defect of Giro: please report it with the daemon's log.",
};

const RETRIED = new Set(["busy", "read_only", "shutting_down", "outcome_unknown"]);

// Whether the daemon may answer otherwise in a moment.
export function isPassing(code: string): boolean {
  return RETRIED.has(code);
}

// The daemon's message goes on to the money and to what to do, which depend on what this client
// knows.
const MONEY_WORDS = [
  "; nothing",
  "; this request",
  ", so nothing",
  "; no money",
  "; that outcome",
  "; ask by key",
];

function whatHappened(message: string): string {
  const ends = MONEY_WORDS.map((words) => message.indexOf(words)).filter((end) => end >= 0);
  return message.slice(0, Math.min(message.length, ...ends));
}

export function readRpcError(error: JsonObject): RpcError {
  const data = isObject(error["data"]) ? error["data"] : {};
  const { code, field, seq } = data;
  return {
    code: typeof code === "string" ? code : "internal",
    message: typeof error["message"] === "string" ? error["message"] : "the daemon gave no reason",
    field: typeof field === "string" ? field : undefined,
    seq: typeof seq === "bigint" ? seq : undefined,
  };
}

// The daemon refused it. `inDoubt`: an earlier try of the same request is open.
export function refusal(error: RpcError, asked: Asked, inDoubt: boolean): GiroError {
  const named: Omit<ErrorParts, "money" | "advice"> = {
    code: error.code,
    what: `${error.code}: ${whatHappened(error.message)}`,
    retry: isPassing(error.code),
    field: error.field,
    key: asked.key,
  };
  if (error.code === "key_conflict") {
    const money =
      "The key's earlier outcome stands; this request decided nothing and moved no money.";
    return new RefusedError(
      { ...named, money, advice: ADVICE["key_conflict"] as string },
      error.seq,
    );
  }
  if (inDoubt) {
    return new UnknownError({ ...named, retry: true, money: OPEN, advice: adviceOfOpen(asked) });
  }
  const money = asked.changes ? NOTHING_DECIDED : ONLY_ASKED;
  return new RefusedError({ ...named, money, advice: ADVICE[error.code] ?? MEND });
}

// `wasSent`: the daemon has had it, and refused it.
export function trouble(
  found: Trouble,
  asked: Asked,
  inDoubt: boolean,
  wasSent: boolean,
): GiroError {
  const { code, what, cause } = found;
  const parts = {
    code,
    what,
    cause,
    key: asked.key,
    retry: code === "timeout" || code === "no_daemon",
  };
  if (inDoubt) {
    return new UnknownError({ ...parts, retry: true, money: OPEN, advice: adviceOfOpen(asked) });
  }
  const money = !asked.changes ? ONLY_ASKED : wasSent ? NOTHING_DECIDED : NOTHING_SENT;
  return new RefusedError({ ...parts, money, advice: found.advice });
}

function adviceOfOpen(asked: Asked): string {
  if (asked.method === "accounts.open") {
    return "Open it again with the same fields, which opens it once.";
  }
  if (asked.key === undefined) {
    return "Send it again with the same keys, each of which takes effect once.";
  }
  const { key } = asked;
  return `Ask with payments.get for the key ${key}, or send it again with the same key, which takes effect once.`;
}

// A request that never left this process, because something is wrong with it.
export function unsendable(
  what: string,
  asked: Asked,
  code = "malformed",
  advice = MEND,
): RefusedError {
  return new RefusedError({
    code,
    what,
    money: NOTHING_SENT,
    advice,
    retry: false,
    key: asked.key,
  });
}

// The daemon's answer where it decided against; nothing where it didn't.
export function rejection(answer: Json, asked: Asked): RejectedError | undefined {
  if (!isObject(answer) || answer["status"] !== "rejected") return undefined;
  const failed = failedMember(answer) ?? answer;
  const code = String(failed["code"]) as RejectionCode;
  const field = typeof failed["field"] === "string" ? failed["field"] : undefined;
  const where = (field === undefined ? "" : ` (${field})`) + placeOf(failed, answer);
  const what = `rejected: ${code}${where}`;
  const means =
    answer["dry_run"] === true
      ? REHEARSED
      : asked.method === "accounts.open"
        ? NOT_OPENED
        : DECIDED;
  return new RejectedError(code, answer, { what, ...means, retry: false, field, key: asked.key });
}

const DECIDED = {
  money: "It is decided and kept: no money moved, and the same key will answer this for ever.",
  advice: "See to the reason, then send it under a new key.",
};
const REHEARSED = {
  money: "It was a dry run: nothing was decided, no money moved, and the key is unused.",
  advice: "See to the reason, and send it.",
};
const NOT_OPENED = {
  money: "Nothing was opened and no money moved; an account that has this id already is as it was.",
  advice: "Open it with the same fields, change it with accounts.update, or take another id.",
};

// Of a group: the member for which all of it was rejected.
function failedMember(answer: JsonObject): JsonObject | undefined {
  const { members, failed } = answer;
  if (!Array.isArray(members) || typeof failed !== "bigint") return undefined;
  const member = members[Number(failed)];
  return isObject(member) ? member : undefined;
}

function placeOf(failed: JsonObject, answer: JsonObject): string {
  const { leg, leg_code } = failed;
  const ofLeg = typeof leg === "bigint" ? `, leg ${leg}: ${String(leg_code)}` : "";
  return failed === answer ? ofLeg : `${ofLeg}, member ${String(answer["failed"])} of the group`;
}
