// ledger.*, server.*, rpc.*

import type {
  BooksAnswer,
  Info,
  Status,
  TotalsPage,
  TotalsRow,
  TrialBalance,
  Verification,
} from "../answers.js";
import type { Caller, CallOptions } from "../caller.js";
import type { BalanceQuestion, BooksClosing, BooksOpening, TotalsQuestion } from "../requests.js";
import { change, each, withSums } from "./method.js";
import type { AccountChange } from "./method.js";

// An audit reads the whole journal: some seconds for each ten million payments.
const VERIFY_TIMEOUT_MS = 3_600_000;

export class Ledger {
  // Nothing is dated into a closed day any more.
  readonly closeBooks: AccountChange<BooksClosing, BooksAnswer>;
  readonly openBooks: AccountChange<BooksOpening, BooksAnswer>;
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
    this.closeBooks = change(caller, "ledger.close_books");
    this.openBooks = change(caller, "ledger.open_books");
  }

  async trialBalance(
    question: BalanceQuestion = {},
    options?: CallOptions,
  ): Promise<TrialBalance> {
    return withSums(
      await this.#caller.ask<TrialBalance>("ledger.trial_balance", question, options),
    );
  }

  // Sums of balances by the parts of accounts' ids.
  async totals(question: TotalsQuestion = {}, options?: CallOptions): Promise<TotalsPage> {
    return withSums(await this.#caller.ask<TotalsPage>("ledger.totals", question, options));
  }

  eachTotal(
    question: TotalsQuestion = {},
    options?: CallOptions,
  ): AsyncGenerator<TotalsRow, void, undefined> {
    return each(
      (params) => this.totals(params, options),
      question,
      "cursor",
      (page) => page.rows,
    );
  }

  // The audit of the whole journal. It takes its time: an hour, unless told otherwise.
  verify(options?: CallOptions): Promise<Verification> {
    return this.#caller.ask("ledger.verify", {}, { timeoutMs: VERIFY_TIMEOUT_MS, ...options });
  }

  status(options?: CallOptions): Promise<Status> {
    return this.#caller.ask("ledger.status", {}, options);
  }
}

export class Server {
  readonly #caller: Caller;
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  info(options?: CallOptions): Promise<Info> {
    return this.#caller.ask("server.info", {}, options);
  }

  // The methods, their params and answers as an OpenRPC document, as it came.
  discover(options?: CallOptions): Promise<Record<string, unknown>> {
    return this.#caller.ask("rpc.discover", {}, options);
  }
}
