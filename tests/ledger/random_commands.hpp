// Commands of every kind, with every option, from a seed. They are what clients may send: each passed its
// check.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "ledger/command/command.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {

class RandomCommands {
 public:
  explicit RandomCommands(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Command next() {
    if (one_in(5)) return open_account();
    return payment();
  }

  [[nodiscard]] CheckedPayment payment() {
    PaymentRequest request;
    const std::string key = text(1 + below(one_in(3) ? PaymentKey::kBytesMax : 30));
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
    const std::string reference = text(1 + below(kReferenceBytesMax));
    const std::string description = text(1 + below(kDescriptionBytesMax));
    const std::string metadata = R"({"note":")" + text(below(4'000)) + R"("})";
    if (one_in(4)) request.code = static_cast<std::int64_t>(below(65'536));
    if (one_in(4)) request.reference = reference;
    if (one_in(4)) request.description = description;
    if (one_in(4)) request.metadata = metadata;
    if (one_in(4)) request.effective_date = "2026-02-28";
    if (one_in(4)) request.deadline = "2026-11-23T09:00:00.000000001Z";
    if (one_in(4) && count == 1) request.if_version = static_cast<std::int64_t>(below(1'000));
    if (one_in(4) && count == 1) request.if_available_gte = amount() - amount();
    request.up_to = count == 1 && one_in(4);
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
