#include "cli/import/check.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/import/request_view.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/output.hpp"
#include "cli/submit/group_rows.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kChecksOnTheirWay = 256;
constexpr std::size_t kUnknownAccountsTold = 1'000;

std::string as_dry_run(std::string params) {
  params.erase(params.find_last_of('}'));
  const bool empty = params.find_first_not_of(" \t", 1) == std::string::npos;
  return params + (empty ? R"("dry_run":true})" : R"(,"dry_run":true})");
}

}  // namespace

std::string Checker::Job::params() const {
  return as_dry_run(row.request.params);
}

Checker::Checker(Session& session, ImportRows& rows, bool quiet)
    : session_(session),
      rows_(rows),
      quiet_(quiet),
      jobs_(session, "payments.submit", kChecksOnTheirWay,
            {.next = [this](bool may_wait) { return next(may_wait); },
             .settle = [this](Job& job,
                              Jobs::Answer answer) { return settle(job, std::move(answer)); }}) {}

Result<CheckReport> Checker::run() {
  auto done = jobs_.run();
  progress_.clear();
  if (done && keeps_ && !report_.rejections.empty()) done = judge_in_order();
  keeps_ = false;
  tell();
  if (!done) {
    Failure failure = std::move(done).error();
    failure.money = "This was a check: nothing was decided and no money moved.";
    return std::unexpected(std::move(failure));
  }
  report_.left_out = rows_.left_out();
  return std::move(report_);
}

Result<std::optional<Checker::Job>> Checker::next(bool may_wait) {
  for (;;) {
    auto next = rows_.next(may_wait);
    if (!next) return std::unexpected(std::move(next).error());
    if (std::holds_alternative<NoRow>(*next)) return std::nullopt;
    if (auto* bad = std::get_if<BadRow>(&*next)) {
      note_error(bad->line, std::move(bad->what));
      continue;
    }
    Row& row = std::get<Row>(*next);
    add_totals(row);
    if (row.request.method.empty()) return Job{std::move(row)};
    if (auto judged = judge_now(row); !judged) return std::unexpected(judged.error());
  }
}

// accounts.open alone knows no dry run but that of a group.
Result<void> Checker::judge_now(const Row& row) {
  const bool opens = row.request.method == "accounts.open";
  const auto answer =
      opens ? session_.call_with_text("payments.submit_group", group_params({&row, 1}, true))
            : session_.call_with_text(row.request.method, as_dry_run(row.request.params));
  if (!answer && answer.error().exit != ExitCode::usage &&
      answer.error().exit != ExitCode::rejected && answer.error().exit != ExitCode::no_permission) {
    return std::unexpected(answer.error());
  }
  if (!answer) {
    note_error(row.line, answer.error().what);
    return {};
  }
  const json::object outcome = answer->is_object() ? answer->get_object() : json::object{};
  const json::array& members = array_field(outcome, "members");
  note_outcome(row, !members.empty() && members.front().is_object() ? members.front().get_object()
                                                                    : outcome);
  return {};
}

Result<Checker::Jobs::Again> Checker::settle(Job& job, Jobs::Answer answer) {
  if (!answer) {
    const Failure failure = session_.explain(answer.error(), false);
    const bool about_row = failure.exit == ExitCode::usage || failure.exit == ExitCode::rejected ||
                           failure.exit == ExitCode::no_permission;
    if (!about_row) return std::unexpected(failure);
    note_error(job.row.line,
               fmt::format("{}: {}", answer.error().name, what_happened(answer.error().message)));
  } else if (answer->is_object()) {
    note_outcome(job.row, answer->get_object());
  }
  progress_.show(++judged_, rows_.bytes_read(), rows_.bytes_total());
  if (!keeps_) tell();
  return Jobs::Again{};
}

void Checker::note_outcome(const Row& row, const json::object& outcome) {
  const bool applied = is_decided_for(outcome);
  if (true_field(outcome, "replayed")) {
    ++report_.replays;
    if (applied) return;
    ++report_.replays_rejected;
    remarks_.emplace(row.line,
                     fmt::format("{} (decided before, and stands)", outcome_cell(outcome).text));
    return;
  }
  keep(row);
  if (applied) {
    ++report_.applicable;
  } else {
    note_rejection(row, outcome);
  }
}

void Checker::note_error(std::uint64_t line, std::string words) {
  ++report_.errors;
  remarks_.emplace(line, std::move(words));
}

void Checker::note_rejection(const Row& row, const json::object& outcome) {
  const bool leg_failed = text_field(outcome, "code") == "leg_failed";
  const std::string code = text_field(outcome, leg_failed ? "leg_code" : "code");
  const std::string side = text_field(outcome, "field");
  ++report_.rejections[code];
  std::string words = "would be " + outcome_cell(outcome).text;
  if (code == "account_unknown") {
    std::int64_t wanted = number_field(outcome, "leg").value_or(0);
    for_each_leg(row.request.params, [&](const json::object& leg) {
      if (wanted-- != 0) return;
      const std::string id = text_field(leg, side);
      words += " " + id;
      const bool room = report_.unknown_accounts.size() < kUnknownAccountsTold;
      if (room) report_.unknown_accounts.insert(id);
      if (!room && !report_.unknown_accounts.contains(id)) report_.more_unknown_accounts = true;
    });
  }
  remarks_.emplace(row.line, std::move(words));
}

void Checker::add_totals(const Row& row) {
  for_each_leg(row.request.params, [&](const json::object& leg) {
    const std::string currency = text_field(leg, "currency");
    const auto amount = number_field(leg, "amount");
    if (currency.empty() || !amount) return;
    ControlTotal& total = report_.totals[currency];
    ++total.movements;
    total.sum += *amount;
  });
}

void Checker::keep(const Row& row) {
  if (!keeps_) return;
  if (kept_.size() < kMembersMax) {
    kept_.push_back(row);
  } else {
    keeps_ = false;
    kept_.clear();
  }
}

// Row by row, each that fails taken out: what the others do then, they do at the import too.
Result<void> Checker::judge_in_order() {
  const CheckReport by_themselves = report_;
  const auto remarks = remarks_;
  report_.rejections.clear();
  report_.unknown_accounts.clear();
  std::ranges::stable_sort(kept_, {}, &Row::line);
  for (const Row& row : kept_) remarks_.erase(row.line);
  report_.in_order = true;
  while (!kept_.empty()) {
    const auto answer = session_.call_with_text("payments.submit_group", group_params(kept_, true));
    if (!answer && answer.error().exit == ExitCode::try_again) {
      return std::unexpected(answer.error());
    }
    // What can't be one group, such as rows with one key, stays judged row by row.
    if (!answer) {
      report_ = by_themselves;
      remarks_ = remarks;
      return {};
    }
    const json::object group = answer->is_object() ? answer->get_object() : json::object{};
    if (is_decided_for(group)) break;
    const auto failed = static_cast<std::size_t>(number_field(group, "failed").value_or(-1));
    const json::array& members = array_field(group, "members");
    if (failed >= std::min(members.size(), kept_.size()) || !members[failed].is_object()) break;
    note_rejection(kept_[failed], members[failed].get_object());
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(failed));
  }
  report_.applicable = kept_.size();
  return {};
}

void Checker::tell() {
  for (const auto& [line, words] : remarks_) {
    if (!quiet_) note(fmt::format("giro: line {}: {}\n", line, words));
  }
  remarks_.clear();
}

}  // namespace giro::cli
