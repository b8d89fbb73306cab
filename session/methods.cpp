#include "session/methods.hpp"

#include <array>

#include <fmt/format.h>

#include "engine/refusals.hpp"
#include "protocol/account_params.hpp"
#include "session/outcome_json.hpp"
#include "session/session.hpp"
#include "session/view_json.hpp"

namespace giro {
namespace {

using protocol::JsonWriter;

// A page of so many lines takes as much of the window as one undecided payment.
constexpr std::uint32_t kLinesAWindowPlace = 32;

// --- to the queue ---

std::size_t bytes_of(const PaymentOptions& options) {
  return sizeof options + options.reference.size() + options.description.size() +
         options.metadata.size();
}

// What a payment takes of the queue. By its legs, so that a group of the commit thread stays bounded.
Weight weight_of(const CheckedPayment& payment) {
  std::size_t bytes = sizeof(CheckedPayment) + payment.key().bytes_outside();
  if (const PaymentOptions* options = payment.options()) {
    bytes += bytes_of(*options);
    if (payment.legs().size() > 1) bytes += payment.legs().size_bytes();
  }
  return {.items = payment.legs().size(), .bytes = bytes};
}

// On success the request's reply is on its way.
Problem admit(Request& request, Work work, Weight weight,
              std::unique_ptr<PendingExtra> extra = nullptr, std::uint32_t window_weight = 1) {
  Session& session = request.session;
  const bool is_replied = extra && !extra->notification.empty();
  weight.bytes += request.to.id.size();
  Holding items(session.user(), Bound::queue_items);
  Holding bytes(session.user(), Bound::queue_bytes);
  if (!items.resize(weight.items) || !bytes.resize(weight.bytes)) {
    return busy("the queue is full, or holds as much of this user's as it may");
  }
  const std::uint32_t slot = session.slots().add({.items = std::move(items),
                                                  .bytes = std::move(bytes),
                                                  .to = is_replied ? ReplyTo{} : request.to,
                                                  .weight = window_weight,
                                                  .extra = std::move(extra)});
  const Admission admission =
      request.backend.push({.reply_to = {.connection = session.id(), .slot = slot},
                            .uid = session.peer().uid,
                            .work = std::move(work)},
                           weight);
  if (admission == Admission::accepted) return std::nullopt;
  (void)session.slots().take(slot);
  return refusal_of(admission);
}

// A question that goes through the queue for its ticket. `query` is what the ticket resolves.
Problem ask(Request& request, ReadQuery query, WithTicket with_ticket, std::uint32_t lines_max) {
  auto extra = std::make_unique<PendingExtra>();
  extra->with_ticket = std::move(with_ticket);
  return admit(request, query, Weight{.bytes = sizeof(ReadQuery)}, std::move(extra),
               1 + lines_max / kLinesAWindowPlace);
}

// --- payments and accounts ---

// Where the payment that is `checked`th among those that passed their checks stands in the request.
std::size_t index_in_request(std::size_t checked,
                             const std::vector<protocol::RefusedPayment>& refused) {
  std::size_t index = checked;
  for (const protocol::RefusedPayment& other : refused) {
    if (other.index > index) break;
    ++index;
  }
  return index;
}

// One payment of many that isn't allowed refuses them all, so that it must be named.
Refusal named(Refusal refusal, std::size_t index, const PaymentKey& key) {
  refusal.field = fmt::format("payments[{}]", index);
  refusal.message = fmt::format("{} (key {}): {}", refusal.field, key.view(), refusal.message);
  return refusal;
}

Weight weight_of(const CheckedHold& hold) {
  return weight_of(hold.payment());
}
template <class Small>
Weight weight_of(const Small& command) {
  std::size_t bytes = sizeof command + command.key().bytes_outside();
  if constexpr (requires { command.options(); }) {
    if (const PaymentOptions* options = command.options()) bytes += bytes_of(*options);
  }
  if constexpr (requires { command.terms(); }) {
    if (const AccountTerms* terms = command.terms()) {
      bytes += sizeof *terms + terms->metadata.value_or("").size();
    }
  }
  return {.items = 1, .bytes = bytes};
}

// By its accounts and amounts, of what names them; else by its key alone.
template <class Kind>
std::optional<Refusal> refusal_of_access(const Request& request, const Kind& command) {
  const Access& access = request.session.access();
  if constexpr (requires { command.leg(); }) return access.refusal(request.method, command);
  return access.refusal(request.method, command.key());
}

// One command that changes the ledger, which kRead makes of the params.
template <auto kRead>
Problem change(Request& request) {
  auto command = kRead(request.params, request.scratch);
  if (!command) return std::move(command.error());
  if (auto problem = refusal_of_access(request, *command)) return problem;
  const Weight weight = weight_of(*command);
  if (!request.scratch.received) return admit(request, std::move(*command), weight);

  auto extra = std::make_unique<PendingExtra>();
  extra->notification = "payment.decided";
  const PaymentKey key = extra->key = command->key();
  if (auto problem = admit(request, std::move(*command), weight, std::move(extra))) return problem;
  request.session.reply(request.to, [&key](JsonWriter& json) {
    json.begin_object().field("status", "queued").field("key", key).end_object();
  });
  return std::nullopt;
}

Problem submit_many(Request& request) {
  auto many = protocol::read_many_payments(request.params, request.scratch);
  if (!many) return std::move(many.error());
  Weight weight{.items = 0, .bytes = 0};
  for (std::size_t i = 0; i < many->checked.size(); ++i) {
    const auto& payment = std::get<CheckedPayment>(many->checked[i]);
    if (auto problem = request.session.access().refusal(request.method, payment)) {
      return named(std::move(*problem), index_in_request(i, many->refused), payment.key());
    }
    const Weight of_payment = weight_of(payment);
    weight.items += of_payment.items;
    weight.bytes += of_payment.bytes;
  }
  for (const protocol::RefusedPayment& refused : many->refused) {
    weight.bytes += sizeof refused + refused.refusal.message.size();
  }
  const std::size_t count = many->checked.size() + many->refused.size();
  if (many->checked.empty()) {
    request.session.reply(request.to, [&many](JsonWriter& json) {
      write_batch(json, BatchAnswer{}, many->refused, {});
    });
    return std::nullopt;
  }
  auto extra = std::make_unique<PendingExtra>();
  if (many->received) extra->notification = "payments.decided";
  extra->refused = std::move(many->refused);
  auto batch = std::make_unique<CommandBatch>(CommandBatch{.commands = std::move(many->checked)});
  if (auto problem = admit(request, std::move(batch), weight, std::move(extra))) return problem;
  if (many->received) {
    request.session.reply(request.to, [count](JsonWriter& json) {
      json.begin_object().field("status", "queued").field("count", count).end_object();
    });
  }
  return std::nullopt;
}

template <AccountAction kAction>
std::expected<CheckedAccountChange, Refusal> read_account_change(const protocol::Params& params,
                                                                 protocol::PaymentParams& scratch) {
  scratch.clear();
  return protocol::read_account_change(kAction, params);
}

Problem open_account(Request& request) {
  auto open = protocol::read_open_account(request.params);
  if (!open) return std::move(open.error());
  const Weight weight{.items = 1, .bytes = sizeof *open + open->metadata().size()};
  return admit(request, std::move(*open), weight);
}

Problem get_account(Request& request) {
  auto question = protocol::read_account_question(request.params);
  if (!question) return std::move(question.error());
  if (question->at) {
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
  return ask(request, ReadQuery{}, std::move(*question), lines_max);
}

Problem ask_statement(Request& request) {
  auto question = protocol::read_statement_question(request.params);
  if (!question) return std::move(question.error());
  const std::uint32_t lines_max = question->limit;
  return ask(request, {.account = question->id, .key = {}}, *question, lines_max);
}

Problem ask_payment(Request& request) {
  auto question = protocol::read_payment_question(request.params);
  if (!question) return std::move(question.error());
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

// --- the table ---

constexpr auto kMethods = std::to_array<Method>({
    {.name = "payments.submit", .handle = change<protocol::read_payment>},
    {.name = "payments.submit_many", .handle = submit_many},
    {.name = "payments.hold", .handle = change<protocol::read_hold>},
    {.name = "payments.capture", .handle = change<protocol::read_capture>},
    {.name = "payments.void", .handle = change<protocol::read_void>},
    {.name = "payments.reverse", .handle = change<protocol::read_reversal>},
    {.name = "payments.get", .handle = ask_payment, .has_long_answer = true},
    {.name = "payments.list",
     .handle = ask_plain<protocol::read_payments_question>,
     .has_long_answer = true},
    {.name = "accounts.open", .handle = open_account, .operators_only = true},
    {.name = "accounts.update",
     .handle = change<read_account_change<AccountAction::update>>,
     .operators_only = true},
    {.name = "accounts.close",
     .handle = change<read_account_change<AccountAction::close>>,
     .operators_only = true},
    {.name = "accounts.reopen",
     .handle = change<read_account_change<AccountAction::reopen>>,
     .operators_only = true},
    {.name = "accounts.get", .handle = get_account, .has_long_answer = true},
    {.name = "accounts.list",
     .handle = ask_plain<protocol::read_accounts_question>,
     .has_long_answer = true},
    {.name = "accounts.statement", .handle = ask_statement, .has_long_answer = true},
    {.name = "ledger.trial_balance",
     .handle = ask_plain<protocol::read_trial_balance_question>,
     .has_long_answer = true},
    {.name = "ledger.verify",
     .handle = ask_plain<read_verify_question>,
     .has_long_answer = true,
     .operators_only = true},
    {.name = "ledger.status", .handle = get_status, .has_long_answer = true},
    {.name = "server.info", .handle = get_info, .has_long_answer = true},
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
