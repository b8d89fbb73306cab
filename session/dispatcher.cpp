#include "session/dispatcher.hpp"

#include <fmt/format.h>

#include "engine/refusals.hpp"
#include "protocol/account_params.hpp"
#include "session/outcome_json.hpp"

namespace giro {
namespace {

using protocol::JsonWriter;

// A page of so many lines takes as much of the window as one undecided payment.
constexpr std::uint32_t kLinesAWindowPlace = 32;
// Of a connection's arrays, before their complete reply: then questions of them are refused.
constexpr std::size_t kArrayReplyBytesMax = std::size_t{16} << 20;

// What a payment takes of the queue. By its legs, so that a group of the commit thread stays bounded.
Weight weight_of(const CheckedPayment& payment) {
  std::size_t bytes = sizeof(CheckedPayment) + payment.key().bytes_outside();
  if (const PaymentOptions* options = payment.options()) {
    bytes += sizeof *options + options->reference.size() + options->description.size() +
             options->metadata.size();
    if (payment.legs().size() > 1) bytes += payment.legs().size_bytes();
  }
  return {.items = payment.legs().size(), .bytes = bytes};
}

void refuse_line(Session& session, const protocol::RpcError& error) {
  session.refuse(ReplyTo{.id = "null", .array = nullptr}, error);
}

protocol::RpcError array_error(ErrorCode code, std::string message) {
  return {.number = protocol::kInvalidRequest,
          .refusal = {.code = code, .field = {}, .message = std::move(message)}};
}

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

bool has_long_answer(Method method) {
  constexpr MethodSet kLong = set_of(Method::payments_list) | set_of(Method::payments_get) |
                              set_of(Method::accounts_list) | set_of(Method::accounts_get) |
                              set_of(Method::accounts_statement) | set_of(Method::ledger_verify) |
                              set_of(Method::ledger_trial_balance) | set_of(Method::server_info) |
                              set_of(Method::ledger_status);
  return (kLong & set_of(method)) != 0;
}

// Only questions are refused: what a payment was decided is always told.
std::optional<Refusal> array_problem(const Session& session) {
  if (session.array_bytes() < kArrayReplyBytesMax) return std::nullopt;
  return Refusal{.code = ErrorCode::too_large,
                 .field = {},
                 .message =
                     "the reply to this array already has 16 MiB, so this question of it wasn't "
                     "answered; no money moved. Ask it by itself"};
}

protocol::Read<VerifyQuestion> read_verify_question(const protocol::Params& params) {
  if (auto none = protocol::read_no_params(params); !none) return std::unexpected(none.error());
  return VerifyQuestion{};
}

// For people at a terminal, and for clients that end lines as Windows does.
bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

void Dispatcher::handle(Session& session, std::string_view line) {
  if (is_blank(line)) return;
  const auto document = parser_.parse(line);
  if (!document) {
    refuse_line(session, document.error());
  } else if (document->is_array()) {
    handle_array(session, line, *document);
  } else {
    handle_request(session, *document, nullptr);
  }
  parser_.relax();
}

void Dispatcher::handle_array(Session& session, std::string_view line,
                              const simdjson::dom::array& array) {
  if (array.size() == 0) {
    return refuse_line(session,
                       array_error(ErrorCode::malformed, "an array of requests has at least one"));
  }
  if (array.size() > protocol::kArrayRequestsMax) {
    return refuse_line(session,
                       array_error(ErrorCode::too_large,
                                   "an array has at most 10,000 requests; nothing was decided"));
  }
  session.begin_array(line);
}

void Dispatcher::handle_member(Session& session, std::string_view member,
                               const std::shared_ptr<ArrayReply>& array) {
  const auto document = parser_.parse(member);
  if (document) {
    handle_request(session, *document, array);
  } else {
    session.refuse({.id = "null", .array = array}, document.error());
  }
  parser_.relax();
}

void Dispatcher::handle_request(Session& session, const protocol::Value& value,
                                const std::shared_ptr<ArrayReply>& array) {
  auto envelope = protocol::read_envelope(value);
  if (!envelope) {
    return session.refuse({.id = std::move(envelope.error().id), .array = array},
                          envelope.error().error);
  }
  ReplyTo to{.id = std::move(envelope->id), .array = array};
  const auto method = find_method(envelope->method);
  if (!method) {
    return session.refuse(
        to, protocol::error_of({.code = ErrorCode::unknown_method,
                                .field = {},
                                .message = "no such method; nothing was decided. server.info "
                                           "lists the methods"}));
  }
  Request request{
      .session = session, .method = *method, .to = std::move(to), .params = envelope->params};
  Problem problem = session.access().refusal(*method);
  if (!problem && array && has_long_answer(*method)) problem = array_problem(session);
  if (!problem) problem = dispatch(request);
  if (problem && problem->code == ErrorCode::unauthorized) {
    backend_.warn(fmt::format("unauthorized {} {}", session.peer().uid, name(*method)),
                  fmt::format("{} refused: {}", name(*method), problem->message));
  }
  if (problem) session.refuse(request.to, protocol::error_of(std::move(*problem)));
}

Dispatcher::Problem Dispatcher::dispatch(Request& request) {
  switch (request.method) {
    case Method::payments_submit:
      return submit(request);
    case Method::payments_submit_many:
      return submit_many(request);
    case Method::payments_get:
      return ask_payment(request);
    case Method::payments_list:
      return ask_plain(request, protocol::read_payments_question);
    case Method::accounts_open:
      return open_account(request);
    case Method::accounts_get:
      return get_account(request);
    case Method::accounts_list:
      return ask_plain(request, protocol::read_accounts_question);
    case Method::accounts_statement:
      return ask_statement(request);
    case Method::ledger_trial_balance:
      return ask_plain(request, protocol::read_trial_balance_question);
    case Method::ledger_verify:
      return ask_plain(request, read_verify_question);
    case Method::ledger_status:
      return get_status(request);
    case Method::server_info:
      return get_info(request);
    case Method::events_subscribe:
      return subscribe(request);
    case Method::events_unsubscribe:
      return unsubscribe(request);
  }
  return std::nullopt;
}

Dispatcher::Problem Dispatcher::admit(Request& request, Work work, Weight weight,
                                      std::unique_ptr<PendingExtra> extra,
                                      std::uint32_t window_weight) {
  Session& session = request.session;
  const bool received = extra && extra->received;
  weight.bytes += request.to.id.size();
  Holding items(session.user(), Bound::queue_items);
  Holding bytes(session.user(), Bound::queue_bytes);
  if (!items.resize(weight.items) || !bytes.resize(weight.bytes)) {
    return busy("the queue is full, or holds as much of this user's as it may");
  }
  const std::uint32_t slot = session.slots().add({.items = std::move(items),
                                                  .bytes = std::move(bytes),
                                                  .to = received ? ReplyTo{} : request.to,
                                                  .method = request.method,
                                                  .weight = window_weight,
                                                  .extra = std::move(extra)});
  const Admission admission = backend_.push({.reply_to = {.connection = session.id(), .slot = slot},
                                             .uid = session.peer().uid,
                                             .work = std::move(work)},
                                            weight);
  if (admission == Admission::accepted) return std::nullopt;
  (void)session.slots().take(slot);
  return refusal_of(admission);
}

Dispatcher::Problem Dispatcher::submit(Request& request) {
  auto payment = protocol::read_payment(request.params, scratch_);
  if (!payment) return std::move(payment.error());
  if (auto problem = request.session.access().refusal(request.method, *payment)) return problem;
  const Weight weight = weight_of(*payment);
  if (!scratch_.received) return admit(request, std::move(*payment), weight);

  auto extra = std::make_unique<PendingExtra>();
  extra->received = true;
  const PaymentKey key = extra->key = payment->key();
  if (auto problem = admit(request, std::move(*payment), weight, std::move(extra))) return problem;
  request.session.reply(request.to, [&key](JsonWriter& json) {
    json.begin_object().field("status", "queued").field("key", key).end_object();
  });
  return std::nullopt;
}

Dispatcher::Problem Dispatcher::submit_many(Request& request) {
  auto many = protocol::read_many_payments(request.params, scratch_);
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
  extra->received = many->received;
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

Dispatcher::Problem Dispatcher::open_account(Request& request) {
  auto open = protocol::read_open_account(request.params);
  if (!open) return std::move(open.error());
  const Weight weight{.items = 1, .bytes = sizeof *open + open->metadata().size()};
  return admit(request, std::move(*open), weight);
}

Dispatcher::Problem Dispatcher::get_account(Request& request) {
  auto question = protocol::read_account_question(request.params);
  if (!question) return std::move(question.error());
  if (question->at) {
    return ask(request, {.account = question->id, .key = {}}, *question, 0);
  }
  return admit(request, AccountsQuery{.ids = {question->id}}, Weight{.bytes = sizeof(AccountId)});
}

Dispatcher::Problem Dispatcher::get_status(Request& request) {
  if (auto none = protocol::read_no_params(request.params); !none) return std::move(none.error());
  return admit(request, StatusQuery{}, Weight{});
}

Dispatcher::Problem Dispatcher::get_info(Request& request) {
  if (auto none = protocol::read_no_params(request.params); !none) return std::move(none.error());
  request.session.reply(request.to, [this](JsonWriter& json) {
    json.begin_object().field("name", "girod").field("version", info_.version).field("protocol", 1);
    json.field("sqlite", info_.sqlite).field("pid", info_.pid).field("uid", info_.uid);
    json.field("data", info_.data).key("methods").begin_array();
    for (const std::string_view method : method_names()) json.value(method);
    json.end_array().key("limits").begin_object();
    json.field("line_bytes", protocol::kLineBytesMax).field("nesting", protocol::kDepthMax);
    json.field("array_requests", protocol::kArrayRequestsMax);
    json.field("payments", protocol::kPaymentsMax).field("legs", kLegsMax);
    json.field("page_lines", kPageLimitMax).field("window", info_.limits.window);
    json.field("connections", info_.limits.connections);
    json.field("queue_items", info_.limits.queue.items_max);
    json.field("queue_bytes", info_.limits.queue.bytes_max);
    json.field("questions", info_.limits.questions).field("audits", info_.limits.audits);
    json.field("unfinished_bytes", info_.limits.unfinished_bytes);
    json.field("line_seconds", info_.limits.line_seconds);
    json.field("reply_bytes", info_.limits.reply_bytes);
    json.field("array_reply_bytes", kArrayReplyBytesMax).field("id_bytes", protocol::kIdBytesMax);
    json.field("page_bytes", store::kPageBytesMax).field("page_rows", store::kPageRowsMax);
    json.end_object().end_object();
  });
  return std::nullopt;
}

Dispatcher::Problem Dispatcher::ask(Request& request, ReadQuery query, WithTicket with_ticket,
                                    std::uint32_t lines_max) {
  auto extra = std::make_unique<PendingExtra>();
  extra->with_ticket = std::move(with_ticket);
  return admit(request, query, Weight{.bytes = sizeof(ReadQuery)}, std::move(extra),
               1 + lines_max / kLinesAWindowPlace);
}

template <class Read>
Dispatcher::Problem Dispatcher::ask_plain(Request& request, Read read) {
  auto question = read(request.params);
  if (!question) return std::move(question.error());
  std::uint32_t lines_max = 0;
  if constexpr (requires { question->limit; }) lines_max = question->limit;
  return ask(request, ReadQuery{}, std::move(*question), lines_max);
}

Dispatcher::Problem Dispatcher::ask_statement(Request& request) {
  auto question = protocol::read_statement_question(request.params);
  if (!question) return std::move(question.error());
  const std::uint32_t lines_max = question->limit;
  return ask(request, {.account = question->id, .key = {}}, *question, lines_max);
}

Dispatcher::Problem Dispatcher::ask_payment(Request& request) {
  auto question = protocol::read_payment_question(request.params);
  if (!question) return std::move(question.error());
  return ask(request, {.account = {}, .key = question->key}, *question, 0);
}

Dispatcher::Problem Dispatcher::subscribe(Request& request) {
  const auto from = protocol::read_subscribe_from(request.params);
  if (!from) return from.error();
  return ask(request, ReadQuery{}, Subscribe{.from = *from}, 0);
}

Dispatcher::Problem Dispatcher::unsubscribe(Request& request) {
  if (auto none = protocol::read_no_params(request.params); !none) return std::move(none.error());
  return ask(request, ReadQuery{}, Unsubscribe{}, 0);
}

}  // namespace giro
