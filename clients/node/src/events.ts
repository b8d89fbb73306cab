// Every decision from a seq on, in order, as an async iterator that survives the daemon's restarts.
//
// What always holds: events come with seqs that follow each other, across lost connections, too: it
// goes on after the last one that it has, at the next node where there are several; a gap is an
// error, never silence. What comes faster than it is taken waits at the daemon. Each subscription
// has a link of its own, and only the last one is listened to.

import { NonsenseError } from "./core.js";
import type { CallOptions } from "./caller.js";
import type { Entry } from "./entries.js";
import { RefusedError } from "./errors.js";
import type { GiroError } from "./errors.js";
import { trouble } from "./explain.js";
import type { Trouble } from "./explain.js";
import type { JsonObject } from "./json.js";
import { Link } from "./link.js";
import { Round, isOfNode } from "./round.js";
import type { Signal } from "./signal.js";
import { Watch } from "./watch.js";

export interface SubscriptionOptions extends CallOptions {
  // The first seq to be told; the default is the next one that is decided.
  readonly from?: bigint;
}

interface Source {
  readonly sockets: readonly string[];
  // Which of them is asked first.
  readonly at: number;
  readonly timeoutMs: number;
  readonly onTrouble?: ((what: string) => void) | undefined;
  // Of the client: those that aren't over.
  readonly subscriptions: Set<Subscription>;
}

// Entries that wait here before the daemon has to keep the rest.
const BUFFERED_MAX = 1_000;

const ASKED = { method: "events.subscribe", changes: false } as const;

interface Waiter {
  readonly resolve: (result: IteratorResult<Entry, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

export class Subscription implements AsyncIterableIterator<Entry> {
  // The newest seq when it began: what comes up to it is history.
  headSeq = 0n;

  readonly #source: Source;
  readonly #way: Round;
  #link: Link;
  // Of several nodes, once this one tells events.
  #watch: Watch | undefined;
  readonly #signal: Signal | undefined;
  // The seq that comes next; nothing before the daemon has said which.
  #next: bigint | undefined;
  #hasBegun = false;
  #hasGap = false;
  // Until when nodes may be behind what was told before.
  #behindUntil = Infinity;
  #entries: Entry[] = [];
  #taken = 0;
  #waiters: Waiter[] = [];
  #isOver = false;
  #failure: GiroError | undefined;

  // Fulfilled once the daemon has said from where: everything decided from then on comes.
  static open(source: Source, options: SubscriptionOptions): Promise<Subscription> {
    const subscription = new Subscription(source, options);
    return new Promise((resolve, reject) => {
      const expires = subscription.#link.now() + (options.timeoutMs ?? source.timeoutMs);
      subscription.#ask(0, expires, (error) =>
        error === undefined ? resolve(subscription) : reject(error),
      );
    });
  }

  private constructor(source: Source, options: SubscriptionOptions) {
    this.#next = options.from;
    this.#signal = options.signal;
    this.#source = source;
    this.#way = new Round(source.sockets.length, source.at);
    this.#source.subscriptions.add(this);
    this.#link = this.#connect();
    this.#signal?.addEventListener("abort", this.#abort);
    if (this.#signal?.aborted) this.#abort();
  }

  #connect(): Link {
    const link: Link = new Link({
      socket: this.#socket,
      once: true,
      onTrouble: this.#source.onTrouble,
      onNotification: (method, params) => {
        if (link === this.#link) this.#take(method, params);
      },
      onLost: (why) => {
        if (link === this.#link) this.#lost(why);
      },
    });
    link.hold();
    return link;
  }

  // Where it is subscribed.
  get #socket(): string {
    return this.#source.sockets[this.#way.node] as string;
  }

  get #hasSeveral(): boolean {
    return this.#source.sockets.length > 1;
  }

  // The seq that it tells next.
  get nextSeq(): bigint | undefined {
    return this.#entries[this.#taken]?.seq ?? this.#next;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Entry, undefined>> {
    const entry = this.#entries[this.#taken];
    if (entry !== undefined) {
      if (++this.#taken === this.#entries.length) this.#refill();
      return Promise.resolve({ done: false, value: entry });
    }
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      return Promise.reject(failure);
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  // The end: of a loop that is left, too.
  return(): Promise<IteratorResult<Entry, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  close(): void {
    this.#entries = [];
    this.#taken = 0;
    this.#end({ code: "closed", what: "the subscription was closed", advice: "Subscribe again." });
    for (const { resolve } of this.#waiters.splice(0)) resolve({ done: true, value: undefined });
  }

  readonly #abort = (): void => {
    const cause = this.#signal?.reason;
    const what = "the subscription was aborted by its signal";
    this.#fail(
      trouble({ code: "aborted", what, advice: "Subscribe again.", cause }, ASKED, false, true),
    );
  };

  // Past the entries that are there already.
  #fail(error: GiroError): void {
    if (this.#isOver) return;
    const { code, what, advice } = error;
    this.#end({ code: code as Trouble["code"], what, advice, cause: error.cause });
    const [first, ...others] = this.#waiters.splice(0);
    if (first === undefined) this.#failure = error;
    else first.reject(error);
    for (const { resolve } of others) resolve({ done: true, value: undefined });
  }

  #end(why: Trouble): void {
    this.#isOver = true;
    this.#source.subscriptions.delete(this);
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#watch?.end();
    this.#link.close(why);
  }

  // A node that has nothing more to tell.
  readonly #leave = (why: string): void => {
    const what = `the node at ${this.#socket} ${why}`;
    this.#lost({ code: "timeout", what, advice: "Subscribe again." });
  };

