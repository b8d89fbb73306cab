#include "cli/submitter.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "cli/fields.hpp"
#include "cli/output.hpp"

namespace giro::cli {

namespace json = boost::json;

std::string summary(const Tally& tally) {
  std::string text = fmt::format("{} applied, {} rejected, {} replayed", tally.applied,
                                 tally.rejected, tally.replayed);
  if (tally.errors > 0) text += fmt::format(", {} errors", tally.errors);
  return text;
}

std::string Batch::params() const {
  std::string text = R"({"payments":[)";
  for (const Row& row : rows) {
    text += row.payment;
    text += ',';
  }
  text.back() = ']';
  return text += '}';
}

Submitter::Submitter(Session& session, RowSource& source, const SubmitLimits& limits, bool quiet)
    : session_(session),
      source_(source),
      limits_(limits),
      quiet_(quiet),
      batches_(
          session, "payments.submit_many", limits.batches_in_flight,
          {.next = [this](bool may_wait) { return next_batch(may_wait); },
           .settle = [this](Batch& batch,
                            Batches::Answer answer) { return settle(batch, std::move(answer)); }}) {
}

Result<Tally> Submitter::run() {
  auto done = batches_.run();
  progress_.clear();
  if (!done) return std::unexpected(stopped(std::move(done).error()));
  return tally_;
}

Result<std::optional<Batch>> Submitter::next_batch(bool may_wait) {
  Batch batch;
  std::size_t bytes = 0;
  while (batch.rows.size() < limits_.rows_a_batch && bytes < limits_.bytes_a_batch) {
    // What is there goes out before the input is waited for.
    auto next = source_.next(may_wait && batch.rows.empty());
    if (!next) return std::unexpected(std::move(next).error());
    if (std::holds_alternative<NoRow>(*next)) break;
    if (const BadRow* bad = std::get_if<BadRow>(&*next)) {
      report_error(bad->line, bad->what);
      continue;
    }
    Row& row = std::get<Row>(*next);
    last_line_read_ = row.line;
    bytes += row.payment.size();
    batch.rows.push_back(std::move(row));
  }
  if (batch.rows.empty()) return std::nullopt;
  return batch;
}

Result<Submitter::Batches::Again> Submitter::settle(Batch& batch, Batches::Answer answer) {
  if (!answer) return settle_error(batch, answer.error());
  if (!answer->is_object()) {
    const client::TransportError nonsense{client::TransportError::Kind::nonsense, 0,
                                          json::serialize(*answer)};
    return std::unexpected(session_.explain(nonsense, true));
  }
  auto again = settle_result(batch, answer->get_object());
  progress_.show(tally_.rows(), source_.bytes().consumed(), source_.bytes().size());
  return again;
}

// The whole batch was refused: nothing of it was decided.
Result<Submitter::Batches::Again> Submitter::settle_error(Batch& batch,
                                                          const client::RpcError& error) {
  if (exit_code_of(error.name) != ExitCode::usage) {
    return std::unexpected(session_.explain(error, true));
  }
  Batches::Again again;
  if (batch.rows.size() == 1) {
    report_error(batch.rows.front().line, fmt::format("{}: {}", error.name, error.message));
    return again;
  }
  const auto middle = batch.rows.begin() + static_cast<std::ptrdiff_t>(batch.rows.size() / 2);
  Batch second;
  second.rows.assign(std::make_move_iterator(middle), std::make_move_iterator(batch.rows.end()));
  batch.rows.erase(middle, batch.rows.end());
  again.jobs.push_back(std::move(batch));
  again.jobs.push_back(std::move(second));
  return again;
}

Result<Submitter::Batches::Again> Submitter::settle_result(Batch& batch,
                                                           const json::object& result) {
  const auto figure = [&](std::string_view name) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, number_field(result, name).value_or(0)));
  };
  tally_.applied += figure("applied");
  tally_.rejected += figure("rejected");
  tally_.replayed += figure("replayed");

  Batch busy;
  std::optional<client::RpcError> fatal;
  for (const json::value& exception : array_field(result, "not_applied")) {
    if (!exception.is_object()) continue;
    const json::object& row = exception.get_object();
    const auto index = static_cast<std::size_t>(number_field(row, "index").value_or(-1));
    if (index >= batch.rows.size()) continue;
    if (!row.contains("error")) {
      report_rejection(batch.rows[index].line, row);
      continue;
    }
    const json::object& error = object_field(row, "error");
    const std::string name = text_field(error, "code");
    if (name == "busy") {
      busy.rows.push_back(std::move(batch.rows[index]));
    } else if (exit_code_of(name) == ExitCode::try_again) {
      if (!fatal) fatal = client::RpcError{0, name, text_field(error, "message")};
    } else {
      report_error(batch.rows[index].line,
                   fmt::format("{}: {}", name, text_field(error, "message")));
    }
  }
  if (fatal) return std::unexpected(session_.explain(*fatal, true));
  Batches::Again again;
  again.busy = !busy.rows.empty();
  if (again.busy) again.jobs.push_back(std::move(busy));
  return again;
}

void Submitter::report_error(std::uint64_t line, std::string_view what) {
  ++tally_.errors;
  tally_.all_applied = false;
  if (!quiet_) note(fmt::format("giro: line {}: {}\n", line, what));
}

void Submitter::report_rejection(std::uint64_t line, const json::object& exception) {
  tally_.all_applied = false;
  if (quiet_) return;
  const std::string field = text_field(exception, "field");
  note(fmt::format("giro: line {}: rejected: {}{} (key {}{})\n", line,
                   text_field(exception, "code"), field.empty() ? "" : " in " + field,
                   text_field(exception, "key"),
                   true_field(exception, "replayed") ? ", decided before" : ""));
}

Failure Submitter::stopped(Failure cause) const {
  if (last_line_read_ == 0) return cause;  // Nothing was sent: the cause says all there is to say.
  std::uint64_t unanswered = 0;
  std::uint64_t first_unanswered = last_line_read_ + 1;
  batches_.for_each_unsettled([&](const Batch& batch) {
    unanswered += batch.rows.size();
    first_unanswered = std::min(first_unanswered, batch.rows.front().line);
  });
  cause.money = fmt::format("Answered so far: {}. ", summary(tally_));
  cause.money += unanswered == 0
                     ? std::string("No row that was sent is without its answer.")
                     : fmt::format(
                           "Every row before line {} has its answer; {} rows that were sent "
                           "have none, and may or may not have taken effect.",
                           first_unanswered, unanswered);
  const std::string_view again =
      "ubmit the same file again: that is safe, because every payment has its key and a key takes "
      "effect once.";
  const bool nothing_else = cause.exit == ExitCode::try_again || cause.advice.empty();
  cause.advice =
      nothing_else ? fmt::format("S{}", again) : fmt::format("{} Then s{}", cause.advice, again);
  return cause;
}

}  // namespace giro::cli
