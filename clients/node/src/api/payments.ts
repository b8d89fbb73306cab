// payments.*, holds.*, schedules.*

import type {
  CancellationAnswer,
  CaptureAnswer,
  DryRun,
  Found,
  GroupAnswer,
  HoldAnswer,
  HoldsPage,
  LegsAnswer,
  ManyAnswer,
  NotFound,
  PaymentAnswer,
  PaymentsPage,
  QueuedMany,
  ReversalAnswer,
  ScheduleAnswer,
  SchedulesPage,
  VoidAnswer,
} from "../answers.js";
import { withKey } from "../caller.js";
import type { Caller, CallOptions } from "../caller.js";
import type { Entry } from "../entries.js";
import type {
  Cancellation,
  Capture,
  Hold,
  HoldsQuestion,
  LegsPayment,
  Member,
  Payment,
  PaymentQuestion,
  PaymentsQuestion,
  Reversal,
  Schedule,
  SchedulesQuestion,
  Void,
} from "../requests.js";
import { change, each } from "./method.js";
import type { Change } from "./method.js";

export class Payments {
  // A payment of one leg, or of several that all apply or none.
  readonly submit: Change<Payment, PaymentAnswer> & Change<LegsPayment, LegsAnswer>;
  // Reserves the money; a capture pays it, all of it or a part, a void lets go of it.
  readonly hold: Change<Hold, HoldAnswer>;
  readonly capture: Change<Capture, CaptureAnswer>;
  readonly void: Change<Void, VoidAnswer>;
  // Pays back, all of it or a part, never more than was paid.
  readonly reverse: Change<Reversal, ReversalAnswer>;
  readonly schedule: Change<Schedule, ScheduleAnswer>;
  readonly cancel: Change<Cancellation, CancellationAnswer>;
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
    this.submit = change<Payment, PaymentAnswer>(caller, "payments.submit") as Payments["submit"];
    this.hold = change(caller, "payments.hold");
    this.capture = change(caller, "payments.capture");
    this.void = change(caller, "payments.void");
    this.reverse = change(caller, "payments.reverse");
    this.schedule = change(caller, "payments.schedule");
    this.cancel = change(caller, "payments.cancel");
  }

  // Up to 10,000 payments or other changes, independent of each other, in one request. It doesn't
  // throw where some weren't applied: `not_applied` lists them. What it answers with errors in it
  // may be sent again, all of it with the same keys.
  submitMany(
    payments: readonly (Payment | LegsPayment | Member)[],
    options: CallOptions & { readonly ack: "received" },
  ): Promise<QueuedMany & { keys: string[] }>;
  submitMany(
    payments: readonly (Payment | LegsPayment | Member)[],
    options?: CallOptions,
  ): Promise<ManyAnswer>;
  async submitMany(
    payments: readonly (Payment | LegsPayment | Member)[],
    options: CallOptions & { readonly ack?: "received" } = {},
  ): Promise<unknown> {
    const keyed: Keyed[] = payments.map((one) =>
      "method" in one ? keyedMember(one) : withKey("payments.submit", one),
    );
    const params = { payments: keyed, ack: options.ack };
    const answer = await this.#caller.changeMany<ManyAnswer>(
      "payments.submit_many",
      params,
      options,
    );
    answer.keys = keyed.map(keyOf);
    return answer;
  }

  // Up to 1,000 changes, all or none. Where one of them can't be, none is, and this throws for the
  // one that failed.
  submitGroup(
    members: readonly Member[],
    options: CallOptions & { readonly dry_run: true },
  ): Promise<DryRun<GroupAnswer>>;
  submitGroup(members: readonly Member[], options?: CallOptions): Promise<GroupAnswer>;
  submitGroup(
    members: readonly Member[],
    options: CallOptions & { readonly dry_run?: true } = {},
  ): Promise<unknown> {
    const params = {
      members: members.map(keyedMember),
      ...(options.dry_run ? { dry_run: true } : {}),
    };
    return this.#caller.changeMany("payments.submit_group", params, options);
  }

  // What a key, or a seq, decided, and what became of it.
  get(question: PaymentQuestion, options?: CallOptions): Promise<Found | NotFound> {
    return this.#caller.ask("payments.get", question, options);
  }

  list(question: PaymentsQuestion = {}, options?: CallOptions): Promise<PaymentsPage> {
    return this.#caller.ask("payments.list", question, options);
  }

  each(
    question: PaymentsQuestion = {},
    options?: CallOptions,
  ): AsyncGenerator<Entry, void, undefined> {
    return each(
      (params) => this.list(params, options),
      question,
      "after",
      (page) => page.payments,
    );
  }
}

export class Holds {
  readonly #caller: Caller;
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  // Those that are open now.
  list(question: HoldsQuestion = {}, options?: CallOptions): Promise<HoldsPage> {
    return this.#caller.ask("holds.list", question, options);
  }

  each(
    question: HoldsQuestion = {},
    options?: CallOptions,
  ): AsyncGenerator<HoldsPage["holds"][number], void, undefined> {
    return each(
      (params) => this.list(params, options),
      question,
      "after",
      (page) => page.holds,
    );
  }
}

export class Schedules {
  readonly #caller: Caller;
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  // What is scheduled and still to be decided.
  list(question: SchedulesQuestion = {}, options?: CallOptions): Promise<SchedulesPage> {
    return this.#caller.ask("schedules.list", question, options);
  }

  each(
    question: SchedulesQuestion = {},
    options?: CallOptions,
  ): AsyncGenerator<SchedulesPage["schedules"][number], void, undefined> {
    return each(
      (params) => this.list(params, options),
      question,
      "after",
      (page) => page.schedules,
    );
  }
}

// A payment, or another change by its method; with its key, or the id of the account that it opens.
interface Keyed {
  readonly key?: string;
  readonly id?: string;
  readonly params?: Keyed;
}

function keyedMember(member: Member): Keyed {
  return { ...member, params: withKey(member.method, member.params) };
}

function keyOf(change: Keyed): string {
  const { key, id } = change.params ?? change;
  return String(key ?? id);
}