  // A connection that told events.
  #lost(why: Trouble | undefined): void {
    const error = trouble(why ?? LOST, ASKED, false, true);
    if (this.#hasGap || !this.#goOn(error, Infinity, () => undefined)) this.#fail(error);
  }

  // Asks the next node, unless that makes no sense.
  #goOn(error: GiroError, expires: number, done: (error?: GiroError) => void): boolean {
    if (this.#isOver || !this.#mayGoOn(error)) return false;
    const pause = this.#way.next(error.code, Math.random());
    if (pause === undefined || this.#link.now() + pause >= expires) return false;
    const { code, what, advice } = error;
    // A lost connection was told by its link.
    if (code !== "no_daemon") this.#source.onTrouble?.(`${ASKED.method}: ${what}`);
    this.#watch?.end();
    const before = this.#link;
    this.#link = this.#connect();
    before.close({ code: code as Trouble["code"], what, advice });
    this.#ask(pause, expires, done);
    return true;
  }

  #mayGoOn(error: GiroError): boolean {
    if (error.code !== "history_lost") return isOfNode(error.code);
    // Of several nodes one may be behind for a moment.
    const now = this.#link.now();
    this.#behindUntil = Math.min(this.#behindUntil, now + this.#source.timeoutMs);
    return this.#hasSeveral && now < this.#behindUntil;
  }

  #ask(pause: number, expires: number, done: (error?: GiroError) => void): void {
    const params = this.#next === undefined ? "{}" : `{"from":${this.#next}}`;
    const begins = this.#link.now() + pause;
    const attempt = {
      begins: pause > 0 ? begins : undefined,
      expires: this.#way.ends(begins, expires),
    };
    const request = { ...ASKED, ...attempt, params, repeatable: true };
    this.#link.call(request, (error, result) => {
      const problem = error ?? this.#begin(result as JsonObject);
      if (problem === undefined) return done();
      if (this.#goOn(problem, expires, done)) return;
      this.#fail(problem);
      done(problem);
    });
  }

  // An error where the ledger is behind what was told of it before.
  #begin(answer: JsonObject): GiroError | undefined {
    const { from, head_seq } = answer;
    if (typeof from !== "bigint" || typeof head_seq !== "bigint") {
      return nonsense("an answer to events.subscribe without from and head_seq");
    }
    if (from !== (this.#next ?? from)) {
      return nonsense(`events from ${from} where they were asked for from ${this.#next}`);
    }
    if (head_seq + 1n < from) return historyLost(from, head_seq);
    if (!this.#hasBegun) this.headSeq = head_seq;
    this.#hasBegun = true;
    this.#behindUntil = Infinity;
    this.#way.answered();
    this.#next = from;
    if (this.#hasSeveral) this.#watch = new Watch(this.#link, this.#leave);
    return undefined;
  }

  #take(method: string, params: JsonObject): void {
    if (method !== "event" || this.#isOver) return;
    const { seq } = params;
    if (typeof seq !== "bigint" || seq !== this.#next) {
      this.#hasGap = true;
      throw new NonsenseError(`event ${String(seq)} where ${String(this.#next)} comes next`);
    }
    this.#next = seq + 1n;
    this.#watch?.came();
    const entry = params as unknown as Entry;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) return waiter.resolve({ done: false, value: entry });
    this.#entries.push(entry);
    if (this.#entries.length >= BUFFERED_MAX) this.#link.pause();
  }

  #refill(): void {
    const wasFull = this.#entries.length >= BUFFERED_MAX;
    this.#entries = [];
    this.#taken = 0;
    if (!wasFull) return;
    this.#link.resume();
    this.#watch?.came();
  }
}

const LOST: Trouble = {
  code: "no_daemon",
  what: "the connection of a subscription was lost",
  advice: "Subscribe again.",
};

function nonsense(what: string): GiroError {
  const advice = "See which program listens there, and name girod's socket.";
  return trouble({ code: "nonsense", what, advice }, ASKED, false, true);
}

function historyLost(from: bigint, head: bigint): RefusedError {
  return new RefusedError({
    code: "history_lost",
    what: `the ledger ends at seq ${head}, and what was to come next is ${from}`,
    money:
      "Decisions that were told before are missing from this ledger: it is another one, or an older copy.",
    advice:
      "See whether a backup was restored, and what was sent since it, before reading on from an earlier seq.",
    retry: false,
  });
}
