// Which keys a file of requests has used so far, and in which line: a key that comes again in the
// same file pays nothing, and whoever made the file should know.
//
// What always holds: memory is bounded. A key is remembered for at least kRowsRemembered rows behind
// its own, and forgotten after twice as many; what is kept of it is a hash of 64 bits with a secret
// of this run, so that two different keys are taken for one in about one of a million files of ten
// million rows, and nobody can choose such keys. Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "ledger/hash.hpp"

namespace giro::cli {

class KeysSeen {
 public:
  static constexpr std::size_t kRowsRemembered = 1'000'000;

  explicit KeysSeen(std::size_t rows_remembered = kRowsRemembered);

  // The line of an earlier row with this key; `line` is remembered when there is none.
  std::optional<std::uint64_t> earlier(std::string_view key, std::uint64_t line);

 private:
  using LineOfKey = boost::unordered_flat_map<std::uint64_t, std::uint64_t>;

  std::size_t rows_remembered_;
  HashSecret secret_{};
  LineOfKey recent_;
  LineOfKey older_;
};

// The key in the params of a request; empty where they have none.
[[nodiscard]] std::string key_of_params(std::string_view params);

}  // namespace giro::cli
