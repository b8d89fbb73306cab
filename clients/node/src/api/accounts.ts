// accounts.*

import type {
  Account,
  AccountAt,
  AccountChangeAnswer,
  AccountsAtPage,
  AccountsPage,
  EffectiveBalance,
  EffectiveLine,
  EffectiveStatement,
  OpeningAnswer,
  Statement,
  StatementLine,
} from "../answers.js";
import type { Caller, CallOptions } from "../caller.js";
import type {
  AccountClosing,
  AccountOpening,
  AccountQuestion,
  AccountsQuestion,
  AccountUpdate,
  Day,
  Point,
  StatementQuestion,
  Waiting,
} from "../requests.js";
import { change, each, withSums } from "./method.js";
import type { AccountChange } from "./method.js";

type ByDay = Omit<StatementQuestion, "from" | "to"> & {
  readonly by: "effective_date";
  readonly from?: Day;
  readonly to?: Day;
};

export class Accounts {
  // Opening one again with the same fields answers what was decided then.
  readonly open: (account: AccountOpening, options?: CallOptions) => Promise<OpeningAnswer>;
  readonly update: AccountChange<AccountUpdate, AccountChangeAnswer>;
  readonly close: AccountChange<AccountClosing, AccountChangeAnswer>;
  readonly reopen: AccountChange<AccountClosing, AccountChangeAnswer>;
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
    this.open = change(caller, "accounts.open");
    this.update = change(caller, "accounts.update");
    this.close = change(caller, "accounts.close");
    this.reopen = change(caller, "accounts.reopen");
  }

  get(
    question: AccountQuestion & { readonly at: Point },
    options?: CallOptions,
  ): Promise<AccountAt>;
  get(
    question: Waiting & { readonly id: string; readonly effective_at: Day },
    options?: CallOptions,
  ): Promise<EffectiveBalance>;
  get(question: Waiting & { readonly id: string }, options?: CallOptions): Promise<Account>;
  async get(question: object, options?: CallOptions): Promise<unknown> {
    return withSums(await this.#caller.ask("accounts.get", question, options));
  }

  // One page, in the order of ids.
  list(
    question: AccountsQuestion & { readonly at: Point },
    options?: CallOptions,
  ): Promise<AccountsAtPage>;
  list(question?: AccountsQuestion, options?: CallOptions): Promise<AccountsPage>;
  async list(question: AccountsQuestion = {}, options?: CallOptions): Promise<unknown> {
    return withSums(await this.#caller.ask("accounts.list", question, options));
  }

  // Every account, page by page.
  each(
    question: AccountsQuestion = {},
    options?: CallOptions,
  ): AsyncGenerator<Account, void, undefined> {
    return each(
      (params) => this.list(params, options),
      question,
      "after",
      (page) => page.accounts,
    );
  }

  // One page of an account's statement, in the order of decisions or of effective dates.
  statement(question: ByDay, options?: CallOptions): Promise<EffectiveStatement>;
  statement(question: StatementQuestion, options?: CallOptions): Promise<Statement>;
  async statement(question: object, options?: CallOptions): Promise<unknown> {
    return withSums(await this.#caller.ask("accounts.statement", question, options));
  }

  // Every line of it, page by page.
  lines(question: ByDay, options?: CallOptions): AsyncGenerator<EffectiveLine, void, undefined>;
  lines(
    question: StatementQuestion,
    options?: CallOptions,
  ): AsyncGenerator<StatementLine, void, undefined>;
  lines(
    question: StatementQuestion | ByDay,
    options?: CallOptions,
  ): AsyncGenerator<unknown, void, undefined> {
    const ask = (params: object): Promise<Statement> =>
      this.statement(params as StatementQuestion, options);
    return each(ask, question, "cursor", (page) => page.lines);
  }
}
