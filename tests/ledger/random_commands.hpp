// Commands of every kind, with every option, from a seed. They are what clients may send: each passed its
// check.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/command/command.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {

class RandomCommands {
 public:
  explicit RandomCommands(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Command next() {
    switch (below(13)) {
      case 0:
        return open_account();
      case 1:
        return hold();
      case 2:
        return capture();
      case 3:
        return release();
      case 4:
        return reversal();
      case 5:
        return account_change();
      case 6:
        return schedule();
      case 7:
        return cancel();
      case 8:
        return books();
      default:
        return payment();
    }
  }

  // What `use` makes of a payment that lives as long as the call.
  template <class Use>
  auto with_payment(Use use) {
    PaymentRequest request;
    const std::string key = any_key();
    request.key = key;
    std::vector<std::array<std::string, 2>> names;
    std::vector<LegRequest> legs;
    const std::size_t count = one_in(3) ? 2 + below(one_in(20) ? kLegsMax - 1 : 5) : 1;
    names.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [from, to] = names.emplace_back(std::array{id("f"), id("t")});
      legs.push_back(
          {.from = from, .to = to, .amount = amount(), .currency = one_in(2) ? "EUR" : "BTC"});
    }
    if (count == 1) {
      request.leg = legs.front();
    } else {
      request.legs = legs;
    }
    const Texts texts = any_texts();
    describe(texts, request);
    if (one_in(4) && count == 1) request.if_version = static_cast<std::int64_t>(below(1'000));
    if (one_in(4)) request.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    if (one_in(4) && count == 1) request.if_available_gte = amount() - amount();
    request.up_to = count == 1 && one_in(4);
    request.dry_run = one_in(8);
    return use(request);
  }

  [[nodiscard]] CheckedPayment payment() {
    return with_payment([](const PaymentRequest& request) { return checked(request); });
  }

  [[nodiscard]] CheckedSchedule schedule() {
    return with_payment([this](const PaymentRequest& payment) {
      ScheduleRequest request = test::schedule(payment, "2026-11-23T09:00:00.000000001Z");
      if (one_in(2)) request.every = std::array{"P1D", "P2W", "P1M", "P9999Y"}[below(4)];
      if (request.every && one_in(3)) request.until = "2027-11-23T09:00:00Z";
      if (request.every && !request.until && one_in(2)) {
        request.count = static_cast<std::int64_t>(1 + below(kOccurrencesMax));
      }
      return checked(request);
    });
  }

  [[nodiscard]] CheckedCancel cancel() {
    CancelRequest request;
    const std::string key = any_key();
    const std::string named = any_key();
    request.key = key;
    request.schedule = any_reference(named);
    request.dry_run = one_in(8);
    return checked(request);
  }

  [[nodiscard]] CheckedHold hold() {
    HoldRequest request;
    const std::string key = any_key();
    const std::string from = id("f");
    const std::string to = id("t");
    const Texts texts = any_texts();
    PaymentRequest& payment = request.payment;
    payment.key = key;
    payment.leg = {.from = from, .to = to, .amount = amount(), .currency = "EUR"};
    describe(texts, payment);
    if (one_in(4)) payment.if_version = static_cast<std::int64_t>(below(1'000));
    if (one_in(4)) payment.if_available_gte = amount() - amount();
    payment.up_to = one_in(4);
    payment.dry_run = one_in(8);
    if (one_in(3)) {
      request.timeout = std::array{"1s", "90s", "15m", "24h", "7d"}[below(5)];
    } else if (one_in(2)) {
      request.expires_at = "2026-11-23T09:00:00.000000001Z";
    }
    return checked(request);
  }

  [[nodiscard]] CheckedCapture capture() {
    CaptureRequest request;
    const std::string key = any_key();
    const std::string named = any_key();
    request.key = key;
    request.hold = any_reference(named);
    if (one_in(2)) request.amount = amount();
    request.final = one_in(3);
    request.dry_run = one_in(8);
    return checked(request);
  }

  [[nodiscard]] CheckedVoid release() {
    VoidRequest request;
    const std::string key = any_key();
    const std::string named = any_key();
    request.key = key;
    request.hold = any_reference(named);
    request.dry_run = one_in(8);
    return checked(request);
  }

  [[nodiscard]] CheckedReversal reversal() {
    ReversalRequest request;
    const std::string key = any_key();
    const std::string named = any_key();
    const Texts texts = any_texts();
    request.key = key;
    request.original = any_reference(named);
    if (one_in(2)) request.amount = amount();
    describe(texts, request.options);
    request.dry_run = one_in(8);
    return checked(request);
  }

  [[nodiscard]] CheckedAccountChange account_change() {
    AccountChangeRequest request;
    const std::string key = any_key();
    const std::string name = id("a");
    const Texts texts = any_texts();
    request.action = static_cast<AccountAction>(below(3));
    request.key = key;
    request.id = name;
    request.dry_run = one_in(8);
    if (one_in(4)) request.if_version = static_cast<std::int64_t>(below(1'000));
    if (request.action != AccountAction::update) return checked(request);
    if (one_in(2)) request.floor = limit(-amount());
    if (one_in(2)) request.ceiling = limit(amount() - 1);
    if (one_in(3)) request.metadata = texts.metadata;
    if (one_in(3)) request.limits = velocity_limits();
    if (one_in(4)) request.alerts = AlertLines{.below = limit(-amount()), .above = limit(amount())};
    if (one_in(2) || !(request.floor || request.ceiling || request.metadata)) {
      request.frozen = std::array{"none", "debits", "credits", "all"}[below(4)];
    }
    return checked(request);
  }

  [[nodiscard]] CheckedBooks books() {
    const std::string key = any_key();
    const std::string until = format_date(Date{static_cast<std::int32_t>(below(20'000)) - 100});
    BooksRequest request;
    request.action = one_in(2) ? BooksAction::open : BooksAction::close;
    request.key = key;
    if (request.action == BooksAction::close || one_in(2)) request.until = until;
    request.dry_run = one_in(8);
    return checked(request);
  }

  [[nodiscard]] CheckedOpenAccount open_account() {
    OpenAccountRequest request;
    const std::string name = id("a");
    const std::string metadata = R"({"note":")" + text(below(4'000)) + R"("})";
    request.id = name;
    request.currency = "EUR";
    if (one_in(2)) {
      request.currency = "BTC";
      request.scale = static_cast<std::int64_t>(below(kScaleMax + 1));
    }
    if (one_in(3)) request.floor.reset();
    if (request.floor && one_in(3)) request.floor = -amount();
    if (one_in(3)) request.ceiling = amount() - 1;
    if (one_in(3)) request.metadata = metadata;
    return checked(request);
  }

 private:
  // What requests have views of.
  struct Texts {
    std::string reference;
    std::string description;
    std::string metadata;
  };
  Texts any_texts() {
    return {.reference = text(1 + below(kReferenceBytesMax)),
            .description = text(1 + below(kDescriptionBytesMax)),
            .metadata = R"({"note":")" + text(below(4'000)) + R"("})"};
  }
  // With some of what any payment may have, and its reversal.
  void describe(const Texts& texts, PaymentRequest& request) {
    if (one_in(4)) request.code = static_cast<std::int64_t>(below(65'536));
    if (one_in(4)) request.reference = texts.reference;
    if (one_in(4)) request.description = texts.description;
    if (one_in(4)) request.metadata = texts.metadata;
    if (one_in(4)) request.effective_date = "2026-02-28";
    if (one_in(4)) request.deadline = "2026-11-23T09:00:00.000000001Z";
  }
  ReferenceRequest any_reference(std::string_view key) {
    return one_in(2) ? by_key(key) : by_seq(1 + below(one_in(2) ? 100 : 1'000'000));
  }
  // Each with a window of its own.
  std::vector<VelocityLimitRequest> velocity_limits() {
    constexpr std::array kWindows{"90s", "15m", "24h", "7d", "366d"};
    std::vector<VelocityLimitRequest> limits;
    for (const char* window : kWindows) {
      if (one_in(2)) continue;
      VelocityLimitRequest& limit = limits.emplace_back();
      limit.window = window;
      limit.count = static_cast<std::int64_t>(1 + below(1'000));
      if (one_in(2)) limit.amount = amount();
      if (limit.amount && one_in(2)) limit.count.reset();
    }
    return limits;
  }
  std::optional<Amount> limit(Amount amount) {
    return one_in(4) ? std::nullopt : std::optional(amount);
  }
  std::string any_key() { return text(1 + below(one_in(3) ? PaymentKey::kBytesMax : 30)); }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  Amount amount() {
    constexpr std::array<std::uint64_t, 3> kBounds{1'000, std::uint64_t{1} << 40,
                                                   std::uint64_t{1} << 62};
    return static_cast<Amount>(1 + below(kBounds[below(kBounds.size())]));
  }
  std::string id(std::string_view first) {
    return std::string(first) + ":" + std::to_string(below(one_in(4) ? 1'000'000 : 20));
  }
  std::string text(std::size_t size) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_.:";
    std::string made;
    for (std::size_t i = 0; i < size; ++i) made += kLetters[below(kLetters.size())];
    return made;
  }

  std::mt19937_64 random_;
};

}  // namespace giro::test
