#include "cli/submit/submitter.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {

namespace json = boost::json;

namespace {

constexpr std::uint64_t kLastLine = std::numeric_limits<std::uint64_t>::max();

// A refusal of a batch that one of its rows has brought about.
bool is_about_a_row(const client::RpcError& error) {
  const ExitCode exit = exit_code_of(error.name);
  return exit == ExitCode::usage || exit == ExitCode::no_permission;
}

std::string rows_are(std::uint64_t count) {
  return count == 1 ? "1 row is" : fmt::format("{} rows are", count);
}

}  // namespace

std::string summary(const Tally& tally) {
  std::string text = fmt::format("{} applied, {} rejected, {} replayed", tally.applied,
                                 tally.rejected, tally.replayed);
  if (tally.replayed_rejected > 0) {
    text += fmt::format(" ({} of them rejected)", tally.replayed_rejected);
  }
  if (tally.errors > 0) text += fmt::format(", {} errors", tally.errors);
  if (tally.same_key_in_file > 0) {
    text += fmt::format(", {} with the key of an earlier row", tally.same_key_in_file);
  }
  return text;
}

std::string advice(const Tally& tally) {
  std::string lines;
  if (const std::uint64_t rejected = tally.rejected + tally.replayed_rejected; rejected > 0) {
    lines += fmt::format(
        "{} rejected, now or before, for good under that key: when the cause is gone, send what "
        "is to be paid under new keys (--rejects FILE writes it out).\n",
        rows_are(rejected));
  }
  if (tally.errors > 0) {
    lines += fmt::format(
        "{} wrong, and nothing was decided there in this run: mend what is wrong and submit the "
        "file again, which pays no other row twice.\n",
        rows_are(tally.errors));
  }
  if (tally.same_key_in_file > 0) {
    lines += fmt::format(
        "{} under the key of an earlier row, and a key pays only once: a payment of its own needs "
        "a key of its own.\n",
        rows_are(tally.same_key_in_file));
  }
  return lines;
}

std::string Batch::params() const {
  std::string text = R"({"payments":[)";
  for (const Row& row : rows) {
    append_for_batch(text, row.request);
    text += ',';
  }
  text.back() = ']';
  return text += '}';
}

Submitter::Submitter(Session& session, Rows& source, const SubmitLimits& limits, bool quiet,
                     RejectsFile* rejects)
    : session_(session),
      source_(source),
      limits_(limits),
      quiet_(quiet),
      rejects_(rejects),
      batches_(
          session, "payments.submit_many", 1,
          {.next = [this](bool may_wait) { return next_batch(may_wait); },
           .settle = [this](Batch& batch,
                            Batches::Answer answer) { return settle(batch, std::move(answer)); }}) {
}

Result<Tally> Submitter::run() {
  auto done = batches_.run();
  progress_.clear();
  tell_up_to(kLastLine);
  if (!done) return std::unexpected(stopped(std::move(done).error()));
  return tally_;
}

Result<std::optional<Batch>> Submitter::next_batch(bool may_wait) {
  // To wait means that everything before is settled.
  if (may_wait) tell_up_to(kLastLine);
  Batch batch;
  std::size_t bytes = 0;
  while (batch.rows.size() < limits_.rows_a_batch && bytes < limits_.bytes_a_batch &&
         remarks_.size() < limits_.rows_a_batch) {
    // What is there goes out before the input is waited for.
    auto next = source_.next(may_wait && batch.rows.empty());
    if (!next) {
      // The whole rows before the one that failed are sent; the next call fails again.
      if (!batch.rows.empty()) break;
      return std::unexpected(std::move(next).error());
    }
    if (std::holds_alternative<NoRow>(*next)) break;
    if (BadRow* bad = std::get_if<BadRow>(&*next)) {
      remark_error(bad->line, bad->what, std::move(bad->text));
      if (may_wait && batch.rows.empty()) tell_up_to(kLastLine);
      continue;
    }
    Row& row = std::get<Row>(*next);
    note_key(row);
    bytes += row.request.params.size();
    batch.rows.push_back(std::move(row));
  }
  if (batch.rows.empty()) return std::nullopt;
  sent_ = true;
  return batch;
}

void Submitter::note_key(const Row& row) {
  const std::string key = key_of_params(row.request.params);
  const auto earlier = key.empty() ? std::nullopt : keys_.earlier(key, row.line);
  if (!earlier) return;
  ++tally_.same_key_in_file;
  remarks_.emplace(row.line, Remark{fmt::format("same_key_in_file: the row in line {} has the key "
                                                "{} already, and a key pays once",
                                                *earlier, key),
                                    {}});
}

Result<Submitter::Batches::Again> Submitter::settle(Batch& batch, Batches::Answer answer) {
  if (!answer && is_about_a_row(answer.error())) return settle_error(batch, answer.error());
  if (!answer) {
    const bool open = answer.error().name == "outcome_unknown";
    return give_up(batch, session_.explain(answer.error(), true), open);
  }
  if (!answer->is_object()) {
    const client::TransportError nonsense{client::TransportError::Kind::nonsense, 0,
                                          json::serialize(*answer)};
    return give_up(batch, session_.explain(nonsense, true), true);
  }
  Batch busy;
  client::RpcError refused;
  if (auto settled = settle_result(batch, answer->get_object(), busy, refused); !settled) {
    return give_up(batch, std::move(settled).error(), false);
  }
  progress_.show(tally_.rows(), source_.bytes_read(), source_.bytes_total());
  if (busy.rows.empty()) {
    tell_up_to(batch.rows.back().line);
    return Batches::Again{};
  }
  Batches::Again again{.jobs = {}, .refusal = std::move(refused)};
  again.jobs.push_back(std::move(busy));
  return again;
}

