// The way to a ledger: to one daemon, or to the nodes of a cluster, each by a link of its own.
//
// What always holds, with several nodes: a call is at one link at a time, which ends it with its
// time or its signal; what was sent and not answered stays in doubt at the nodes after it; what
// can't be sent twice isn't, if it may have come through.

import type { Request as CoreRequest, Settle } from "./core.js";
import { UnknownError } from "./errors.js";
import type { GiroError } from "./errors.js";
import { isPassing, trouble } from "./explain.js";
import type { Trouble } from "./explain.js";
import type { JsonObject } from "./json.js";
import { Link } from "./link.js";
import { Round, isOfNode } from "./round.js";
import type { Signal } from "./signal.js";

export interface Request extends CoreRequest {
  // That a node takes its time says nothing of it.
  readonly isLong?: boolean;
}

// A call on its way.
interface Asking {
  request: Request;
  readonly way: Round;
  readonly settle: Settle;
  readonly signal: Signal | undefined;
  // What this pass failed in, and what is told if it ends now: that, or what the one before did,
  // since the last attempts may have had no time to meet anything.
  ofPass?: GiroError | undefined;
  told?: GiroError | undefined;
}

export interface RouteOptions {
  readonly sockets: readonly string[];
  readonly onNotification: (method: string, params: JsonObject) => void;
  readonly onTrouble: (what: string) => void;
}

export class Route {
  // Where a call begins.
  at = 0;
  readonly #options: RouteOptions;
  readonly #links: readonly Link[];
  #pending = 0;
  #endsBecause: Trouble | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(options: RouteOptions) {
    const { sockets, onNotification, onTrouble } = options;
    const once = sockets.length > 1;
    this.#options = options;
    this.#links = sockets.map((socket) => new Link({ socket, once, onNotification, onTrouble }));
  }

  get hasSeveral(): boolean {
    return this.#links.length > 1;
  }

  // `expires` of a request: milliseconds of this clock.
  now(): number {
    return this.#link(0).now();
  }

  call(request: Request, settle: Settle, signal?: Signal): void {
    if (!this.hasSeveral) return this.#link(0).call(request, settle, signal);
    if (this.#endsBecause !== undefined) {
      return settle(trouble(this.#endsBecause, request, false, false), null);
    }
    this.#pending++;
    const end: Settle = (error, result) => {
      settle(error, result);
      if (--this.#pending === 0) for (const tell of this.#whenIdle.splice(0)) tell();
    };
    const way = new Round(this.#links.length, this.at);
    this.#attempt({ request, way, settle: end, signal }, 0);
  }

  // Takes no more calls, waits for the end of those that there are, and closes.
  async end(why: Trouble): Promise<void> {
    if (!this.hasSeveral) return this.#link(0).end(why);
    this.#endsBecause = why;
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    for (const link of this.#links) link.close(why);
  }

  #attempt(asking: Asking, pause: number): void {
    const { request, way, settle, signal } = asking;
    const { node } = way;
    const begins = this.now() + pause;
    const expires = request.isLong ? request.expires : way.ends(begins, request.expires);
    const attempt = { ...request, expires, begins: pause > 0 ? begins : undefined };
    const settleAttempt: Settle = (error, result) => {
      if (error === undefined || !mayGoOn(error, request)) return settle(error, result);
      this.#goOn(asking, error, node);
    };
    this.#link(node).call(attempt, settleAttempt, signal);
  }

  #goOn(asking: Asking, error: GiroError, node: number): void {
    const { request, way, settle } = asking;
    // Of many calls that find the same the first one moves all.
    if (this.at === node) this.at = (node + 1) % this.#links.length;
    asking.ofPass = heavier(asking.ofPass, error);
    asking.told = heavier(asking.told, error);
    const pause = way.next(error.code, Math.random());
    if (pause === undefined) return settle(asking.ofPass, null);
    if (this.now() + pause >= request.expires) return settle(asking.told, null);
    if (pause > 0) {
      asking.told = asking.ofPass;
      asking.ofPass = undefined;
    }
    this.#tell(error, request, node);
    asking.request = { ...request, earlier: after(error, request) };
    this.#attempt(asking, pause);
  }

  // A lost connection was told by its link, once for all calls.
  #tell(error: GiroError, request: Request, node: number): void {
    if (error.code === "no_daemon") return;
    const { sockets, onTrouble } = this.#options;
    onTrouble(`${request.method} at ${String(sockets[node])}: ${error.what}`);
  }

  #link(node: number): Link {
    return this.#links[node] as Link;
  }
}

function mayGoOn(error: GiroError, request: Request): boolean {
  const hasArrived = error instanceof UnknownError || isPassing(error.code);
  return isOfNode(error.code) && (request.repeatable || !hasArrived);
}

// An answer tells more than silence, and that more than a node that wasn't there; as long as it is
// as sure of the money.
function heavier(one: GiroError | undefined, other: GiroError): GiroError {
  if (one === undefined || weight(one) <= weight(other)) return other;
  return one instanceof UnknownError === other instanceof UnknownError ? one : other;
}

function weight({ code }: GiroError): number {
  return isPassing(code) ? 2 : code === "timeout" ? 1 : 0;
}

function after(error: GiroError, request: Request): "open" | "refused" | undefined {
  if (error instanceof UnknownError) return "open";
  return isPassing(error.code) ? "refused" : request.earlier;
}
