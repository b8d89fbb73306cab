// A test's own time, for the clients and servers of its process: it goes on by itself, and a test
// lets any span pass at once.

import { performance } from "node:perf_hooks";

interface Waiting {
  readonly at: number;
  readonly tell: () => void;
}

export class Clock {
  readonly #waiting = new Map<NodeJS.Timeout, Waiting>();
  readonly #real = { setTimeout, clearTimeout, now: performance.now.bind(performance) };
  #passed = 0;

  // A test that has one.
  static during(test: (clock: Clock) => Promise<void>): () => Promise<void> {
    return async () => {
      const clock = new Clock();
      try {
        await test(clock);
      } finally {
        clock.#end();
      }
    };
  }

  private constructor() {
    Object.assign(performance, { now: () => this.#now() });
    Object.assign(globalThis, {
      setTimeout: (tell: () => void, ms: number) => this.#set(tell, ms),
      clearTimeout: (timer: NodeJS.Timeout | undefined) => this.#clear(timer),
    });
  }

  // How many timers are set.
  get timers(): number {
    return this.#waiting.size;
  }

  // What is due by then has happened when it returns, one after the other.
  pass(ms: number): void {
    this.#passed += ms;
    for (let due = this.#due(); due !== undefined; due = this.#due()) {
      this.#clear(due[0]);
      due[1].tell();
    }
  }

  #due(): [NodeJS.Timeout, Waiting] | undefined {
    const now = this.#now();
    const due = [...this.#waiting].filter(([, { at }]) => at <= now);
    return due.sort(([, one], [, other]) => one.at - other.at)[0];
  }

  #now(): number {
    return this.#real.now() + this.#passed;
  }

  #set(tell: () => void, ms: number): NodeJS.Timeout {
    const told = (): void => {
      this.#waiting.delete(timer);
      tell();
    };
    const timer = this.#real.setTimeout(told, ms);
    this.#waiting.set(timer, { at: this.#now() + ms, tell });
    return timer;
  }

  #clear(timer: NodeJS.Timeout | undefined): void {
    if (timer !== undefined) this.#waiting.delete(timer);
    this.#real.clearTimeout(timer);
  }

  #end(): void {
    const { now, ...timers } = this.#real;
    Object.assign(performance, { now });
    Object.assign(globalThis, timers);
  }
}
