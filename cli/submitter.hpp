// Streams the payments of a RowSource to the daemon in batches, several on their way at once, and
// keeps account of what became of each row.
//
// What always holds: every row ends up in exactly one figure of the tally, or the run fails and
// says up to which line the answers came. A row that spoils its batch is found by halving the
// batch; the rest of the batch goes on. Thread: the main one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/pipeline.hpp"
#include "cli/progress.hpp"
#include "cli/row_source.hpp"
#include "cli/session.hpp"

namespace giro::cli {

struct Tally {
  std::uint64_t applied = 0;
  std::uint64_t rejected = 0;
  std::uint64_t replayed = 0;  // Decided before, either way.
  std::uint64_t errors = 0;    // Rows about which nothing was decided.
  bool all_applied = true;     // Replays of rejections count as not applied.

  [[nodiscard]] std::uint64_t rows() const { return applied + rejected + replayed + errors; }
};

// "8 applied, 1 rejected, 0 replayed", and ", 2 errors" if there are any.
[[nodiscard]] std::string summary(const Tally& tally);

struct SubmitLimits {
  std::size_t rows_a_batch = 500;
  std::size_t bytes_a_batch = std::size_t{1} << 20;
  std::size_t batches_in_flight = 8;
};

struct Batch {
  std::vector<Row> rows;
  [[nodiscard]] std::string params() const;
};

class Submitter {
 public:
  Submitter(Session& session, RowSource& source, const SubmitLimits& limits, bool quiet);

  [[nodiscard]] Result<Tally> run();

 private:
  using Batches = Pipeline<Batch>;

  [[nodiscard]] Result<std::optional<Batch>> next_batch(bool may_wait);
  [[nodiscard]] Result<Batches::Again> settle(Batch& batch, Batches::Answer answer);
  [[nodiscard]] Result<Batches::Again> settle_error(Batch& batch, const client::RpcError& error);
  [[nodiscard]] Result<Batches::Again> settle_result(Batch& batch,
                                                     const boost::json::object& result);
  void report_error(std::uint64_t line, std::string_view what);
  void report_rejection(std::uint64_t line, const boost::json::object& exception);
  // Adds to `cause` how far the answers came and what that means.
  [[nodiscard]] Failure stopped(Failure cause) const;

  Session& session_;
  RowSource& source_;
  SubmitLimits limits_;
  bool quiet_;
  Tally tally_;
  Progress progress_;
  std::uint64_t last_line_read_ = 0;
  Batches batches_;
};

}  // namespace giro::cli
