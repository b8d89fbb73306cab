// A client of girod: one connection, on which everything that is asked for at a time goes out
// together.

import { Accounts } from "./api/accounts.js";
import { Ledger, Server } from "./api/ledger.js";
import { Holds, Payments, Schedules } from "./api/payments.js";
import { Caller } from "./caller.js";
import type { CallOptions } from "./caller.js";
import { RefusedError } from "./errors.js";
import { Subscription } from "./events.js";
import type { SubscriptionOptions } from "./events.js";
import type { JsonObject } from "./json.js";
import { Link } from "./link.js";
import { formatAmount, parseAmount } from "./money.js";
import type { Money } from "./money.js";
import { defaultSocket } from "./socket.js";

export interface ClientOptions {
  // Where girod listens; the default is $GIRO_SOCKET, else the system's socket, else that of this
  // user's own daemon.
  readonly socket?: string;
  // For each call, all its tries together.
  readonly timeoutMs?: number;
  // Outcomes of what was submitted with `ack: "received"`, on this connection; none of them
  // survives a lost one.
  readonly onDecided?: (outcome: JsonObject) => void;
  // Told of every lost connection and every try that is made again by itself: for a log.
  readonly onTrouble?: (what: string) => void;
}

const TIMEOUT_MS = 30_000;

export class Client {
  readonly socket: string;
  readonly accounts: Accounts;
  readonly payments: Payments;
  readonly holds: Holds;
  readonly schedules: Schedules;
  readonly ledger: Ledger;
  readonly server: Server;

  readonly #options: ClientOptions;
  readonly #caller: Caller;
  readonly #link: Link;
  readonly #subscriptions = new Set<Subscription>();
  readonly #scales = new Map<string, number>();

  // Connects at the first call.
  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.socket = options.socket ?? defaultSocket();
    this.#link = new Link({
      socket: this.socket,
      onNotification: (method, params) => this.#notice(method, params),
      onTrouble: this.#onTrouble,
    });
    this.#caller = new Caller(this.#link, options.timeoutMs ?? TIMEOUT_MS);
    this.accounts = new Accounts(this.#caller);
    this.payments = new Payments(this.#caller);
    this.holds = new Holds(this.#caller);
    this.schedules = new Schedules(this.#caller);
    this.ledger = new Ledger(this.#caller);
    this.server = new Server(this.#caller);
  }

  // Every decision from a seq on, in order, on a connection of its own:
  //   for await (const entry of await client.subscribe({ from: 1n })) ...
  subscribe(options: SubscriptionOptions = {}): Promise<Subscription> {
    const { socket } = this;
    const { timeoutMs } = this.#caller;
    const source = {
      socket,
      timeoutMs,
      onTrouble: this.#onTrouble,
      subscriptions: this.#subscriptions,
    };
    return Subscription.open(source, options);
  }

  // A method that this client doesn't know, of a newer daemon. Its answer isn't looked into, but
  // for `rejected`.
  call(method: string, params: object = {}, options?: CallOptions): Promise<JsonObject> {
    return this.#caller.callUnknown(method, params, options);
  }

  // How many decimals a currency has in this ledger.
  async scaleOf(currency: string, options?: CallOptions): Promise<number> {
    const known = this.#scales.get(currency);
    if (known !== undefined) return known;
    const status = await this.ledger.status(options);
    for (const found of status.currencies) this.#scales.set(found.currency, Number(found.scale));
    const scale = this.#scales.get(currency);
    if (scale === undefined) throw currencyUnknown(currency);
    return scale;
  }

  // ("12.34", "EUR"): { amount: 1234n, currency: "EUR" }. Throws a RangeError for what isn't such a
  // decimal.
  async parse(decimal: string, currency: string): Promise<Money> {
    return { amount: parseAmount(decimal, await this.scaleOf(currency)), currency };
  }

  // "12.34 EUR"
  async format({ amount, currency }: Money): Promise<string> {
    return `${formatAmount(amount, await this.scaleOf(currency))} ${currency}`;
  }

  // Waits for the calls that are on their way, then closes the connection, and subscriptions at
  // once.
  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.close();
    await this.#link.end({
      code: "closed",
      what: "this client was closed",
      advice: "Make another one.",
    });
  }

  // A callback that throws must not stop the reading of what comes after.
  readonly #onTrouble = (what: string): void => {
    const { onTrouble } = this.#options;
    if (onTrouble !== undefined) queueMicrotask(() => onTrouble(what));
  };

  #notice(method: string, params: JsonObject): void {
    const { onDecided } = this.#options;
    const isOutcome = method === "payment.decided" || method === "payments.decided";
    if (onDecided !== undefined && isOutcome) queueMicrotask(() => onDecided(params));
  }
}

function currencyUnknown(currency: string): RefusedError {
  return new RefusedError({
    code: "currency_unknown",
    what: `no account of this ledger keeps ${currency}`,
    money: "Nothing was sent and no money moved.",
    advice: "The first account of a currency declares it: accounts.open with its scale.",
    retry: false,
  });
}
