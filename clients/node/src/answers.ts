// What the methods answer where they don't throw: a rejection is a RejectedError. Fields as in
// docs/PROTOCOL.md, every whole number a bigint. Types only.

import type { Balances, Entry, HeldAndCrossed, Life, RejectionCode } from "./entries.js";
import type { JsonObject } from "./json.js";

export interface Decision<Status extends string = string> {
  status: Status;
  seq: bigint;
  at: string;
  // The key was decided before; this is what it decided then.
  replayed: boolean;
}
export interface KeyedDecision<Status extends string = string> extends Decision<Status> {
  key: string;
}

// Decided, but nothing of it kept: the key is unused.
export type DryRun<Answer> = Omit<Answer, "seq" | "at" | "replayed"> & { dry_run: true };

// Of a question.
interface Aged {
  // By a node of a cluster: how far its ledger may be behind, at most, in milliseconds; null where
  // that isn't known.
  age_ms?: bigint | null;
}

// Taken, and no more: this promises nothing across a crash.
export interface Queued {
  status: "queued";
  key: string;
}
export interface QueuedMany {
  status: "queued";
  count: bigint;
}

// ---- Accounts ----

export interface OpeningAnswer extends Decision<"applied"> {
  id: string;
}
export interface AccountChangeAnswer extends KeyedDecision<"applied"> {
  id: string;
}

interface Standing extends Aged {
  id: string;
  currency: string;
  scale: bigint;
  balance: bigint;
  held_in: bigint;
  held_out: bigint;
  posted_in: bigint;
  posted_out: bigint;
  version: bigint;
  as_of_seq: bigint;
}
export interface Account extends Standing {
  floor: bigint | null;
  ceiling: bigint | null;
  available: bigint | null;
  frozen: "none" | "debits" | "credits" | "all";
  closed: boolean;
  opened_seq: bigint;
  last_seq: bigint;
  limits?: {
    window: string;
    amount?: bigint;
    used_amount?: bigint;
    count?: bigint;
    used_count: bigint;
  }[];
  alerts?: { below?: bigint; above?: bigint };
  metadata?: JsonObject;
}
// Without limits where it wasn't open yet.
export interface AccountAt extends Standing {
  floor?: bigint | null;
  ceiling?: bigint | null;
  available?: bigint | null;
  frozen?: "none" | "debits" | "credits" | "all";
  closed?: boolean;
}
export interface EffectiveBalance extends Aged {
  id: string;
  currency: string;
  scale: bigint;
  balance: bigint;
  effective_at: string;
  as_of_seq: bigint;
}

interface AnyStatementLine {
  seq: bigint;
  at: string;
  key: string;
  type: Entry["type"];
  // Above 0: money in; below 0: money out; 0: nothing moved.
  amount: bigint;
  balance: bigint;
  counterparty?: string;
  leg?: bigint;
  reference?: string;
  description?: string;
}
export interface StatementLine extends AnyStatementLine {
  held_in: bigint;
  held_out: bigint;
}
export interface EffectiveLine extends AnyStatementLine {
  effective_date: string;
}
interface AnyStatement extends Aged {
  id: string;
  currency: string;
  scale: bigint;
  opening_balance: bigint;
  closing_balance: bigint;
  next: string | null;
  as_of_seq: bigint;
}
export interface Statement extends AnyStatement {
  in: bigint;
  out: bigint;
  count: bigint;
  lines: StatementLine[];
}
export interface EffectiveStatement extends AnyStatement {
  lines: EffectiveLine[];
}

// ---- Payments ----

export interface PaymentAnswer extends KeyedDecision<"applied">, Balances, HeldAndCrossed {
  // What moved, of a payment with `up_to`.
  amount?: bigint;
}
export interface LegsAnswer extends KeyedDecision<"applied"> {
  legs: (Balances & HeldAndCrossed)[];
}
export interface HoldAnswer extends KeyedDecision<"held">, Balances, HeldAndCrossed {
  amount: bigint;
  expires_at?: string;
}
export interface CaptureAnswer extends KeyedDecision<"captured">, Balances, HeldAndCrossed {
  amount: bigint;
  hold_seq: bigint;
  left: bigint;
  released?: bigint;
}
export interface VoidAnswer extends KeyedDecision<"voided">, Balances, HeldAndCrossed {
  hold_seq: bigint;
  released: bigint;
}
// Of a payment of several legs: `legs` in place of an amount and balances.
export interface ReversalAnswer
  extends KeyedDecision<"reversed">, Partial<Balances>, HeldAndCrossed {
  original_seq: bigint;
  reversed: bigint;
  amount?: bigint;
  legs?: (Balances & HeldAndCrossed)[];
}
export interface ScheduleAnswer extends KeyedDecision<"scheduled"> {
  scheduled_for: string;
}
export interface CancellationAnswer extends KeyedDecision<"cancelled"> {
  schedule_seq: bigint;
}

