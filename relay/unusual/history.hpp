// What an account used to pay: its last amounts, and how many payments it made in each of the last hours.
//
// What always holds: at most kAmountsMax amounts and kHoursMax hours are kept, whatever is paid; the same
// payments in the same order make the same history. Pure: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/money.hpp"

namespace giro::relay {

class History {
 public:
  static constexpr std::size_t kAmountsMax = 200;
  static constexpr std::size_t kHoursMax = 168;  // A week.
  static constexpr std::int64_t kHourNs = 3'600'000'000'000;

  // A payment of `hour` (since 1970) with the amounts of its legs. Hours that go back count as the last one.
  void add(std::int64_t hour, const std::vector<Amount>& paid);
  // The hours up to `hour` are over, without a payment where none was added.
  void advance_to(std::int64_t hour);

  [[nodiscard]] const std::vector<Amount>& amounts() const { return amounts_; }  // In no order.
  [[nodiscard]] const std::vector<std::uint32_t>& hours() const {
    return hours_;
  }  // That are over.
  [[nodiscard]] std::uint32_t in_this_hour() const { return count_; }

  // The rate of an hour is told once.
  [[nodiscard]] bool is_told() const { return told_; }
  void set_told() { told_ = true; }

  [[nodiscard]] std::string encoded() const;
  // Nothing: damaged, or of another version.
  [[nodiscard]] static std::optional<History> decoded(std::string_view bytes);

  friend bool operator==(const History&, const History&) = default;

 private:
  std::vector<Amount> amounts_;  // A ring: next_ is the oldest once it is full.
  std::size_t next_ = 0;
  std::vector<std::uint32_t> hours_;  // Likewise.
  std::size_t next_hour_ = 0;
  std::int64_t hour_ = 0;  // That count_ counts.
  std::uint32_t count_ = 0;
  bool told_ = false;
};

}  // namespace giro::relay
