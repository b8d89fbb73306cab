#include "bench/load/traffic.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace giro::load {
namespace {

constexpr std::size_t kShownBytes = 300;

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace

void append_request_head(std::string& out, std::uint64_t id, std::string_view method) {
  out += R"({"jsonrpc":"2.0","id":)";
  append_number(out, id);
  out += R"(,"method":")";
  out += method;
  out += R"(","params":)";
}

std::uint64_t number_behind(std::string_view text, std::string_view name) {
  const std::size_t found = text.find(name);
  if (found == std::string_view::npos) return kNoLimit;
  std::uint64_t number = 0;
  const char* begin = text.data() + found + name.size();
  const auto read = std::from_chars(begin, text.data() + text.size(), number);
  return read.ec == std::errc() ? number : kNoLimit;
}

std::unexpected<Failure> unexpected_reply(std::string_view reply) {
  return failed(
      fmt::format("the daemon answered what the work doesn't allow: {}{}",
                  reply.substr(0, kShownBytes), reply.size() > kShownBytes ? "..." : ""),
      "There is no rate without the work. If this was a daemon that runs already, see whether "
      "it is in use or full.");
}

Result<void> Traffic::take_notification(std::string_view line) {
  return unexpected_reply(line);
}

bool OpenAccounts::append_next(std::string& out, std::uint64_t id) {
  if (next_ == accounts_) return false;
  append_request_head(out, id, "accounts.open");
  out += R"({"id":")";
  out += PaymentMaker::account(next_++);
  out += R"(","currency":"EUR","floor":-1000000000000000}})";
  out += '\n';
  return true;
}

Result<std::uint64_t> OpenAccounts::take(std::string_view result) {
  // On a ledger that has them already, from a run before, it is a replay.
  if (!result.starts_with(R"({"status":"applied")")) return unexpected_reply(result);
  return 1;
}

bool SinglePayments::append_next(std::string& out, std::uint64_t id) {
  if (!has_more()) return false;
  append_request_head(out, id, "payments.submit");
  append_params(out);
  out += "}\n";
  return true;
}

bool HttpPayments::append_next(std::string& out, std::uint64_t /*id*/) {
  if (!has_more()) return false;
  body_.clear();
  append_params(body_);
  out += "POST /v1/payments HTTP/1.1\r\nHost: giro\r\nContent-Length: ";
  append_number(out, body_.size());
  out.append("\r\n\r\n").append(body_);
  return true;
}

// What was rejected has a problem document, with the decision in it.
Result<std::uint64_t> HttpPayments::take(std::string_view result) {
  constexpr std::string_view kDecision = R"("decision":)";
  const std::size_t decision =
      result.starts_with(R"({"type":)") ? result.find(kDecision) : std::string_view::npos;
  return SinglePayments::take(
      decision == std::string_view::npos ? result : result.substr(decision + kDecision.size()));
}

Result<std::uint64_t> SinglePayments::take(std::string_view result) {
  if (result.starts_with(R"({"status":"applied",)")) {
    ++decided_.applied;
  } else if (result.starts_with(R"({"status":"rejected",)")) {
    ++decided_.rejected;
  } else {
    return unexpected_reply(result);
  }
  return 1;
}

bool PaymentGroups::append_next(std::string& out, std::uint64_t id) {
  if (next_ == limit_) return false;
  append_request_head(out, id, "payments.submit_many");
  out += R"({"payments":[)";
  const std::uint64_t end = next_ + std::min(group_, limit_ - next_);
  while (next_ < end) {
    append_element_(out, next_++);
    out += ',';
  }
  out.back() = ']';
  out += "}}\n";
  return true;
}

Result<std::uint64_t> PaymentGroups::take(std::string_view result) {
  const std::uint64_t count = number_behind(result, R"("count":)");
  const std::uint64_t applied = number_behind(result, R"("applied":)");
  const std::uint64_t rejected = number_behind(result, R"("rejected":)");
  if (count == kNoLimit || applied == kNoLimit || rejected == kNoLimit ||
      applied + rejected != count) {
    return unexpected_reply(result);
  }
  decided_.applied += applied;
  decided_.rejected += rejected;
  return count;
}

}  // namespace giro::load
