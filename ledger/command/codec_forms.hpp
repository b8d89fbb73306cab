// What the two halves of the codec agree on: the numbers of kinds and the bits of flags (codec.hpp shows the
// forms). Constants: any thread.
#pragma once

#include <cstdint>

namespace giro::codec {

enum class Kind : std::uint8_t {
  payment = 1,
  open_account = 2,
  hold = 3,
  capture = 4,
  release = 5,
  reversal = 6,
  account_change = 7,
  schedule = 8,
  cancel = 9,
  books = 10,
};

inline constexpr std::uint8_t kHasFloor = 1;
inline constexpr std::uint8_t kHasCeiling = 2;

inline constexpr std::uint8_t kHasTimeout = 1;
inline constexpr std::uint8_t kHasEnd = 2;

inline constexpr std::uint8_t kDryRun = 1;
inline constexpr std::uint8_t kFinal = 2;
inline constexpr std::uint8_t kHasAmount = 4;

// Of closing and opening the books.
inline constexpr std::uint8_t kOpens = 2;
inline constexpr std::uint8_t kHasDay = 4;

// Of an account's change.
inline constexpr unsigned kSetsFloor = 1;
inline constexpr unsigned kTakesFloor = 2;
inline constexpr unsigned kSetsCeiling = 4;
inline constexpr unsigned kTakesCeiling = 8;
inline constexpr unsigned kSetsFrozen = 16;
inline constexpr unsigned kSetsMetadata = 32;
inline constexpr unsigned kHasVersion = 64;
inline constexpr unsigned kSetsLimits = 128;
inline constexpr unsigned kSetsAlerts = 256;
inline constexpr unsigned kAllOfChange = 511;

// Of a schedule.
inline constexpr unsigned kRepeats = 1;
inline constexpr unsigned kHasUntil = 2;
inline constexpr unsigned kHasCount = 4;

}  // namespace giro::codec
