// What an entry did to two accounts, or to one. Values: any thread.
#pragma once

#include <cstdint>

#include "ledger/command/reference.hpp"
#include "ledger/money.hpp"

namespace giro {

using AccountNumber =
    std::uint32_t;  // 1, 2, ... in the order of opening; 0: none (unknown account).

// What is reserved for payments to come: to the account, and from it.
struct Held {
  Amount in = 0;
  Amount out = 0;

  friend bool operator==(const Held&, const Held&) = default;
};

// In Posting::crossed; those of the receiver are next to them.
inline constexpr unsigned kFromBelow = 1;
inline constexpr unsigned kFromAbove = 2;
inline constexpr unsigned kCrossedBitsOfOne = 2;
inline constexpr unsigned kCrossedMax = 15;

// One movement of money, or of what is held, between two accounts; or, without `to`, an entry about the
// account `from` that moves nothing. It says what it changed and what it left, so that nobody has to know
// why it was made. In a rejected entry: the accounts it was about and what they had.
struct Posting {
  AccountNumber from = 0;
  AccountNumber to = 0;
  Amount amount = 0;  // That moved.
  Seq from_prev = 0;  // The seq of the account's entry before this one; the entry's own seq if an
  Seq to_prev = 0;    // earlier leg of the same payment touched it. 0: its first one, or rejected.
  Amount from_after = 0;
  Amount to_after = 0;
  Amount held = 0;      // How much more than before is held, out of `from` and into `to`.
  Held from_held = {};  // After it.
  Held to_held = {};
  std::uint8_t crossed = 0;  // Which alert lines of its accounts it crossed.

  // Whether it says anything that doesn't stand in the columns of its row: most don't.
  [[nodiscard]] bool is_plain() const { return !is_about_holds() && crossed == 0; }
  // How many accounts have it as an entry of theirs.
  [[nodiscard]] unsigned sides() const { return unsigned{from != 0} + unsigned{to != 0}; }
  // Whether it says anything of what is held: most don't.
  [[nodiscard]] bool is_about_holds() const {
    return (held | from_held.in | from_held.out | to_held.in | to_held.out) != 0;
  }

  friend bool operator==(const Posting&, const Posting&) = default;
};

}  // namespace giro
