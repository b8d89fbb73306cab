// Writes the payments of a workload as JSON, without an allocation and in about 30 ns each: the
// client shares the machine with the daemon that it measures.
//
// What always holds: payment number `i` is a pure function of (plan, i), so that any of them can be
// named again to ask for it later; keys are 32 random hexadecimal digits, the two accounts are
// random and distinct (or the second is the one hot account), amounts have four digits.
// Value: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace giro::load {

struct PaymentPlan {
  std::uint64_t seed = 0;
  std::uint32_t accounts = 0;  // 2 to 10,000,000.
  bool one_hot_account = false;
};

// Mixes the bits of `value` (SplitMix64): successive numbers give independent looking ones.
[[nodiscard]] std::uint64_t mixed(std::uint64_t value);

class PaymentMaker {
 public:
  explicit PaymentMaker(const PaymentPlan& plan);

  // {"key":...,"from":...,"to":...,"amount":...,"currency":"EUR"}
  void append(std::string& out, std::uint64_t number);
  // The same without its key: one of several legs.
  void append_leg(std::string& out, std::uint64_t number);

  [[nodiscard]] std::string key(std::uint64_t number) const;
  [[nodiscard]] static std::string account(std::uint32_t number);
  [[nodiscard]] const PaymentPlan& plan() const { return plan_; }

 private:
  void write_transfer(std::uint64_t number);
  [[nodiscard]] std::uint64_t draw(std::uint64_t number, unsigned which) const;
  void write_key(char* to, std::uint64_t number) const;

  PaymentPlan plan_;
  std::string text_;  // One payment, whose changing parts all have a fixed place.
};

}  // namespace giro::load
