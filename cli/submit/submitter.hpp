// Streams rows to the daemon in batches, and keeps account of what became of
// each row.
//
// What always holds:
//   - Rows take effect in the file's order: one batch is on its way, and the next one goes when
//     it is decided.
//   - Every row ends up in exactly one figure of the tally, or the run fails and says up to which
//     line the answers came.
//   - A row that spoils its batch is found by halving the batch; the rest of the batch goes on.
//   - Rows that weren't applied are told, and written to the rejects, in the file's order.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/output/progress.hpp"
#include "cli/session.hpp"
#include "cli/submit/keys_seen.hpp"
#include "cli/submit/pipeline.hpp"
#include "cli/submit/rejects_file.hpp"
#include "cli/submit/rows.hpp"

namespace giro::cli {

struct Tally {
  std::uint64_t applied = 0;
  std::uint64_t rejected = 0;
  std::uint64_t replayed = 0;           // Decided before, either way:
  std::uint64_t replayed_rejected = 0;  // so many of them were rejected.
  std::uint64_t errors = 0;             // Rows about which nothing was decided.
  // Rows with the key of an earlier one, which are in one of the figures above as well.
  std::uint64_t same_key_in_file = 0;

  [[nodiscard]] std::uint64_t rows() const { return applied + rejected + replayed + errors; }
  [[nodiscard]] bool all_applied() const {
    return rejected + replayed_rejected + errors + same_key_in_file == 0;
  }
};

// "8 applied, 1 rejected, 0 replayed", and what else there is: "(1 of them rejected)", "2 errors".
[[nodiscard]] std::string summary(const Tally& tally);
// What to do about the rows that weren't applied, a line each; empty: nothing.
[[nodiscard]] std::string advice(const Tally& tally);

struct SubmitLimits {
  std::size_t rows_a_batch = 2'000;
  std::size_t bytes_a_batch = std::size_t{1} << 20;
};

struct Batch {
  std::vector<Row> rows;
  [[nodiscard]] std::string params() const;
};

class Submitter {
 public:
  // `rejects`: null, or where the rows that weren't applied go.
  Submitter(Session& session, Rows& source, const SubmitLimits& limits, bool quiet,
            RejectsFile* rejects = nullptr);

  [[nodiscard]] Result<Tally> run();

 private:
  using Batches = Pipeline<Batch>;

  // What is told about a row once all before it are settled.
  struct Remark {
    std::string words;
    std::string row;  // Its text, where it belongs to the rejects.
  };

  [[nodiscard]] Result<std::optional<Batch>> next_batch(bool may_wait);
  void note_key(const Row& row);
  [[nodiscard]] Result<Batches::Again> settle(Batch& batch, Batches::Answer answer);
  [[nodiscard]] Batches::Again settle_error(Batch& batch, const client::RpcError& error);
  [[nodiscard]] Result<void> settle_result(Batch& batch, const boost::json::object& result,
                                           Batch& busy, client::RpcError& refused);
  void remark_error(std::uint64_t line, std::string_view what, std::string row);
  void remark_rejection(const Row& row, const boost::json::object& exception);
  void tell_up_to(std::uint64_t line);
  // Nothing more can be decided; `open`: neither can be said what became of this batch.
  [[nodiscard]] std::unexpected<Failure> give_up(const Batch& batch, Failure cause, bool open);
  // Adds to `cause` how far the answers came and what that means.
  [[nodiscard]] Failure stopped(Failure cause) const;

  Session& session_;
  Rows& source_;
  SubmitLimits limits_;
  bool quiet_;
  RejectsFile* rejects_;
  Tally tally_;
  Progress progress_;
  KeysSeen keys_;
  std::multimap<std::uint64_t, Remark> remarks_;  // By line.
  bool sent_ = false;                             // A batch was made, at least.
  std::uint64_t open_rows_ = 0;                   // Of the batch given up last, if it is open;
  std::uint64_t given_up_line_ = 0;               // where it begins.
  Batches batches_;
};

}  // namespace giro::cli
