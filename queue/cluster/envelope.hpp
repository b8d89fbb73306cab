// A group as it lies in the log: who appended it, when, behind what, and its commands as bytes.
//
// The form (ledger/bytes.hpp): "GIROGRP1", u16 rules, 16 bytes ledger, u64 incarnation, u64 number, i64 now (ns
// since 1970), u64 applied index, 32 bytes its digest, u32 size of the commands, u8 how they are packed (0: as they
// are, 1: zstd), the packed commands, u64 XXH3 of all before it. zstd at level 1 makes 26 bytes of a payment's 68 for 0.13 us; of less than
// about ten payments it makes more (docs/CLUSTER.md has the figures).
//
// What always holds: what was sealed is unsealed equal; bytes that aren't a sealed group, or are damaged, or ask for
// more than kCommandsMax of memory, are an error. Pure functions: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "ledger/timestamp.hpp"

namespace giro::cluster {

using LedgerId = std::array<std::uint8_t, 16>;
using Digest = std::array<std::uint8_t, 32>;

// How far a ledger is: the index of a group, and the digest of the audit chain behind it.
struct Applied {
  std::uint64_t index = 0;
  Digest digest{};

  friend bool operator==(const Applied&, const Applied&) = default;
};

struct Envelope {
  std::uint16_t rules = 0;  // The version of the rules by which it is to be applied.
  LedgerId ledger{};
  std::uint64_t incarnation = 0;  // Of the process that appended it: random.
  std::uint64_t number = 0;       // In its node's stream.
  Timestamp now;
  Applied applied;  // The appender's, when it appended.
  std::string commands;

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

// Of one group's commands, unpacked.
inline constexpr std::size_t kCommandsMax = std::size_t{32} << 20;
// Of a sealed group: etcd takes 1.5 MiB a request.
inline constexpr std::size_t kSealedMax = std::size_t{1} << 20;

// Whether commands make a group that the log takes.
[[nodiscard]] bool fits(std::string_view commands);
// REQUIRES: at most kCommandsMax of commands.
[[nodiscard]] std::string seal(const Envelope& envelope);
// Errors: what is wrong with the bytes.
[[nodiscard]] std::expected<Envelope, std::string> unseal(std::string_view sealed);

}  // namespace giro::cluster
