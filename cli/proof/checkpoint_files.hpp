// Checkpoints as files, and what the ledger's own journal says of one.
//
// What always holds: a file is there as a whole or not at all, synced; none that was there is overwritten.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "ledger/store/proof/signed_checkpoint.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::cli {

struct CheckpointFile {
  std::string file;
  store::SignedCheckpoint checkpoint;
};

[[nodiscard]] Result<store::SignedCheckpoint> read_checkpoint(const std::string& file);
// --public-key. Without it whose signature it is isn't asked.
CLI::Option* declare_public_key(CLI::App& command, std::string& file);
[[nodiscard]] Result<std::optional<store::PublicKey>> wanted_key(const std::string& file);

inline constexpr const char* kProvesNothing =  // Of one that the public key didn't sign.
    "It proves nothing, for the ledger or against it. Get the checkpoint and the public key again "
    "from where they were published.";
inline constexpr const char* kSignerUnchecked =
    "Who signed wasn't checked: name the key with --public-key FILE.\n";

// Where the one of this seq is kept: names sort.
[[nodiscard]] std::string checkpoint_file(const std::string& folder, Seq seq);
// The one of the highest seq in this folder, by its name; nothing: there is none.
[[nodiscard]] Result<std::optional<std::string>> newest_checkpoint(const std::string& folder);
// Into a new file of this folder: its path.
[[nodiscard]] Result<std::string> keep_checkpoint(const std::string& folder,
                                                  const store::SignedCheckpoint& checkpoint);

enum class Signed : std::uint8_t { yes, no, unchecked };

// A checkpoint that was held against the ledger.
struct HeldAgainst {
  std::string file;
  store::SignedCheckpoint checkpoint;
  Signed is_signed = Signed::unchecked;
  std::string problem = {};  // What happened; empty: today's ledger extends that one.
  std::string advice = {};   // What it means for the money, and what to do.
};
// `key`: null: nobody said whose signature it should have.
[[nodiscard]] HeldAgainst hold_against(std::string file, store::SignedCheckpoint checkpoint,
                                       const store::PublicKey* key,
                                       const store::VerifyReport& report);
[[nodiscard]] boost::json::object to_json(const HeldAgainst& held);

}  // namespace giro::cli
