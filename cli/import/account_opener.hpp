// Opens the accounts that payments name and the ledger doesn't have, before these are sent.
//
// What always holds: an account that is there stays as it is; a new one has no floor, as nothing is known of it.
// Thread: the main one.
#pragma once

#include <string>

#include <boost/unordered/unordered_flat_set.hpp>

#include "cli/import/import_source.hpp"

namespace giro::cli {

class AccountOpener {
 public:
  // Both must outlive it.
  AccountOpener(Session& session, const DeclaredScales& scales)
      : session_(session), scales_(scales) {}

  [[nodiscard]] Result<void> open_for(const RowRequest& request);
  [[nodiscard]] std::uint64_t opened() const { return opened_; }

 private:
  [[nodiscard]] Result<void> open(const std::string& id, const std::string& currency);

  Session& session_;
  const DeclaredScales& scales_;
  boost::unordered_flat_set<std::string> known_;
  std::uint64_t opened_ = 0;
};

// Rows, with their accounts open by the time they come out. All must outlive it.
class OpeningRows final : public Rows {
 public:
  OpeningRows(Rows& rows, AccountOpener& opener) : rows_(rows), opener_(opener) {}

  [[nodiscard]] Result<NextRow> next(bool may_wait) override;
  [[nodiscard]] std::uint64_t line() const override { return rows_.line(); }
  [[nodiscard]] const std::string& header() const override { return rows_.header(); }
  [[nodiscard]] std::uint64_t bytes_read() const override { return rows_.bytes_read(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const override {
    return rows_.bytes_total();
  }

 private:
  Rows& rows_;
  AccountOpener& opener_;
};

}  // namespace giro::cli
