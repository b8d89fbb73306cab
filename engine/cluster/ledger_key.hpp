// Whose log it is: what stands in etcd under /giro/ledger, and before the streams in what each node's ledger keeps.
//
//   "main 5f0c...e1 0 0000..."   the cluster's name, the log's id, and the ledger that it begins with: the index and the digest
//                                of its last group
//
// The log's id is random, made once with it; a ledger that was never part of a log becomes part of this one only if it is
// the one that the log begins with, as a new ledger is for a new cluster. Pure functions: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/cluster/envelope.hpp"
#include "queue/cluster/streams.hpp"

namespace giro {

struct LedgerKey {
  std::string name;
  cluster::LedgerId id{};
  cluster::Applied base;

  friend bool operator==(const LedgerKey&, const LedgerKey&) = default;
};

[[nodiscard]] std::string text_of(const LedgerKey& key);
// Nothing: it isn't such a text.
[[nodiscard]] std::optional<LedgerKey> read_ledger_key(std::string_view text);

// What a ledger keeps of the log that it is part of.
struct KeptPlace {
  LedgerKey key;
  cluster::Streams streams;
};
// "<ledger key>;<streams>"; nothing: it isn't such a text.
[[nodiscard]] std::optional<KeptPlace> read_place(std::string_view text);
[[nodiscard]] std::string before_streams(const LedgerKey& key);

}  // namespace giro
