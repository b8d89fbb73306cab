// The order book: what the shop was asked to do, and what came of it, one JSON object a line, each
// on disk before the next step is taken.
//
// What always holds: an order's state is what its lines say, in their order; a line is there whole
// or not at all. One process at a time keeps a book.

import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

import { parseJson, writeJson } from "giro-ledger";

// What is to be done is written first (`placing`), what came of it after (`placed`, or `declined`
// with the ledger's code).
export type Step =
  | { step: "placing"; order: string; customer: string; amount: bigint; currency: string }
  | { step: "shipping" | "cancelling"; order: string }
  | { step: "refunding"; order: string; amount: bigint }
  | { step: "placed" | "shipped" | "cancelled" | "refunded"; order: string }
  | { step: "declined"; order: string; code: string };

export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly amount: bigint;
  readonly currency: string;
  state: "new" | "placed" | "shipped" | "cancelled" | "declined";
  // What was begun, and not ended yet.
  begun: "placing" | "shipping" | "cancelling" | "refunding" | undefined;
  // How many steps were begun, declined ones among them. The number is in the step's key: no key is
  // used twice.
  steps: number;
  // Which of them shipped it.
  shippedBy: number;
  refunding: bigint;
  refunded: bigint;
  // Why the last step was declined.
  code: string | undefined;
}

export class OrderBook {
  readonly orders = new Map<string, Order>();
  readonly #file: number;

  constructor(path: string) {
    const isNew = !existsSync(path);
    this.#file = openSync(path, "a+", 0o600);
    if (isNew) syncFolder(dirname(path));
    const text = readFileSync(path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    // A line that a crash cut off was never acted upon.
    if (whole.length < text.length) {
      ftruncateSync(this.#file, new TextEncoder().encode(whole).length);
    }
    for (const line of whole.split("\n").slice(0, -1)) {
      this.#apply(parseJson(line) as unknown as Step);
    }
  }

  // On disk once this returns.
  append(step: Step): void {
    writeSync(this.#file, writeJson(step) + "\n");
    fsyncSync(this.#file);
    this.#apply(step);
  }

  close(): void {
    closeSync(this.#file);
  }

  #apply(step: Step): void {
    if (step.step === "placing") {
      const { order: id, customer, amount, currency } = step;
      const nothing = { shippedBy: 0, refunding: 0n, refunded: 0n, code: undefined };
      this.orders.set(id, {
        id,
        customer,
        amount,
        currency,
        state: "new",
        begun: "placing",
        steps: 1,
        ...nothing,
      });
      return;
    }
    const order = this.orders.get(step.order);
    if (order === undefined) {
      throw new Error(`the order book speaks of order ${step.order}, which was never placed`);
    }
    switch (step.step) {
      case "shipping":
      case "cancelling":
      case "refunding":
        order.begun = step.step;
        order.steps++;
        if (step.step === "refunding") order.refunding = step.amount;
        return;
      case "placed":
      case "shipped":
      case "cancelled":
        order.state = step.step;
        if (step.step === "shipped") order.shippedBy = order.steps;
        break;
      case "refunded":
        order.refunded += order.refunding;
        break;
      case "declined":
        if (order.begun === "placing") order.state = "declined";
        break;
    }
    order.begun = undefined;
    order.code = step.step === "declined" ? step.code : undefined;
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
}
