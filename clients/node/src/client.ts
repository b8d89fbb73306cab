// A client of girod: one connection, on which everything that is asked for at a time goes out
// together; or one to each node of a cluster, of which it talks to one at a time.

import { Accounts } from "./api/accounts.js";
import { Ledger, Server } from "./api/ledger.js";
import { Holds, Payments, Schedules } from "./api/payments.js";
import { Caller } from "./caller.js";
import type { CallOptions } from "./caller.js";
import { RefusedError } from "./errors.js";
import { Subscription } from "./events.js";
import type { SubscriptionOptions } from "./events.js";
import type { JsonObject } from "./json.js";
import { formatAmount, parseAmount } from "./money.js";
import type { Money } from "./money.js";
import { Route } from "./route.js";
import { socketsOf } from "./socket.js";

export interface ClientOptions {
  // Where girod listens; the default is $GIRO_SOCKET, else the system's socket, else that of this
  // user's own daemon. Several are those of a cluster's nodes, the nearest first: what one doesn't
  // answer goes to the next one, with the same key.
  readonly socket?: string | readonly string[];
  // With several sockets: whichever node answers a question knows what this client was answered
  // before. The default is true.
  readonly readOwnWrites?: boolean;
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
  readonly sockets: readonly string[];
  readonly accounts: Accounts;
  readonly payments: Payments;
  readonly holds: Holds;
  readonly schedules: Schedules;
  readonly ledger: Ledger;
  readonly server: Server;

  readonly #options: ClientOptions;
  readonly #caller: Caller;
  readonly #route: Route;
  readonly #subscriptions = new Set<Subscription>();
  readonly #scales = new Map<string, number>();

  // Connects at the first call.
  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.sockets = socketsOf(options.socket);
    this.#route = new Route({
      sockets: this.sockets,
      onNotification: (method, params) => this.#notice(method, params),
      onTrouble: this.#onTrouble,
    });
    const { timeoutMs = TIMEOUT_MS, readOwnWrites = true } = options;
    this.#caller = new Caller(this.#route, timeoutMs, readOwnWrites);
    this.accounts = new Accounts(this.#caller);
    this.payments = new Payments(this.#caller);
    this.holds = new Holds(this.#caller);
    this.schedules = new Schedules(this.#caller);
    this.ledger = new Ledger(this.#caller);
    this.server = new Server(this.#caller);
  }

  // The highest seq that a change was answered with; 0n: none was yet. As `min_seq` it is for
  // others, too.
  get lastSeq(): bigint {
    return this.#caller.lastSeq;
  }

  // Every decision from a seq on, in order, on a connection of its own:
  //   for await (const entry of await client.subscribe({ from: 1n })) ...
  subscribe(options: SubscriptionOptions = {}): Promise<Subscription> {
    const { sockets } = this;
    const { timeoutMs } = this.#caller;
    const source = {
      sockets,
      at: this.#route.at,
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
    const known = this.#scales.get(currency) ?? (await this.#learnScales(currency, options));
    if (known !== undefined) return known;
    // Only a node that has applied what this client was answered can say that there is none.
    if (this.#caller.minSeq > 0n) await this.accounts.list({ limit: 1 }, options);
    const scale = await this.#learnScales(currency, options);
    if (scale === undefined) throw currencyUnknown(currency);
    return scale;
  }

  async #learnScales(currency: string, options?: CallOptions): Promise<number | undefined> {
    const status = await this.ledger.status(options);
    for (const found of status.currencies) this.#scales.set(found.currency, Number(found.scale));
    return this.#scales.get(currency);
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
    await this.#route.end({
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
    if (isOutcome) this.#caller.note(params);
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
