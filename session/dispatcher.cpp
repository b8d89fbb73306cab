#include "session/dispatcher.hpp"

#include <fmt/format.h>

#include "session/feed.hpp"
#include "session/methods.hpp"

namespace giro {
namespace {

void refuse_line(Session& session, const protocol::RpcError& error) {
  session.refuse(ReplyTo{.id = "null", .array = nullptr}, error);
}

protocol::RpcError array_error(ErrorCode code, std::string message) {
  return {.number = protocol::kInvalidRequest,
          .refusal = {.code = code, .field = {}, .message = std::move(message)}};
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
  call(session, envelope->method, envelope->params,
       {.id = std::move(envelope->id), .array = array});
}

// What each kind of route asks for; a new one doesn't compile before it is here.
class Dispatcher::RouteVisitor {
 public:
  RouteVisitor(Dispatcher& dispatcher, Session& session)
      : dispatcher_(dispatcher), session_(session), exchange_(*session.http()) {}

  void operator()(http::Call&& to) const {
    dispatcher_.handle_call(session_, to.method, to.params);
  }
  void operator()(http::Events&& to) const {
    dispatcher_.handle_call(session_, "events.subscribe", to.params);
  }
  void operator()(http::Lines&& /*lines*/) const {}  // The session takes them on.
  void operator()(http::Liveness&& /*liveness*/) const { exchange_.tell("ok\n"); }
  void operator()(http::Readiness&& /*readiness*/) const {
    exchange_.ask_whether_ready();
    std::string params = "{}";
    dispatcher_.handle_call(session_, "ledger.status", params);
  }
  void operator()(http::Metrics&& /*metrics*/) const { dispatcher_.tell_metrics(session_); }
  void operator()(http::OpenApi&& /*document*/) const {
    exchange_.tell_json(dispatcher_.info_.openapi);
  }
  void operator()(http::StaticFile&& page) const { exchange_.show(*page.file); }
  void operator()(http::NoRoute&& none) const { exchange_.refuse(none); }
  void operator()(http::BadTarget&& bad) const {
    exchange_.refuse(protocol::error_of(
        {.code = ErrorCode::malformed, .field = {}, .message = std::move(bad.message)}));
  }

 private:
  Dispatcher& dispatcher_;
  Session& session_;
  http::Exchange& exchange_;
};

void Dispatcher::handle(Session& session, http::Routed&& routed) {
  std::visit(RouteVisitor(*this, session), std::move(routed));
}

void Dispatcher::turn_away(Session& session, http::Verdict verdict) {
  count_refusal(ErrorCode::unauthorized);
  const std::string_view why = http::explain(verdict);
  backend_.warn(fmt::format("turned away {}", static_cast<int>(verdict)),
                {.severity = Severity::warning,
                 .event = Event::refused,
                 .text = fmt::format("a request by TCP refused: {}", why)});
  session.http()->turn_away(verdict);
}

// Who may ask for the status may see them.
void Dispatcher::tell_metrics(Session& session) {
  if (auto problem = session.access().refusal(*find_method("ledger.status"))) {
    return session.refuse({.id = "0", .array = nullptr, .bare = true},
                          protocol::error_of(std::move(*problem)));
  }
  std::string text;
  write_metrics(text, {.commits = backend_.metrics(),
                       .refusals = refusals_,
                       .load = backend_.load(),
                       .users = *session.user().shares,
                       .info = info_,
                       .subscribers = session.feed().count(),
                       .uptime_s = backend_.uptime_s(),
                       .disk_free_bytes = backend_.disk_free_bytes(),
                       .pages = backend_.pages(),
                       .cluster = backend_.cluster()});
  session.http()->tell(text);
}

void Dispatcher::handle_call(Session& session, std::string_view method, std::string& params) {
  ReplyTo to{.id = "0", .array = nullptr, .bare = true};
  params.reserve(params.size() + protocol::LineFramer::kPaddingBytes);
  const auto document = parser_.parse(params);
  if (document) {
    call(session, method, *document, std::move(to));
  } else {
    session.refuse(to, document.error());
  }
  parser_.relax();
}

void Dispatcher::call(Session& session, std::string_view name, const protocol::Params& params,
                      ReplyTo to) {
  const Method* method = find_method(name);
  const bool is_feed_by_line = session.http() != nullptr && !to.bare && name.starts_with("events.");
  if (method == nullptr || is_feed_by_line) {
    return session.refuse(
        to, protocol::error_of(
                {.code = ErrorCode::unknown_method,
                 .field = {},
                 .message = is_feed_by_line ? "in HTTP the events are at GET /v1/events; nothing "
                                              "was decided"
                                            : "no such method; nothing was decided. server.info "
                                              "lists the methods"}));
  }
  Request request{.session = session,
                  .method = *method,
                  .to = std::move(to),
                  .params = params,
                  .backend = backend_,
                  .postponed = postponed_,
                  .info = info_,
                  .scratch = scratch_};
  // GET /readyz tells a probe nothing but whether payments are decided: it is everybody's.
  const bool is_probe = request.to.bare && session.http()->asks_whether_ready();
  Problem problem = is_probe ? std::nullopt : session.access().refusal(*method);
  if (!problem && request.to.array && method->has_long_answer) problem = array_problem(session);
  if (!problem) problem = method->handle(request);
  if (problem && problem->code == ErrorCode::unauthorized) {
    backend_.warn(fmt::format("unauthorized {} {}", session.peer().uid, method->name),
                  {.severity = Severity::warning,
                   .event = Event::refused,
                   .text = fmt::format("{} refused: {}", method->name, problem->message),
                   .uid = session.peer().uid});
  }
  if (problem) session.refuse(request.to, protocol::error_of(std::move(*problem)));
}

}  // namespace giro
