#include "ledger/store/chain_head.hpp"

#include <algorithm>
#include <optional>

#include "ledger/store/sqlite.hpp"

namespace giro::store {
namespace {

// The digest in the entry that ends a commit; nothing if it doesn't.
std::optional<Digest> digest_at(const SQLite::Database& db, Seq seq) {
  Statement select(db, "SELECT digest FROM journal WHERE seq = ?");
  select.bind(0, static_cast<std::int64_t>(seq));
  Digest digest{};
  if (!select.step() || select.blob(0).size() != digest.size()) return std::nullopt;
  std::ranges::copy(select.blob(0), digest.begin());
  return digest;
}

}  // namespace

std::expected<Chain, std::string> chain_head(const SQLite::Database& db, const Anchor& anchor,
                                             Seq head) {
  if (const auto& point = anchor.point(); point && point->seq > head) {
    return std::unexpected("the ledger ends at seq " + std::to_string(head) + ", but seq " +
                           std::to_string(point->seq) +
                           " was acknowledged before: it is an old copy, or the disk lost writes. "
                           "Payments that clients "
                           "know as applied are missing. Put the newest copy in place; only if "
                           "these payments are lost "
                           "for good, move the file `anchor` away and start again");
  }
  if (head == 0) return Chain();
  const auto digest = digest_at(db, head);
  if (!digest) {
    return std::unexpected("the last entry, seq " + std::to_string(head) +
                           ", ends no commit: the file was changed. Put a good copy in place");
  }
  if (const auto& point = anchor.point();
      point && point->seq > 0 && digest_at(db, point->seq) != point->digest) {
    return std::unexpected(
        "the entry of seq " + std::to_string(point->seq) +
        " isn't the one that was acknowledged: the ledger and its anchor belong to two histories. "
        "Put the right copy in place");
  }
  return Chain(*digest);
}

}  // namespace giro::store
