// A payment that a file of another program asks for, on its way to a request of ours.
//
// What always holds: where the file has no key, it is derived from the file's own words, so that reading the
// file again replays it; words that come again in one file are counted, so that two equal payments are two.
// Pure but for its counts: one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "cli/submit/row_request.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

struct DraftLeg {
  std::string from;
  std::string to;
  Amount amount = 0;  // Above 0.
  std::string currency;
};

struct Draft {
  std::string key;
  std::vector<DraftLeg> legs;  // At least one.
  std::string code;            // A whole number; this and what follows may be empty.
  std::string reference;
  std::string description;
  std::string effective_date;
};

// Errors: a text that no payment can have.
[[nodiscard]] std::expected<RowRequest, std::string> request_of(const Draft& draft);

// The words of a record as one text that no other words make.
[[nodiscard]] std::string joined_words(const std::vector<std::string>& words);

class DerivedKeys {
 public:
  // So many different records at most: memory is bounded, and a count is never forgotten.
  static constexpr std::size_t kRecordsMax = std::size_t{16} << 20;

  explicit DerivedKeys(std::string prefix) : prefix_(std::move(prefix)) {}

  // The prefix and 24 hexadecimal digits; behind the second record of the same words ":2", and so on: with the usual
  // prefix short enough for an end-to-end id of ISO 20022. Errors:
  // too many records.
  [[nodiscard]] std::expected<std::string, std::string> key_of(std::string_view words);

 private:
  std::string prefix_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> times_;
};

}  // namespace giro::cli