export interface ManyAnswer {
  status: "decided";
  count: bigint;
  applied: bigint;
  rejected: bigint;
  replayed: bigint;
  errors: bigint;
  first_seq: bigint | null;
  last_seq: bigint | null;
  not_applied: NotApplied[];
  // Of each payment, in the order sent, those made here among them; the id of an account that is
  // opened.
  keys: string[];
}
export type NotApplied =
  | {
      index: bigint;
      key: string;
      status: "rejected";
      code: RejectionCode;
      field?: string;
      leg?: bigint;
      leg_code?: RejectionCode;
      seq: bigint;
      replayed: boolean;
      error?: never;
    }
  | {
      index: bigint;
      key?: string;
      error: { code: string; field?: string; seq?: bigint; message: string };
    };

export interface GroupAnswer {
  status: "applied";
  count: bigint;
  first_seq?: bigint;
  last_seq?: bigint;
  replayed: boolean;
  members: GroupMember[];
}
// The answer of its method.
export type GroupMember = Decision & { key?: string; id?: string } & Record<string, unknown>;

export type Found = Entry & Life & Aged;
export type NotFound = Aged & { status: "unknown"; key?: string; seq?: bigint; type?: never };

// ---- Pages ----

// `next` alone says whether there is more: a page may be short, or empty, and not the last.
export interface AccountsPage extends Aged {
  accounts: Account[];
  next: string | null;
}
export interface AccountsAtPage extends Aged {
  accounts: AccountAt[];
  next: string | null;
}
export interface PaymentsPage extends Aged {
  payments: Entry[];
  next: bigint | null;
}
export interface HoldsPage extends Aged {
  holds: (Entry & { type: "hold"; left: bigint })[];
  next: bigint | null;
}
export interface SchedulesPage extends Aged {
  schedules: (Entry & { type: "schedule"; next_at: string; occurrence: bigint })[];
  next: bigint | null;
}
export interface TotalsPage extends Aged {
  as_of_seq: bigint;
  prefix: string;
  rows: TotalsRow[];
  next: string | null;
}
export interface TotalsRow {
  prefix: string;
  depth: bigint;
  currency: string;
  scale: bigint;
  accounts: bigint;
  debit: bigint;
  credit: bigint;
  balance: bigint;
}

// ---- The ledger ----

export interface BooksAnswer extends KeyedDecision<"applied"> {
  closed_until: string | null;
}
export interface TrialBalance extends Aged {
  as_of_seq: bigint;
  effective_at?: string;
  balanced: boolean;
  currencies: {
    currency: string;
    scale: bigint;
    accounts: bigint;
    debit: bigint;
    credit: bigint;
    net: bigint;
  }[];
}
export interface Verification {
  ok: boolean;
  entries: bigint;
  accounts: bigint;
  head_seq: bigint;
  head_digest: string;
  problems: { seq: bigint; part: "journal" | "keys" | "tables"; what: string }[];
}
export type NodeState =
  | "starting"
  | "catching_up"
  | "serving"
  | "isolated"
  | "clock_off"
  | "read_only"
  | "halted"
  | "joining";
export interface Cluster {
  name: string;
  node: string;
  state: NodeState;
  trouble: string | null;
  index: bigint;
  groups: bigint;
  heard_ms_ago: bigint;
  age_ms?: bigint | null;
  clock_offset_ms: bigint;
  etcd_bytes: bigint;
  etcd_bytes_max: bigint;
  nodes: {
    node: string;
    state: NodeState;
    version: string;
    index: bigint;
    digest: string;
    said_ms_ago: bigint;
    differs: boolean;
  }[];
}
export interface Status {
  seq: bigint;
  at: string | null;
  accounts: bigint;
  currencies: { currency: string; scale: bigint }[];
  books_closed_until: string | null;
  read_only: boolean;
  obstacle: string | null;
  clock: { state: "agrees" | "held_back" | "set_back"; ahead_ms: bigint };
  queue: { items: bigint; items_max: bigint; bytes: bigint; bytes_max: bigint };
  connections: bigint;
  subscribers: bigint;
  commits: bigint;
  decisions: bigint;
  keys: { recent: bigint; sealed: bigint; runs: bigint; upkeep: string };
  files: { ledger_bytes: bigint; wal_bytes: bigint; checkpoint: string | null };
  pages: { checksums: boolean; damaged: bigint; scrubbed_at: string | null };
  /** Where the ledger is shared by several machines. */
  cluster?: Cluster;
  uptime_s: bigint;
  version: string;
  sqlite: string;
}
export interface Info {
  name: string;
  version: string;
  protocol: bigint;
  sqlite: string;
  pid: bigint;
  uid: bigint;
  data: string;
  methods: string[];
  limits: Record<string, bigint>;
}
