#include "bench/load/query_traffic.hpp"

#include <fmt/format.h>

namespace giro::load {

bool Questions::append_next(std::string& out, std::uint64_t id) {
  if (asked_ == limit_) return false;
  ++asked_;
  append_question(out, id);
  return true;
}

std::uint64_t Questions::random(std::uint64_t limit) {
  return mixed(~ledger_.plan.seed + ++draws_) % limit;
}

std::string Questions::random_account() {
  return PaymentMaker::account(static_cast<std::uint32_t>(random(ledger_.plan.accounts)));
}

std::uint64_t Questions::random_seq() {
  return ledger_.first_seq + random(ledger_.last_seq - ledger_.first_seq + 1);
}

void StatementPages::append_question(std::string& out, std::uint64_t id) {
  append_request_head(out, id, "accounts.statement");
  out += fmt::format(R"({{"id":"{}","limit":{})", random_account(), rows_);
  if (ledger().last_seq > 0) out += fmt::format(R"(,"to":{})", random_seq());
  out += "}}\n";
}

Result<std::uint64_t> StatementPages::take(std::string_view result) {
  if (number_behind(result, R"("opening_balance":)") == kNoLimit &&
      result.find(R"("opening_balance":-)") == std::string_view::npos) {
    return unexpected_reply(result);
  }
  constexpr std::string_view kRow = R"({"seq":)";
  for (std::size_t at = 0; (at = result.find(kRow, at)) != std::string_view::npos;
       at += kRow.size()) {
    ++rows_seen_;
  }
  return 1;
}

void BalancesAt::append_question(std::string& out, std::uint64_t id) {
  append_request_head(out, id, "accounts.get");
  out += fmt::format(R"({{"id":"{}","at":{}}}}})"
                     "\n",
                     random_account(), random_seq());
}

Result<std::uint64_t> BalancesAt::take(std::string_view result) {
  if (!result.starts_with(R"({"id":"acct:)") || result.find(R"("as_of_seq":)") == result.npos) {
    return unexpected_reply(result);
  }
  return 1;
}

void PaymentsByKey::append_question(std::string& out, std::uint64_t id) {
  key_ = maker_.key(random(ledger().payments));
  append_request_head(out, id, "payments.get");
  out += fmt::format(R"({{"key":"{}"}}}})"
                     "\n",
                     key_);
}

Result<std::uint64_t> PaymentsByKey::take(std::string_view result) {
  if (!result.starts_with(R"({"type":"payment",)") || result.find(key_) == result.npos) {
    return unexpected_reply(result);
  }
  return 1;
}

bool Subscription::append_next(std::string& out, std::uint64_t id) {
  if (asked_) return false;
  asked_ = true;
  append_request_head(out, id, "events.subscribe");
  out += fmt::format(R"({{"from":{}}}}})"
                     "\n",
                     next_seq_);
  return true;
}

Result<std::uint64_t> Subscription::take(std::string_view result) {
  if (number_behind(result, R"("from":)") != next_seq_) return unexpected_reply(result);
  return 0;
}

Result<void> Subscription::take_notification(std::string_view line) {
  const std::uint64_t seq = number_behind(line, R"("seq":)");
  if (seq != next_seq_) {
    return failed(
        fmt::format("the subscriber waited for seq {} and got: {}", next_seq_, line.substr(0, 300)),
        "Events must come in order and without a gap: this is a defect.");
  }
  ++next_seq_;
  ++events_;
  return {};
}

}  // namespace giro::load
