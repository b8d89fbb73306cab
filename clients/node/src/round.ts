// Which of a client's nodes is asked next, when, and for how long. Pure.
//
// Several nodes are those of one cluster (docs/CLUSTER.md): each takes every request, and a key
// decides once, wherever it is sent. An attempt without an answer is followed by one at the next
// node, and only a whole pass over them by a pause. With one node a pass is one attempt.

import { backoffMs } from "./backoff.js";
import { isPassing } from "./explain.js";

// A node that is alive says by then that it doesn't know: it waits so long itself, for a quorum or
// for `min_seq`.
export const PATIENCE_MS = 10_000;

const OF_CONNECTION = new Set(["no_daemon", "timeout"]);
const HOPELESS = new Set(["no_permission", "untrusted", "nonsense"]);

// Whether another node, or the same one later, may answer what this one failed in so.
export function isOfNode(code: string): boolean {
  return isPassing(code) || OF_CONNECTION.has(code) || HOPELESS.has(code);
}

export class Round {
  node: number;
  readonly #nodes: number;
  #failed = 0;
  // One after the other.
  #hopeless = 0;

  constructor(nodes: number, first: number) {
    this.#nodes = nodes;
    this.node = first;
  }

  // When an attempt is over: none may take the time of the nodes that come after it in this pass.
  ends(now: number, expires: number): number {
    if (this.#nodes === 1) return expires;
    const left = this.#nodes - (this.#failed % this.#nodes);
    return now + Math.min(PATIENCE_MS, (expires - now) / left);
  }

  // What comes after it is another matter.
  answered(): void {
    this.#failed = 0;
    this.#hopeless = 0;
  }

  // Goes on, after so many milliseconds; nothing where there is no sense in it, at any node.
  next(code: string, random: number): number | undefined {
    this.node = (this.node + 1) % this.#nodes;
    this.#failed++;
    this.#hopeless = HOPELESS.has(code) ? this.#hopeless + 1 : 0;
    if (this.#hopeless === this.#nodes) return undefined;
    const passes = this.#failed / this.#nodes;
    return Number.isInteger(passes) ? backoffMs(passes, random) : 0;
  }
}
