// giro-ledger: a client of Giro, a payments ledger. README.md shows it at work.

export { Client } from "./client.js";
export type { ClientOptions } from "./client.js";
export type { CallOptions } from "./caller.js";
export { Subscription } from "./events.js";
export type { SubscriptionOptions } from "./events.js";
export { GiroError, RefusedError, RejectedError, UnknownError } from "./errors.js";
export type { ClientCode } from "./errors.js";
export { formatAmount, parseAmount } from "./money.js";
export type { Money } from "./money.js";
export { newKey } from "./key.js";
export { parse as parseJson, write as writeJson } from "./json.js";
export type { Json, JsonObject } from "./json.js";
export type { Signal } from "./signal.js";

export * from "./answers.js";
export * from "./entries.js";
export * from "./requests.js";
