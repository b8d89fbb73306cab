// Sees, of several nodes, when the one that a feed is at will tell nothing any more.
//
// A machine that dies behind a forwarded socket only falls silent, and an isolated node answers,
// but no events come there. So where nothing came for PATIENCE_MS the node is asked how it is, on
// the feed's own link, and has as long to answer. What isn't read can't come: while the link is
// paused a feed isn't quiet.

import type { GiroError } from "./errors.js";
import { isObject } from "./json.js";
import type { Json } from "./json.js";
import type { Link } from "./link.js";
import { PATIENCE_MS } from "./round.js";

const STATUS = { method: "ledger.status", params: "{}", changes: false, repeatable: true } as const;

export class Watch {
  readonly #link: Link;
  readonly #leave: (why: string) => void;
  #quietSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  // Begins at once. `leave`: what is wrong with the node.
  constructor(link: Link, leave: (why: string) => void) {
    this.#link = link;
    this.#leave = leave;
    this.#begin();
  }

  // For every event, so it is cheap: the timer stays, and waits for the rest when it is up.
  came(): void {
    this.#quietSince = this.#link.now();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #begin(): void {
    this.came();
    this.#wait(PATIENCE_MS);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#onTime(), Math.ceil(ms));
    // What keeps the process alive is the link's business.
    this.#timer.unref();
  }

  #onTime(): void {
    if (this.#link.isPaused) this.came();
    const left = this.#quietSince + PATIENCE_MS - this.#link.now();
    if (left > 0) this.#wait(left);
    else this.#look();
  }

  #look(): void {
    const begun = this.#link.now();
    this.#link.call({ ...STATUS, expires: begun + PATIENCE_MS }, (error, status) => {
      if (this.#isOver) return;
      if (this.#isSilent(begun, error)) this.#leave("is silent");
      else if (isIsolated(status)) this.#leave("is isolated: no events come there");
      else this.#begin();
    });
  }

  // An answer may wait behind events that aren't read, and any other error is the link's to tell.
  #isSilent(begun: number, error: GiroError | undefined): boolean {
    return error?.code === "timeout" && this.#quietSince < begun;
  }
}

function isIsolated(status: Json): boolean {
  const cluster = isObject(status) ? status["cluster"] : undefined;
  return isObject(cluster) && cluster["state"] === "isolated";
}
