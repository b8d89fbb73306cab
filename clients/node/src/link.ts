// A connection that comes back: the core's socket, timer and clock.
//
// What always holds: what is asked for in one turn of the event loop goes out in one write, up to a
// MiB, and while the daemon doesn't read, later; the process is kept alive only while something
// waits for an answer.

import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";

import { Core, NonsenseError } from "./core.js";
import type { Call, Request, Settle } from "./core.js";
import type { Trouble } from "./explain.js";
import type { JsonObject } from "./json.js";
import { Signals } from "./signal.js";
import type { Signal } from "./signal.js";
import { mayBeTrusted } from "./socket.js";

export interface LinkOptions {
  readonly socket: string;
  // Whoever asks goes to another node with what failed here.
  readonly once?: boolean | undefined;
  readonly onNotification: (method: string, params: JsonObject) => void;
  readonly onTrouble?: ((what: string) => void) | undefined;
  // A connection that worked is no more. `why`: there is no sense in another.
  readonly onLost?: ((why?: Trouble) => void) | undefined;
}

// What setTimeout() can wait.
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Link {
  readonly #options: LinkOptions;
  readonly #core: Core;
  readonly #signals = new Signals();
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #isFlushAsked = false;
  #isHeldUp = false;
  #isPaused = false;
  #endsBecause: Trouble | undefined;
  // What keeps the process alive now, and whether something does though no call waits.
  #isAlive = false;
  #isHeld = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#core = new Core({
      random: Math.random,
      once: options.once,
      onNotification: options.onNotification,
      onTrouble: options.onTrouble,
    });
  }

  // `expires` of a request: milliseconds of this clock.
  now(): number {
    return performance.now();
  }

  call(request: Request, settle: Settle, signal?: Signal): void {
    const call =
      signal === undefined
        ? this.#core.call(request, settle)
        : this.#callWithSignal(request, settle, signal);
    if (this.#endsBecause !== undefined) return this.#core.cancel(call, this.#endsBecause);
    if (this.#isFlushAsked) return;
    this.#isFlushAsked = true;
    // After the promises that this turn settles have had their say: they may ask for more.
    process.nextTick(() => this.#flush());
  }

  // Events come faster than they are taken: the daemon keeps them for us.
  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  // Keeps the process alive though nothing waits for an answer: for who waits for events.
  hold(): void {
    this.#isHeld = true;
    this.#arm();
  }

  // Takes no more calls, waits for the end of those that there are, and closes.
  async end(why: Trouble): Promise<void> {
    this.#endsBecause = why;
    if (this.#core.pending > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    this.close(why);
  }

  // Ends every call.
  close(why: Trouble): void {
    this.#endsBecause = why;
    this.#core.cancelAll(why);
    this.#drop();
    clearTimeout(this.#timer);
    this.#tellIdle();
  }

  #callWithSignal(request: Request, settle: Settle, signal: Signal): Call {
    const abort = (): void => {
      const what = "it was aborted by its signal";
      this.#core.cancel(call, {
        code: "aborted",
        what,
        advice: "Send it when it is wanted.",
        cause: signal.reason,
      });
      this.#arm();
    };
    const call: Call = this.#core.call(request, (error, result) => {
      this.#signals.remove(signal, abort);
      settle(error, result);
    });
    if (signal.aborted) abort();
    else this.#signals.add(signal, abort);
    return call;
  }

  // After anything that happened: writes what there is, connects where needed, sets the timer.
  #flush(): void {
    this.#isFlushAsked = false;
    while (this.#core.isConnected && !this.#isHeldUp && this.#core.hasOutput) {
      const bytes = this.#core.takeOutput();
      if (bytes !== undefined) this.#isHeldUp = this.#socket?.write(bytes) === false;
    }
    this.#arm();
  }

  #arm(): void {
    if (this.#core.pending === 0) this.#tellIdle();
    this.#keepAlive(this.#core.pending > 0 || this.#isHeld);
    const isConnecting = this.#socket !== undefined && !this.#core.isConnected;
    const at = Math.min(this.#core.tickAt, isConnecting ? Infinity : this.#core.connectAt);
    if (at >= this.#timerAt) return;
    const now = this.now();
    if (at <= now) return this.#onTime();
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#onTime(), Math.min(Math.ceil(at - now), TIMER_MS_MAX));
    if (!this.#isAlive) this.#timer.unref();
  }

  #onTime(): void {
    const now = this.now();
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
    this.#core.tick(now);
    if (this.#socket === undefined && this.#core.connectAt <= now) this.#connect();
    this.#flush();
  }

  #keepAlive(isWanted: boolean): void {
    if (isWanted === this.#isAlive) return;
    this.#isAlive = isWanted;
    const change = isWanted ? "ref" : "unref";
    this.#socket?.[change]();
    this.#timer?.[change]();
  }

  #tellIdle(): void {
    const waiting = this.#whenIdle;
    if (waiting.length === 0) return;
    this.#whenIdle = [];
    for (const tell of waiting) tell();
  }

  #connect(): void {
    const { socket: path } = this.#options;
    if (!mayBeTrusted(path)) return this.#core.useless(untrusted(path));
    const socket = createConnection({ path });
    if (!this.#isAlive) socket.unref();
    this.#socket = socket;
    let problem: NodeJS.ErrnoException | undefined;
    socket.on("connect", () => {
      this.#core.connected();
      if (this.#isPaused) socket.pause();
      this.#flush();
    });
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("drain", () => {
      this.#isHeldUp = false;
      this.#flush();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (problem = error));
    socket.on("close", () => {
      if (this.#socket === socket) this.#lost(problem);
    });
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#core.receive(bytes, this.now());
    } catch (error) {
      if (!(error instanceof NonsenseError)) throw error;
      const why = nonsense(this.#options.socket, error);
      this.#drop();
      this.#core.useless(why);
      this.#options.onLost?.(why);
    }
    this.#arm();
  }

  #lost(problem: NodeJS.ErrnoException | undefined): void {
    const wasConnected = this.#core.isConnected;
    this.#socket = undefined;
    this.#isHeldUp = false;
    if (problem?.code === "EACCES" || problem?.code === "EPERM") {
      this.#core.useless(noPermission(this.#options.socket, problem));
    } else {
      const path = this.#options.socket;
      this.#core.disconnected(
        wasConnected ? lost(path, problem) : noDaemon(path, problem),
        this.now(),
      );
    }
    if (wasConnected) this.#options.onLost?.();
    this.#flush();
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#isHeldUp = false;
  }
}

function lost(path: string, cause: NodeJS.ErrnoException | undefined): Trouble {
  const why = cause === undefined ? "the daemon closed it" : cause.message;
  return {
    code: "no_daemon",
    what: `the connection to ${path} was lost: ${why}`,
    advice: START_IT,
    cause,
  };
}

function noDaemon(path: string, cause: NodeJS.ErrnoException | undefined): Trouble {
  const why = cause === undefined ? "it closes every connection" : cause.message;
  return {
    code: "no_daemon",
    what: `no daemon answers at ${path}: ${why}`,
    advice: START_IT,
    cause,
  };
}

const START_IT =
  "Start it with `systemctl start girod`, or name the right socket: the option `socket`, or GIRO_SOCKET.";

function noPermission(path: string, cause: NodeJS.ErrnoException): Trouble {
  return {
    code: "no_permission",
    what: `this user may not use the socket ${path}: ${cause.message}`,
    advice:
      "Join the socket's group, giro as a rule (`sudo usermod -aG giro USER`), then log in again.",
    cause,
  };
}

function untrusted(path: string): Trouble {
  return {
    code: "untrusted",
    what: `the socket ${path} is another user's, and lies where everybody may put one`,
    advice:
      "If it is the daemon you mean, have its socket in a folder that only its user may write to.",
  };
}

function nonsense(path: string, cause: Error): Trouble {
  return {
    code: "nonsense",
    what: `what answers at ${path} doesn't speak Giro's protocol: ${cause.message}`,
    advice: "See which program listens there, and name girod's socket.",
    cause,
  };
}
