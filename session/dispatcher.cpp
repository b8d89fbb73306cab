#include "session/dispatcher.hpp"

#include <fmt/format.h>

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
  ReplyTo to{.id = std::move(envelope->id), .array = array};
  const Method* method = find_method(envelope->method);
  if (method == nullptr) {
    return session.refuse(
        to, protocol::error_of({.code = ErrorCode::unknown_method,
                                .field = {},
                                .message = "no such method; nothing was decided. server.info "
                                           "lists the methods"}));
  }
  Request request{.session = session,
                  .method = *method,
                  .to = std::move(to),
                  .params = envelope->params,
                  .backend = backend_,
                  .info = info_,
                  .scratch = scratch_};
  Problem problem = session.access().refusal(*method);
  if (!problem && array && method->has_long_answer) problem = array_problem(session);
  if (!problem) problem = method->handle(request);
  if (problem && problem->code == ErrorCode::unauthorized) {
    backend_.warn(fmt::format("unauthorized {} {}", session.peer().uid, method->name),
                  fmt::format("{} refused: {}", method->name, problem->message));
  }
  if (problem) session.refuse(request.to, protocol::error_of(std::move(*problem)));
}

}  // namespace giro