// The whole batch was refused for one of its rows: nothing of it was decided.
Submitter::Batches::Again Submitter::settle_error(Batch& batch, const client::RpcError& error) {
  Batches::Again halves;
  if (batch.rows.size() == 1) {
    Row& row = batch.rows.front();
    remark_error(row.line, fmt::format("{}: {}", error.name, what_happened(error.message)),
                 std::move(row.text));
    tell_up_to(row.line);
    return halves;
  }
  const auto middle = batch.rows.begin() + static_cast<std::ptrdiff_t>(batch.rows.size() / 2);
  Batch second;
  second.rows.assign(std::make_move_iterator(middle), std::make_move_iterator(batch.rows.end()));
  batch.rows.erase(middle, batch.rows.end());
  halves.jobs.push_back(std::move(batch));
  halves.jobs.push_back(std::move(second));
  return halves;
}

// The daemon decides nothing new behind a row that it was too busy for, so that sending these again
// keeps the order. Another node takes what this one can't.
Result<void> Submitter::settle_result(Batch& batch, const json::object& result, Batch& busy,
                                      client::RpcError& refused) {
  const auto figure = [&](std::string_view name) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, number_field(result, name).value_or(0)));
  };
  tally_.applied += figure("applied");
  tally_.rejected += figure("rejected");
  tally_.replayed += figure("replayed");

  for (const json::value& exception : array_field(result, "not_applied")) {
    if (!exception.is_object()) continue;
    const json::object& what = exception.get_object();
    const auto index = static_cast<std::size_t>(number_field(what, "index").value_or(-1));
    if (index >= batch.rows.size()) continue;
    Row& row = batch.rows[index];
    if (!what.contains("error")) {
      remark_rejection(row, what);
      continue;
    }
    const json::object& error = object_field(what, "error");
    const client::RpcError refusal{0, text_field(error, "code"), text_field(error, "message")};
    const bool may_pass = exit_code_of(refusal.name) == ExitCode::try_again;
    if (refusal.name == "busy" || (may_pass && session_.nodes().are_several())) {
      busy.rows.push_back(std::move(row));
      // That one of them may have taken effect is said of all.
      if (refused.name != "outcome_unknown") refused = refusal;
      continue;
    }
    if (may_pass) {
      return std::unexpected(session_.explain(refusal, true));
    }
    remark_error(row.line, fmt::format("{}: {}", refusal.name, what_happened(refusal.message)),
                 row.text);
  }
  return {};
}

void Submitter::remark_error(std::uint64_t line, std::string_view what, std::string row) {
  ++tally_.errors;
  remarks_.emplace(line, Remark{std::string(what), std::move(row)});
}

void Submitter::remark_rejection(const Row& row, const json::object& exception) {
  const std::string field = text_field(exception, "field");
  std::string code = text_field(exception, "code");
  if (exception.contains("leg_code")) {
    code += fmt::format(" (leg {}: {})", shown_field(exception, "leg"),
                        text_field(exception, "leg_code"));
  }
  const bool replayed = true_field(exception, "replayed");
  if (replayed) ++tally_.replayed_rejected;
  remarks_.emplace(
      row.line,
      Remark{fmt::format("rejected: {}{} (key {}{})", code, field.empty() ? "" : " in " + field,
                         text_field(exception, "key"), replayed ? ", decided before" : ""),
             row.text});
}

void Submitter::tell_up_to(std::uint64_t line) {
  const auto end = remarks_.upper_bound(line);
  for (auto remark = remarks_.begin(); remark != end; ++remark) {
    const auto& [where, told] = *remark;
    if (!quiet_) note(fmt::format("giro: line {}: {}\n", where, told.words));
    if (rejects_ != nullptr && !told.row.empty()) rejects_->add(told.row, source_.header());
  }
  remarks_.erase(remarks_.begin(), end);
}

std::unexpected<Failure> Submitter::give_up(const Batch& batch, Failure cause, bool open) {
  given_up_line_ = batch.rows.front().line;
  if (open) open_rows_ = batch.rows.size();
  return std::unexpected(std::move(cause));
}

Failure Submitter::stopped(Failure cause) const {
  if (!sent_) return cause;
  std::uint64_t open = open_rows_;
  std::uint64_t line = given_up_line_ == 0 ? source_.line() : given_up_line_;
  batches_.for_each_unanswered([&](const Batch& batch) {
    open += batch.rows.size();
    line = std::min(line, batch.rows.front().line);
  });
  batches_.for_each_undecided(
      [&](const Batch& batch) { line = std::min(line, batch.rows.front().line); });
  cause.money = fmt::format("Every row before line {} has its answer: {}. ", line, summary(tally_));
  cause.money += open == 0
                     ? std::string("This run decided nothing from there on.")
                     : fmt::format(
                           "The answers to {} rows from there on were lost, so these may or may "
                           "not have taken effect; nothing behind them was sent.",
                           open);
  cause.open = open > 0;
  const char* when = cause.exit == ExitCode::interrupted ? "To go on," : "When that is mended,";
  cause.advice = fmt::format(
      "{} submit the same file again: that is safe, because every payment has its key and a key "
      "takes effect once.",
      cause.exit == ExitCode::try_again || cause.advice.empty() ? when : cause.advice + " Then");
  return cause;
}

}  // namespace giro::cli
