// What is used of an AbortSignal, and who listens to it. Pure.

// A part of it, so that the package's types need neither the DOM's nor Node's.
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

interface Listening {
  readonly aborts: Set<() => void>;
  readonly listener: () => void;
}

// One listener a signal, however many calls have it: Node warns of a leak from the eleventh on.
export class Signals {
  readonly #listening = new Map<Signal, Listening>();

  add(signal: Signal, abort: () => void): void {
    const known = this.#listening.get(signal);
    if (known !== undefined) return void known.aborts.add(abort);
    const aborts = new Set([abort]);
    const listener = (): void => {
      for (const each of [...aborts]) each();
    };
    this.#listening.set(signal, { aborts, listener });
    signal.addEventListener("abort", listener);
  }

  remove(signal: Signal, abort: () => void): void {
    const known = this.#listening.get(signal);
    if (known === undefined || !known.aborts.delete(abort) || known.aborts.size > 0) return;
    this.#listening.delete(signal);
    signal.removeEventListener("abort", known.listener);
  }
}
