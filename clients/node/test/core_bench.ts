// A core without a socket: a test carries the bytes and turns the clock.

import { Core } from "../src/core.js";
import type { Call, Request } from "../src/core.js";
import type { GiroError } from "../src/errors.js";
import type { Trouble } from "../src/explain.js";
import type { Json, JsonObject } from "../src/json.js";

export const LOST: Trouble = {
  code: "no_daemon",
  what: "the connection was lost",
  advice: "Start it.",
};
export const ABORTED: Trouble = {
  code: "aborted",
  what: "it was aborted",
  advice: "Send it again.",
};

export class Outcome {
  call!: Call;
  error: GiroError | undefined;
  result: Json | undefined;
  settled = 0;
}

// A core, and what was settled.
export class Bench {
  readonly core: Core;
  readonly notified: [string, JsonObject][] = [];
  readonly troubles: string[] = [];
  now = 0;

  constructor(once = false) {
    this.core = new Core({
      random: () => 0,
      once,
      onNotification: (method, params) => this.notified.push([method, params]),
      onTrouble: (what) => this.troubles.push(what),
    });
    this.core.connected();
  }

  ask(changes: Partial<Request> = {}): Outcome {
    const request = {
      method: "payments.get",
      params: "{}",
      changes: false,
      repeatable: true,
      expires: 1_000,
      ...changes,
    };
    const outcome = new Outcome();
    outcome.call = this.core.call(request, (error, result) => {
      outcome.settled++;
      outcome.error = error;
      outcome.result = result;
    });
    return outcome;
  }

  pay(key: string, more: Partial<Request> = {}): Outcome {
    return this.ask({
      method: "payments.submit",
      params: `{"key":"${key}"}`,
      changes: true,
      key,
      ...more,
    });
  }

  sent(): string[] {
    const bytes = this.core.takeOutput();
    return bytes === undefined ? [] : new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  }

  receive(...lines: string[]): void {
    this.core.receive(
      new TextEncoder().encode(lines.map((line) => line + "\n").join("")),
      this.now,
    );
  }

  answer(outcome: Outcome, result: string): void {
    this.receive(`{"jsonrpc":"2.0","id":${outcome.call.id},"result":${result}}`);
  }

  refuse(outcome: Outcome, code: string): void {
    const error = `{"code":-32000,"message":"${code}, so nothing","data":{"code":"${code}"}}`;
    this.receive(`{"jsonrpc":"2.0","id":${outcome.call.id},"error":${error}}`);
  }

  // Until it has something to send, or `end`.
  pass(end: number): void {
    while (this.core.tickAt <= end) {
      this.now = Math.max(this.now, this.core.tickAt);
      this.core.tick(this.now);
    }
    this.now = end;
  }
}
