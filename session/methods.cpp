#include "session/methods.hpp"

#include <array>

#include <fmt/format.h>

#include "engine/refusals.hpp"
#include "protocol/account_params.hpp"
#include "session/admission.hpp"
#include "session/batches.hpp"
#include "session/session.hpp"
#include "session/view_json.hpp"

namespace giro {
namespace {

using protocol::JsonWriter;

// A page of so many lines takes as much of the window as one undecided payment.
constexpr std::uint32_t kLinesAWindowPlace = 32;

// A question that goes through the queue for its ticket. `query` is what the ticket resolves.
Problem ask(Request& request, ReadQuery query, WithTicket with_ticket, std::uint32_t lines_max) {
  auto extra = std::make_unique<PendingExtra>();
  extra->with_ticket = std::move(with_ticket);
  return admit(request, query, Weight{.bytes = sizeof(ReadQuery)}, std::move(extra),
               1 + lines_max / kLinesAWindowPlace);
}

// --- payments and accounts ---

// What kRead makes of the params of a method that changes the ledger.
template <auto kRead>
std::expected<Command, Refusal> command_of(const protocol::Params& params,
                                           protocol::PaymentParams& scratch) {
  auto command = kRead(params, scratch);
  if (!command) return std::unexpected(std::move(command.error()));
  return std::move(*command);
}

// One command that changes the ledger.
Problem change(Request& request) {
  auto command = request.method.command(request.params, request.scratch);
  if (!command) return std::move(command.error());
  if (auto problem = refusal_of_access(request, request.method, *command)) return problem;
  const Weight weight = weight_of(*command);
  if (!request.scratch.received) return admit(request, std::move(*command), weight);

  auto extra = std::make_unique<PendingExtra>();
  extra->notification = "payment.decided";
  const PaymentKey key = extra->key = key_of(*command);
  if (auto problem = admit(request, std::move(*command), weight, std::move(extra))) return problem;
  request.session.reply(request.to, [&key](JsonWriter& json) {
    json.begin_object().field("status", "queued").field("key", key).end_object();
  });
  return std::nullopt;
}

template <AccountAction kAction>
std::expected<CheckedAccountChange, Refusal> read_account_change(const protocol::Params& params,
                                                                 protocol::PaymentParams& scratch) {
  scratch.clear();
  return protocol::read_account_change(kAction, params);
}

std::expected<CheckedOpenAccount, Refusal> read_open_account(const protocol::Params& params,
                                                             protocol::PaymentParams& scratch) {
  scratch.clear();
  return protocol::read_open_account(params);
}

template <BooksAction kAction>
std::expected<CheckedBooks, Refusal> read_books(const protocol::Params& params,
                                                protocol::PaymentParams& scratch) {
  scratch.clear();
  return protocol::read_books(kAction, params);
}

Problem get_account(Request& request) {
  auto question = protocol::read_account_question(request.params);
  if (!question) return std::move(question.error());
  request.min_seq = question->min_seq;
  if (question->at || question->effective_at) {
    return ask(request, {.account = question->id, .key = {}}, *question, 0);
  }
  return admit(request, AccountsQuery{.ids = {question->id}}, Weight{.bytes = sizeof(AccountId)});
}

Problem get_status(Request& request) {
  if (auto none = protocol::read_no_params(request.params); !none) return std::move(none.error());
  return admit(request, StatusQuery{}, Weight{});
}

// --- questions ---

protocol::Read<VerifyQuestion> read_verify_question(const protocol::Params& params) {
  if (auto none = protocol::read_no_params(params); !none) return std::unexpected(none.error());
  return VerifyQuestion{};
}

// A question that needs nothing looked up.
template <auto kRead>
Problem ask_plain(Request& request) {
  auto question = kRead(request.params);
  if (!question) return std::move(question.error());
  std::uint32_t lines_max = 0;
  if constexpr (requires { question->limit; }) lines_max = question->limit;
  if constexpr (requires { question->min_seq; }) request.min_seq = question->min_seq;
  return ask(request, ReadQuery{}, std::move(*question), lines_max);
}

Problem ask_statement(Request& request) {
  auto question = protocol::read_statement_question(request.params);
  if (!question) return std::move(question.error());
  const std::uint32_t lines_max = question->limit;
  request.min_seq = question->min_seq;
  return ask(request, {.account = question->id, .key = {}}, *question, lines_max);
}

// A question that may name an account, in `account`.
template <auto kRead>
Problem ask_of_account(Request& request) {
  auto question = kRead(request.params);
  if (!question) return std::move(question.error());
  const std::uint32_t lines_max = question->limit;
  request.min_seq = question->min_seq;
  return ask(request, {.account = question->account, .key = {}}, std::move(*question), lines_max);
}

Problem ask_payment(Request& request) {
  auto question = protocol::read_payment_question(request.params);
  if (!question) return std::move(question.error());
  request.min_seq = question->min_seq;
  return ask(request, {.account = {}, .key = question->key}, *question, 0);
}

Problem subscribe(Request& request) {
  const auto from = protocol::read_subscribe_from(request.params);
  if (!from) return from.error();
  return ask(request, ReadQuery{}, Subscribe{.from = *from}, 0);
}

Problem unsubscribe(Request& request) {
  if (auto none = protocol::read_no_params(request.params); !none) return std::move(none.error());
  return ask(request, ReadQuery{}, Unsubscribe{}, 0);
}

Problem get_info(Request& request) {
  if (auto none = protocol::read_no_params(request.params); !none) return std::move(none.error());
  request.session.reply(request.to,
                        [&request](JsonWriter& json) { write_info(json, request.info); });
  return std::nullopt;
}

Problem discover(Request& request) {
  if (auto none = protocol::read_no_params(request.params); !none) return std::move(none.error());
  request.session.reply(request.to,
                        [&request](JsonWriter& json) { json.raw(request.info.openrpc); });
  return std::nullopt;
}

// --- the table ---

constexpr auto kMethods = std::to_array<Method>({
    {.name = "payments.submit", .handle = change, .command = command_of<protocol::read_payment>},
    {.name = "payments.submit_many", .handle = submit_many, .is_batch = true},
    {.name = "payments.submit_group", .handle = submit_group, .is_batch = true},
    {.name = "payments.hold", .handle = change, .command = command_of<protocol::read_hold>},
    {.name = "payments.capture", .handle = change, .command = command_of<protocol::read_capture>},
    {.name = "payments.void", .handle = change, .command = command_of<protocol::read_void>},
    {.name = "payments.reverse", .handle = change, .command = command_of<protocol::read_reversal>},
    {.name = "payments.schedule", .handle = change, .command = command_of<protocol::read_schedule>},
    {.name = "payments.cancel", .handle = change, .command = command_of<protocol::read_cancel>},
    {.name = "payments.get", .handle = ask_payment, .has_long_answer = true},
    {.name = "payments.list",
     .handle = ask_of_account<protocol::read_payments_question>,
     .has_long_answer = true},
    {.name = "holds.list",
     .handle = ask_of_account<protocol::read_holds_question>,
     .has_long_answer = true},
    {.name = "schedules.list",
     .handle = ask_plain<protocol::read_schedules_question>,
     .has_long_answer = true},
    {.name = "accounts.open",
     .handle = change,
     .operators_only = true,
     .command = command_of<read_open_account>},
    {.name = "accounts.update",
     .handle = change,
     .operators_only = true,
     .command = command_of<read_account_change<AccountAction::update>>},
    {.name = "accounts.close",
     .handle = change,
     .operators_only = true,
     .command = command_of<read_account_change<AccountAction::close>>},
    {.name = "accounts.reopen",
     .handle = change,
     .operators_only = true,
     .command = command_of<read_account_change<AccountAction::reopen>>},
    {.name = "accounts.get", .handle = get_account, .has_long_answer = true},
    {.name = "accounts.list",
     .handle = ask_plain<protocol::read_accounts_question>,
     .has_long_answer = true},
    {.name = "accounts.statement", .handle = ask_statement, .has_long_answer = true},
    {.name = "ledger.close_books",
     .handle = change,
     .operators_only = true,
     .command = command_of<read_books<BooksAction::close>>},
    {.name = "ledger.open_books",
     .handle = change,
     .operators_only = true,
     .command = command_of<read_books<BooksAction::open>>},
    {.name = "ledger.trial_balance",
     .handle = ask_plain<protocol::read_trial_balance_question>,
     .has_long_answer = true},
    {.name = "ledger.totals",
     .handle = ask_plain<protocol::read_totals_question>,
     .has_long_answer = true},
    {.name = "ledger.verify",
     .handle = ask_plain<read_verify_question>,
     .has_long_answer = true,
     .operators_only = true},
    {.name = "ledger.status", .handle = get_status, .has_long_answer = true},
    {.name = "server.info", .handle = get_info, .has_long_answer = true},
    {.name = "rpc.discover", .handle = discover, .has_long_answer = true, .for_everybody = true},
    {.name = "events.subscribe", .handle = subscribe},
    {.name = "events.unsubscribe", .handle = unsubscribe},
});
static_assert(kMethods.size() <= 32, "a MethodSet has a bit for each");

constexpr auto kNames = [] {
  std::array<std::string_view, kMethods.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kMethods[i].name;
  return names;
}();

}  // namespace

std::span<const Method> all_methods() {
  return kMethods;
}

std::span<const std::string_view> method_names() {
  return kNames;
}

const Method* find_method(std::string_view name) {
  for (const Method& method : kMethods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

MethodSet set_of(const Method& method) {
  return MethodSet{1} << (&method - kMethods.data());
}

MethodSet reading_methods() {
  MethodSet reading = 0;
  for (const Method& method : kMethods) {
    const bool changes = method.is_batch || method.command != nullptr;
    if (!changes && !method.operators_only) reading |= set_of(method);
  }
  return reading;
}

MethodSet methods_matching(std::string_view pattern) {
  if (pattern == "*") return kAllMethods;
  if (!pattern.ends_with(".*")) {
    const Method* method = find_method(pattern);
    return method == nullptr ? 0 : set_of(*method);
  }
  pattern.remove_suffix(1);
  MethodSet matching = 0;
  for (const Method& method : kMethods) {
    if (method.name.starts_with(pattern)) matching |= set_of(method);
  }
  return matching;
}

}  // namespace giro
