// Who the numbers in some entries are: accounts by id and currency, nodes by name, each once.
//
// The event feed asks for accounts several times an entry, so they are in a flat hash table from numbers to places: open
// addressing, at most half full. Nodes are few, if there are any. Values: any thread, one at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry/entry.hpp"

namespace giro {

class AccountBook {
 public:
  struct Account {
    AccountNumber number = 0;
    AccountId id;
    Currency currency;
  };

  [[nodiscard]] bool has(AccountNumber number) const {
    return !places_.empty() && places_[slot_of(number)] != kEmpty;
  }
  // REQUIRES: has(number).
  [[nodiscard]] const Account& operator[](AccountNumber number) const {
    assert(has(number));
    return accounts_[places_[slot_of(number)]];
  }
  // Makes room for so many at once.
  void reserve(std::size_t count) {
    accounts_.reserve(count);
    if (places_.size() < 2 * count) spread(std::max(kSlotsMin, std::bit_ceil(2 * count)));
  }
  // REQUIRES: !has(number).
  void add(AccountNumber number, std::string_view id, const Currency& currency) {
    assert(!has(number));
    if (2 * (accounts_.size() + 1) > places_.size()) {
      spread(std::max(kSlotsMin, 2 * places_.size()));
    }
    places_[slot_of(number)] = static_cast<std::uint32_t>(accounts_.size());
    accounts_.push_back({.number = number, .id = AccountId(id), .currency = currency});
  }

  [[nodiscard]] bool has_node(NodeNumber number) const {
    return number == 0 || nodes_.contains(number);
  }
  // Of 0: empty. REQUIRES: has_node(number).
  [[nodiscard]] std::string_view node(NodeNumber number) const {
    return number == 0 ? std::string_view() : nodes_.at(number);
  }
  // REQUIRES: !has_node(number).
  void add_node(NodeNumber number, std::string_view name) { nodes_.emplace(number, name); }

 private:
  static constexpr std::uint32_t kEmpty = ~std::uint32_t{0};
  static constexpr std::size_t kSlotsMin = 16;

  // Where the number is, or would be.
  [[nodiscard]] std::size_t slot_of(AccountNumber number) const {
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;  // Fibonacci hashing (Knuth 6.4).
    std::size_t slot = (number * kGolden) >> (64 - std::countr_zero(places_.size()));
    while (places_[slot] != kEmpty && accounts_[places_[slot]].number != number) {
      slot = (slot + 1) & (places_.size() - 1);
    }
    return slot;
  }
  // REQUIRES: slots is a power of two, and at least 2 for each account.
  void spread(std::size_t slots) {
    places_.assign(slots, kEmpty);
    for (std::uint32_t place = 0; place < accounts_.size(); ++place) {
      places_[slot_of(accounts_[place].number)] = place;
    }
  }

  std::vector<Account> accounts_;
  std::vector<std::uint32_t> places_;  // Of accounts_, by the number's hash.
  std::map<NodeNumber, std::string> nodes_;
};

}  // namespace giro
