// Entries of the journal, as payments.get, payments.list and events show them, and the codes of
// rejections. Types only.

import type { JsonObject } from "./json.js";

export type RejectionCode =
  | "deadline_passed"
  | "account_unknown"
  | "account_exists_with_different_currency"
  | "account_exists_with_different_floor"
  | "account_exists_with_different_ceiling"
  | "account_exists_with_different_metadata"
  | "currency_mismatch"
  | "hold_unknown"
  | "not_a_hold"
  | "hold_captured"
  | "hold_voided"
  | "hold_expired"
  | "capture_exceeds_hold"
  | "original_unknown"
  | "not_reversible"
  | "reversal_not_divisible"
  | "reversal_exceeds_original"
  | "schedule_unknown"
  | "not_a_schedule"
  | "schedule_decided"
  | "schedule_cancelled"
  | "schedule_passed"
  | "books_closed"
  | "books_not_over"
  | "books_not_closed"
  | "account_closed"
  | "account_not_closed"
  | "account_frozen"
  | "account_not_empty"
  | "account_has_holds"
  | "precondition_version"
  | "precondition_balance"
  | "overflow"
  | "insufficient_funds"
  | "ceiling_exceeded"
  | "velocity_exceeded"
  | "leg_failed"
  | "group_failed";

export type Line = "below" | "above";

export interface Balances {
  from_balance: bigint;
  to_balance: bigint;
}

// Where nothing is held on an account, nothing is said of it; likewise where no alert's line is
// crossed.
export interface HeldAndCrossed {
  from_held_in?: bigint;
  from_held_out?: bigint;
  to_held_in?: bigint;
  to_held_out?: bigint;
  crossed?: Line[];
  from_crossed?: Line[];
  to_crossed?: Line[];
}

export interface Movement extends Partial<Balances>, HeldAndCrossed {
  from: string;
  to: string;
  amount: bigint;
  currency: string;
}

export type EntryStatus =
  | "applied"
  | "held"
  | "captured"
  | "voided"
  | "expired"
  | "reversed"
  | "scheduled"
  | "cancelled"
  | "rejected";

export interface EntryBase {
  status: EntryStatus;
  seq: bigint;
  at: string;
  key: string;
  // Who asked.
  uid: bigint;
  // In a cluster: where. The user's number is of that machine.
  node?: string;
  // Why it was rejected, and what belongs to that.
  code?: RejectionCode;
  field?: string;
  leg?: bigint;
  leg_code?: RejectionCode;
  failed?: bigint;
  // Of an entry that was decided with others: all or none.
  group?: { first_seq: bigint; count: bigint; index: bigint };
}

interface LabelsOfEntry {
  payment_code?: bigint;
  reference?: string;
  description?: string;
  metadata?: JsonObject;
  effective_date?: string;
  deadline?: string;
  if_version?: bigint;
  if_available_gte?: bigint;
  up_to?: boolean;
  asked?: bigint;
  from_currency?: string;
  to_currency?: string;
}

// A payment of one leg has the fields of a movement itself, one of several has `legs`.
interface Moves extends Partial<Movement> {
  legs?: Movement[];
}

export interface PaymentEntry extends EntryBase, LabelsOfEntry, Moves {
  type: "payment";
}
export interface HoldEntry extends EntryBase, LabelsOfEntry, Movement {
  type: "hold";
  timeout?: string;
  expires_at?: string;
}
export interface CaptureEntry extends EntryBase, Partial<Movement> {
  type: "capture";
  hold: string | bigint;
  hold_seq?: bigint;
  asked?: bigint;
  final?: boolean;
  left?: bigint;
  released?: bigint;
}
export interface ReleaseEntry extends EntryBase, Partial<Movement> {
  type: "void" | "expiry";
  hold: string | bigint;
  hold_seq?: bigint;
  released?: bigint;
}
export interface ReversalEntry extends EntryBase, LabelsOfEntry, Moves {
  type: "reversal";
  original: string | bigint;
  original_seq?: bigint;
  reversed?: bigint;
}
export interface ScheduleEntry extends EntryBase, LabelsOfEntry, Moves {
  type: "schedule";
  scheduled_for: string;
  every?: string;
  until?: string;
  count?: bigint;
}
export interface ScheduledPaymentEntry extends EntryBase, LabelsOfEntry, Moves {
  type: "scheduled_payment";
  schedule: string;
  schedule_seq: bigint;
  occurrence: bigint;
  due_at: string;
}
export interface CancelEntry extends EntryBase {
  type: "cancel";
  schedule: string | bigint;
  schedule_seq?: bigint;
}
export interface AccountEntry extends EntryBase {
  type: "account";
  account: {
    id: string;
    currency: string;
    scale: bigint;
    floor: bigint | null;
    ceiling: bigint | null;
    metadata?: JsonObject;
  };
}
export interface AccountChangeEntry extends EntryBase {
  type: "account_update" | "account_close" | "account_reopen";
  id: string;
  floor?: bigint | null;
  ceiling?: bigint | null;
  frozen?: string;
  metadata?: JsonObject;
  limits?: { window: string; amount?: bigint; count?: bigint }[];
  alerts?: { below?: bigint; above?: bigint };
  if_version?: bigint;
  balance?: bigint;
  held_in?: bigint;
  held_out?: bigint;
}
export interface BooksEntry extends EntryBase {
  type: "books_close" | "books_open";
  until: string | null;
  closed_before: string | null;
}

export type Entry =
  | PaymentEntry
  | HoldEntry
  | CaptureEntry
  | ReleaseEntry
  | ReversalEntry
  | ScheduleEntry
  | ScheduledPaymentEntry
  | CancelEntry
  | AccountEntry
  | AccountChangeEntry
  | BooksEntry;

// What became of an entry, and what it belongs to: payments.get alone tells it.
export interface Life {
  left?: bigint;
  reversed?: bigint;
  life?: LifeStep[];
  life_more?: boolean;
}
export interface LifeStep {
  seq: bigint;
  at: string;
  type: Entry["type"];
  status: EntryStatus;
  key: string;
  amount?: bigint;
  released?: bigint;
}
