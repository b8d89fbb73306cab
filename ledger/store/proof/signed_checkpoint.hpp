// A point of a ledger, signed: what it amounted to then, which nobody can take back later. The text is a checkpoint
// of a transparency log (c2sp.org/tlog-checkpoint) in a signed note (c2sp.org/signed-note), so that tools and
// witnesses of that world take it, too:
//
//   bank.example/ledger                              name of the ledger
//   1234567                                          entries: seq of the last
//   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     root of the Merkle tree over them
//   at 2026-11-29T14:20:54.000000001Z                time of that entry
//   digest 5fd2...                                   the audit chain's after it
//   accounts 3                                       how many are open, and per currency: code, scale,
//   total EUR 2 3 10000 10000                        accounts, sum of balances below zero, and above
//
//   — bank.example/ledger Az3grl...                  key's id and signature, of all before the empty line
//
// What always holds: a text that parse() takes is the only one with its meaning. Pure functions: any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "ledger/store/proof/keys.hpp"
#include "ledger/store/proof/ledger_point.hpp"

namespace giro::store {

inline constexpr std::size_t kCheckpointBytesMax = std::size_t{1} << 20;  // Of its whole text.

struct SignedCheckpoint {
  std::string name;
  LedgerPoint point;
  std::string text;  // The whole note, with its signatures.
};

// Whether a ledger may be called so: printable, without blanks and plus signs, 200 bytes at most.
[[nodiscard]] bool is_ledger_name(std::string_view name);

// REQUIRES: is_ledger_name(name).
[[nodiscard]] SignedCheckpoint sign_checkpoint(const std::string& name, const LedgerPoint& point,
                                               const SigningKey& key);
// Errors: a clause: what isn't as it should be. The signature isn't looked at.
[[nodiscard]] std::expected<SignedCheckpoint, std::string> parse_checkpoint(std::string_view text);

// Whether this key signed it, under the ledger's name.
[[nodiscard]] bool is_signed_by(const SignedCheckpoint& checkpoint, const PublicKey& key);
// Whether both bear a signature of one key under their names, by the key's id; whether it holds isn't looked at.
[[nodiscard]] bool have_one_signer(const SignedCheckpoint& one, const SignedCheckpoint& other);

// What the ledger's own point of the same seq doesn't have as the checkpoint has it: "the audit chain's digest, ...";
// empty: they are the same.
[[nodiscard]] std::string difference(const LedgerPoint& signed_point, const LedgerPoint& now);

[[nodiscard]] std::string to_base64(std::span<const std::uint8_t> bytes);

}  // namespace giro::store
