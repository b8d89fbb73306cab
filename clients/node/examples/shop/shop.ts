// A shop: money is held when an order is placed, captured when it is shipped, let go of when it is
// cancelled, paid back when it is refunded.
//
// Every step is written down, then sent to the ledger, then its outcome is written down. Its key is
// the order's id and the step's number, its request is made of what the book says: so a step that
// was cut off anywhere is simply taken again, and the ledger decides it once. open() does that
// before anything else.

import { RejectedError } from "giro-ledger";
import type { Client } from "giro-ledger";

import type { Order, OrderBook } from "./orders.js";

const SALES = "shop:sales";

// Where the shop could be cut off; a test does.
export type Between = (where: string) => void;

export interface Report {
  day: string;
  currency: string;
  shipped: number;
  captured: bigint;
  refunds: number;
  refunded: bigint;
  // Of the account: before and after the day, by the ledger's own statement.
  opening: bigint;
  closing: bigint;
  // Of now.
  heldOrders: number;
  held: bigint;
}

export class Shop {
  readonly #client: Client;
  readonly #book: OrderBook;
  readonly #between: Between;

  private constructor(client: Client, book: OrderBook, between: Between) {
    this.#client = client;
    this.#book = book;
    this.#between = between;
  }

  // Ends whatever an earlier run has begun.
  static async open(
    client: Client,
    book: OrderBook,
    between: Between = () => undefined,
  ): Promise<Shop> {
    const shop = new Shop(client, book, between);
    for (const order of book.orders.values()) await shop.#finish(order);
    return shop;
  }

  order(id: string): Order {
    const order = this.#book.orders.get(id);
    if (order === undefined) throw new Error(`there is no order ${id}`);
    return order;
  }

  async place(id: string, customer: string, amount: bigint, currency: string): Promise<Order> {
    if (this.#book.orders.has(id)) throw new Error(`order ${id} is there already`);
    this.#book.append({ step: "placing", order: id, customer, amount, currency });
    return this.#finish(this.order(id));
  }

  // Hand the parcel over when the order is `shipped` after this, not before.
  ship(id: string): Promise<Order> {
    return this.#begin(id, "shipping");
  }

  cancel(id: string): Promise<Order> {
    return this.#begin(id, "cancelling");
  }

  // All that is left of it, unless told otherwise.
  async refund(id: string, amount?: bigint): Promise<Order> {
    const order = this.order(id);
    const left = order.amount - order.refunded;
    if (order.state !== "shipped") {
      throw new Error(`order ${id} is ${order.state}: only what was shipped is refunded`);
    }
    if (left === 0n) throw new Error(`all of order ${id} was refunded before`);
    this.#book.append({ step: "refunding", order: id, amount: amount ?? left });
    return this.#finish(order);
  }

  async #begin(id: string, step: "shipping" | "cancelling"): Promise<Order> {
    const order = this.order(id);
    if (order.state !== "placed") {
      throw new Error(`order ${id} is ${order.state}: ${step} needs one that is placed`);
    }
    this.#book.append({ step, order: id });
    return this.#finish(order);
  }

  // Takes the step that was begun, for the first time or again.
  async #finish(order: Order): Promise<Order> {
    const { begun } = order;
    if (begun === undefined) return order;
    this.#between(`${begun} ${order.id}: written down, not sent`);
    try {
      await this.#send(order);
      this.#between(`${begun} ${order.id}: decided, not written down`);
      const ends = {
        placing: "placed",
        shipping: "shipped",
        cancelling: "cancelled",
        refunding: "refunded",
      } as const;
      this.#book.append({ step: ends[begun], order: order.id });
    } catch (error) {
      // Decided against. Anything else decided nothing, or nobody knows: then the step stays begun,
      // for the next try.
      if (!(error instanceof RejectedError)) throw error;
      this.#between(`${begun} ${order.id}: declined, not written down`);
      this.#book.append({ step: "declined", order: order.id, code: error.code });
    }
    this.#between(`${order.id}: done`);
    return order;
  }

  // The same order in the same state makes the same request with the same key.
  async #send({
    id,
    customer,
    amount,
    currency,
    begun,
    steps,
    shippedBy,
    refunding,
  }: Order): Promise<void> {
    const { payments } = this.#client;
    const key = `${id}:${steps}`;
    const hold = `${id}:1`;
    switch (begun) {
      case "placing": {
        const from = `customers:${customer}`;
        await payments.hold({
          key,
          from,
          to: SALES,
          amount,
          currency,
          reference: id,
          timeout: "7d",
        });
        return;
      }
      case "shipping":
        await payments.capture({ key, hold, final: true });
        return;
      case "cancelling":
        await payments.void({ key, hold });
        return;
      case "refunding":
        await payments.reverse({
          key,
          original: `${id}:${shippedBy}`,
          amount: refunding,
          reference: id,
        });
        return;
      default:
        return;
    }
  }

  // What the ledger says of one day in UTC: the book isn't asked.
  async report(day: string): Promise<Report> {
    const range = { id: SALES, from: `${day}T00:00:00Z`, to: `${day}T23:59:59.999999999Z` };
    const {
      opening_balance: opening,
      closing_balance: closing,
      currency,
    } = await this.#client.accounts.statement(range);
    const report = {
      day,
      currency,
      opening,
      closing,
      shipped: 0,
      captured: 0n,
      refunds: 0,
      refunded: 0n,
    };
    for await (const line of this.#client.accounts.lines(range)) {
      if (line.type === "capture") {
        report.shipped++;
        report.captured += line.amount;
      } else if (line.type === "reversal") {
        report.refunds++;
        report.refunded -= line.amount;
      }
    }
    let heldOrders = 0;
    let held = 0n;
    for await (const { left } of this.#client.holds.each({ account: SALES })) {
      heldOrders++;
      held += left;
    }
    return { ...report, heldOrders, held };
  }
}
