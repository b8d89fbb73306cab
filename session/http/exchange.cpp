#include "session/http/exchange.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "session/http/amounts.hpp"

namespace giro::http {
namespace {

constexpr unsigned kRejectedStatus = 422;

// Nothing of the page comes from elsewhere or is shown within another page, and no text becomes HTML.
constexpr std::string_view kPageRules =
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";

std::string_view reason_of(unsigned status) {
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {reason.data(), reason.size()};
}

// RFC 9110, section 5.6.7. Written once a second, however many answers there are.
const std::string& date_now() {
  thread_local std::time_t written_at = -1;
  thread_local std::string written;
  const std::time_t now = std::time(nullptr);
  if (now != std::exchange(written_at, now)) {
    written = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(now));
  }
  return written;
}

std::string titled(std::string_view code) {
  std::string title(code);
  std::ranges::replace(title, '_', ' ');
  return title;
}

}  // namespace

unsigned status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::unknown_field:
    case ErrorCode::invalid_value:
    case ErrorCode::same_account:
      return 400;
    case ErrorCode::unauthorized:
      return 403;
    case ErrorCode::unknown_method:
    case ErrorCode::account_unknown:
      return 404;
    case ErrorCode::key_conflict:
      return 409;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::busy:
    case ErrorCode::read_only:
    case ErrorCode::shutting_down:
      return 503;
    case ErrorCode::outcome_unknown:
      return 504;
    case ErrorCode::internal:
      break;
  }
  return 500;
}

Routed Exchange::begin() {
  const Request request = reader_.request();
  open_ = true;
  keeps_alive_ = request.keeps_alive;
  takes_pieces_ = request.takes_pieces;
  wants_head_alone_ = request.method == "HEAD";
  amounts_as_text_ = request.amounts_as_text;
  if (amounts_as_text_) *request.body = with_bare_amounts(*request.body);
  Routed routed = route(request);
  if (std::holds_alternative<Lines>(routed)) {
    // As the parser needs it: it looks behind a line.
    request.body->reserve(request.body->size() + protocol::LineFramer::kPaddingBytes);
    lines_ = *request.body;
    const std::size_t end = lines_.find('\n');
    const bool many = end != std::string_view::npos &&
                      lines_.find_first_not_of(" \t\r\n", end) != std::string_view::npos;
    form_ = many ? Form::lines : Form::json;
  }
  return routed;
}

std::optional<std::string_view> Exchange::next_line() {
  if (lines_.empty()) return std::nullopt;
  const std::size_t end = std::min(lines_.find('\n'), lines_.size());
  const std::string_view line = lines_.substr(0, end);
  lines_.remove_prefix(std::min(end + 1, lines_.size()));
  return line;
}

// --- what is refused ---

void Exchange::write_problem(std::string_view code, std::string_view title, std::string_view detail,
                             std::string_view field) {
  const std::string decision = std::exchange(text_, "");
  form_ = Form::problem;
  protocol::JsonWriter json(text_);
  json.begin_object().field("type", fmt::format("urn:giro:{}", code)).field("title", title);
  json.field("status", status_).field("detail", detail).field("code", code);
  if (!field.empty()) json.field("field", field);
  if (!decision.empty()) {
    json.raw_field("decision",
                   std::string_view(decision).substr(0, decision.find_last_not_of('\n') + 1));
  }
  json.end_object();
  text_.push_back('\n');
}

void Exchange::refuse(const protocol::RpcError& error) {
  std::string code;
  protocol::append_code(code, error.refusal);
  status_ = status_of(error.refusal.code);
  text_.clear();
  write_problem(code, titled(code), error.refusal.message, error.refusal.field);
}

void Exchange::refuse(const NoRoute& none) {
  status_ = none.allowed.empty() ? 404 : 405;
  allowed_ = none.allowed;
  const std::string detail =
      none.allowed.empty()
          ? "there is nothing at this path; nothing was decided. docs/HTTP.md lists the paths"
          : fmt::format("this path takes {}; nothing was decided", none.allowed);
  write_problem("unknown_method", "unknown method", detail, "");
}

void Exchange::turn_away(Verdict verdict) {
  lines_ = {};
  status_ = verdict == Verdict::no_token ? 401 : 403;
  write_problem("unauthorized", "unauthorized", explain(verdict), "");
}

void Exchange::show(const PageFile& file) {
  form_ = Form::file;
  file_type_ = file.type;
  text_.assign(file.text);
}

void Exchange::tell_whether_ready(std::string_view obstacle) {
  if (obstacle.empty()) return tell("ready\n");
  refuse(protocol::error_of(
      {.code = ErrorCode::read_only,
       .field = {},
       .message = fmt::format("no payments are decided for now: {}", obstacle)}));
}

// --- output ---

std::string Exchange::head() const {
  constexpr std::array<std::string_view, 5> kTypes{"application/json", "application/problem+json",
                                                   "text/plain; charset=utf-8",
                                                   "application/x-ndjson", "text/event-stream"};
  const std::string_view type =
      form_ == Form::file ? file_type_ : kTypes.at(static_cast<std::size_t>(form_));
  const bool says_so = amounts_as_text_ && form_ == Form::json;
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}{}\r\n", status_,
                  reason_of(status_), date_now(), type, says_so ? ";amounts=string" : "");
  if (!allowed_.empty()) out.append("Allow: ").append(allowed_).append("\r\n");
  if (status_ == 401) out.append("WWW-Authenticate: Bearer\r\n");
  if (status_ == 503) out.append("Retry-After: 1\r\n");
  if (!keeps_alive_) out.append("Connection: close\r\n");
  if (form_ == Form::file) out.append(kPageRules);
  return out.append("Cache-Control: no-store\r\n");
}

void Exchange::begin_pieces(std::string& out) {
  in_pieces_ = true;
  out.append(head());
  out.append(takes_pieces_ ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
}

std::string_view Exchange::text_to_send() {
  const bool is_json = form_ != Form::text && form_ != Form::file;
  if (amounts_as_text_ && is_json) text_ = with_quoted_amounts(text_);
  return text_;
}

void Exchange::flush(std::string& out) {
  if (!open_ || text_.empty() || (form_ != Form::lines && form_ != Form::events)) return;
  if (!in_pieces_) begin_pieces(out);
  const std::string_view text = text_to_send();
  if (takes_pieces_) {
    fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", text.size(), text);
  } else {
    out.append(text);
  }
  text_.clear();
}

void Exchange::finish(std::string& out) {
  if (rejection_ != Rejection::none) {
    status_ = kRejectedStatus;
    write_problem(name(rejection_), titled(name(rejection_)), explain(rejection_), "");
  }
  flush(out);
  if (in_pieces_) {
    out.append(takes_pieces_ ? "0\r\n\r\n" : "");
  } else {
    const std::string_view text = text_to_send();
    out.append(head());
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n\r\n", text.size());
    if (!wants_head_alone_) out.append(text);
  }
  // The next request finds nothing of this one, also where it can't be read and never begins.
  text_.clear();
  allowed_.clear();
  open_ = in_pieces_ = wants_head_alone_ = amounts_as_text_ = asks_whether_ready_ = false;
  form_ = Form::json;
  status_ = 200;
  rejection_ = Rejection::none;
  reader_.next();
}

void Exchange::begin_event(std::string_view name, std::uint64_t seq) {
  fmt::format_to(std::back_inserter(text_), "id:{}\nevent:{}\ndata:", seq, name);
}

}  // namespace giro::http
