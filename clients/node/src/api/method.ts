// What the methods have in common: their types, pages, sums past 64 bits.

import type { DryRun, Queued } from "../answers.js";
import type { CallOptions, Caller } from "../caller.js";
import { isObject } from "../json.js";
import type { Json, JsonObject } from "../json.js";

// A change of the ledger. With `dry_run` it is decided and not kept; with `ack: "received"` it is
// answered before it is decided, and the outcome goes to the client's `onDecided`.
export interface Change<Params, Answer> {
  (params: Params & { readonly dry_run: true }, options?: CallOptions): Promise<DryRun<Answer>>;
  (params: Params & { readonly ack: "received" }, options?: CallOptions): Promise<Queued>;
  (params: Params, options?: CallOptions): Promise<Answer>;
}

// One that isn't a payment: its answer is always the outcome.
export interface AccountChange<Params, Answer> {
  (params: Params & { readonly dry_run: true }, options?: CallOptions): Promise<DryRun<Answer>>;
  (params: Params, options?: CallOptions): Promise<Answer>;
}

export function change<Params extends object, Answer>(
  caller: Caller,
  method: string,
): Change<Params, Answer> {
  return ((params: Params, options?: CallOptions) =>
    caller.change(method, params, options)) as Change<Params, Answer>;
}

// Every page after the other, flat. `after` names the field that takes `next`.
export async function* each<Page extends { next: unknown }, Item>(
  ask: (params: object) => Promise<Page>,
  params: object,
  after: "after" | "cursor",
  items: (page: Page) => Item[],
): AsyncGenerator<Item, void, undefined> {
  let page = await ask(params);
  for (;;) {
    yield* items(page);
    if (page.next === null) return;
    page = await ask({ ...params, [after]: page.next });
  }
}

// Sums that don't fit 64 bits come as decimal strings: here every sum is a bigint.
const SUMS = new Set([
  "balance",
  "opening_balance",
  "closing_balance",
  "in",
  "out",
  "posted_in",
  "posted_out",
  "debit",
  "credit",
  "net",
]);
const HOLDERS = ["accounts", "lines", "rows", "currencies"];

export function withSums<Answer>(answer: Answer): Answer {
  const object = answer as unknown as JsonObject;
  widen(object);
  for (const name of HOLDERS) {
    const rows: Json | undefined = object[name];
    if (Array.isArray(rows)) for (const row of rows) if (isObject(row)) widen(row);
  }
  return answer;
}

function widen(object: JsonObject): void {
  for (const name in object) {
    const value = object[name];
    if (typeof value === "string" && SUMS.has(name)) object[name] = BigInt(value);
  }
}
