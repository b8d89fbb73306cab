// What the methods take: the fields of docs/PROTOCOL.md under the same names. Money is bigint;
// other whole numbers may be numbers, too. Types only.

export type Int = bigint | number;
// RFC 3339, or a Date (which has milliseconds only).
export type Time = string | Date;
// YYYY-MM-DD.
export type Day = string;
// A time, or a seq.
export type Point = Time | bigint;
export type Metadata = { readonly [name: string]: JsonInput };
export type JsonInput =
  | null
  | boolean
  | string
  | bigint
  | number
  | Date
  | readonly JsonInput[]
  | { readonly [name: string]: JsonInput };

// The request's identity, for ever: made where it isn't given, and told in the answer and in
// errors.
export interface Keyed {
  readonly key?: string;
}

// Of a question. The answering node must know the ledger up to this seq; it waits for that, 10
// seconds at most. Where it isn't given a client of several sockets takes what it was answered
// itself; 0: whatever the node knows.
export interface Waiting {
  readonly min_seq?: Int;
}

// ---- Accounts ----

export interface AccountOpening {
  readonly id: string;
  readonly currency: string;
  readonly scale?: Int;
  // null: none, here money may enter the ledger.
  readonly floor?: bigint | null;
  readonly ceiling?: bigint | null;
  readonly metadata?: Metadata;
}

export interface AccountUpdate extends Keyed {
  readonly id: string;
  readonly floor?: bigint | null;
  readonly ceiling?: bigint | null;
  readonly frozen?: "none" | "debits" | "credits" | "all";
  readonly metadata?: Metadata;
  readonly limits?: readonly VelocityLimit[] | null;
  readonly alerts?: { readonly below?: bigint; readonly above?: bigint } | null;
  readonly if_version?: Int;
}

// At most `amount`, and at most `count` payments, out of the account within any time of the length
// of `window`.
export interface VelocityLimit {
  readonly window: string;
  readonly amount?: bigint;
  readonly count?: Int;
}

export interface AccountClosing extends Keyed {
  readonly id: string;
  readonly if_version?: Int;
}

export interface AccountQuestion extends Waiting {
  readonly id: string;
  readonly at?: Point;
}

export interface AccountsQuestion extends Waiting {
  readonly prefix?: string;
  readonly limit?: Int;
  readonly after?: string;
}

export interface StatementQuestion extends Waiting {
  readonly id: string;
  readonly from?: Point;
  readonly to?: Point;
  readonly limit?: Int;
  readonly order?: "asc" | "desc";
  readonly cursor?: string;
}

// ---- Payments ----

export interface Leg {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly currency: string;
}

export interface Labels extends Keyed {
  readonly code?: Int;
  readonly reference?: string;
  readonly description?: string;
  readonly metadata?: Metadata;
  readonly effective_date?: Day;
  // Rejected if it isn't decided by then.
  readonly deadline?: Time;
}

export interface Payment extends Leg, Labels {
  readonly up_to?: boolean;
  readonly if_version?: Int;
  readonly if_available_gte?: bigint;
}

// All of its legs apply, in order, or none does.
export interface LegsPayment extends Labels {
  readonly legs: readonly Leg[];
}

export interface Hold extends Payment {
  // How long it may last (`90s`, `15m`, `24h`, `7d`), or until when.
  readonly timeout?: string;
  readonly expires_at?: Time;
}

export interface Capture extends Keyed {
  // The hold's key, or its seq.
  readonly hold: string | bigint;
  readonly amount?: bigint;
  readonly final?: boolean;
}

export interface Void extends Keyed {
  readonly hold: string | bigint;
}

export interface Reversal extends Labels {
  // What to pay back: its key, or its seq.
  readonly original: string | bigint;
  readonly amount?: bigint;
}

export interface Timing {
  readonly at: Time;
  // `P1D`, `P2W`, `P1M`, `P1Y`: a standing order.
  readonly every?: string;
  readonly until?: Time;
  readonly count?: Int;
}
export type Schedule = (Payment | LegsPayment) & Timing;

export interface Cancellation extends Keyed {
  readonly schedule: string | bigint;
}

export type PaymentQuestion = Waiting & ({ readonly key: string } | { readonly seq: bigint });

export interface PaymentsQuestion extends Waiting {
  readonly account?: string;
  readonly type?: string;
  readonly status?: string;
  readonly code?: string;
  readonly payment_code?: Int;
  readonly reference?: string;
  readonly reference_prefix?: string;
  readonly currency?: string;
  readonly amount_gte?: bigint;
  readonly amount_lte?: bigint;
  readonly from?: Point;
  readonly to?: Point;
  readonly order?: "asc" | "desc";
  readonly limit?: Int;
  readonly after?: bigint;
}

export interface HoldsQuestion extends Waiting {
  readonly account?: string;
  readonly order?: "asc" | "desc";
  readonly limit?: Int;
  readonly after?: bigint;
}

export interface SchedulesQuestion extends Waiting {
  readonly account?: string;
  readonly limit?: Int;
  readonly after?: bigint;
}

// ---- The ledger ----

export type BalanceQuestion = Waiting & ({ readonly at?: Point } | { readonly effective_at: Day });

export interface BooksClosing extends Keyed {
  readonly until: Day;
}

export interface BooksOpening extends Keyed {
  readonly until: Day | null;
}

export interface TotalsQuestion extends Waiting {
  readonly prefix?: string;
  readonly depth?: Int;
  readonly at?: Point;
  readonly limit?: Int;
  readonly cursor?: string;
}

// ---- Many at once ----

// Every method that changes the ledger, with what it takes.
export interface Changes {
  "accounts.open": AccountOpening;
  "accounts.update": AccountUpdate;
  "accounts.close": AccountClosing;
  "accounts.reopen": AccountClosing;
  "payments.submit": Payment | LegsPayment;
  "payments.hold": Hold;
  "payments.capture": Capture;
  "payments.void": Void;
  "payments.reverse": Reversal;
  "payments.schedule": Schedule;
  "payments.cancel": Cancellation;
  "ledger.close_books": BooksClosing;
  "ledger.open_books": BooksOpening;
}

export type Member = {
  [Method in keyof Changes]: { readonly method: Method; readonly params: Changes[Method] };
}[keyof Changes];
