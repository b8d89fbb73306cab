#include "tests/whole/beside.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "engine/atomic_group.hpp"
#include "tests/whole/history.hpp"
#include "tests/whole/standing.hpp"

namespace giro::test {
namespace {

Seq seq_of(const Outcome& outcome) {
  const auto* replayed = std::get_if<Replayed>(&outcome);
  return replayed == nullptr ? 0 : replayed->entry->seq;
}

}  // namespace

void Coverage::add(const Coverage& other) {
  for (const auto& [code, count] : other.codes) codes[code] += count;
  for (const auto& [kind, count] : other.applied) applied[kind] += count;
  replays += other.replays;
  conflicts += other.conflicts;
  keys_of_others += other.keys_of_others;
  rehearsals += other.rehearsals;
  groups_applied += other.groups_applied;
  groups_rejected += other.groups_rejected;
  groups_replayed += other.groups_replayed;
  groups_in_conflict += other.groups_in_conflict;
  crossed += other.crossed;
  restarts += other.restarts;
  crashes += other.crashes;
  questions += other.questions;
}

// Of four requests one is another user's.
std::uint32_t Beside::some_uid() {
  return kUsualUid + (random_.one_in(4) ? 1 : 0);
}

// Of four requests one is asked at no node.
std::string Beside::some_node() {
  constexpr std::array kNodes{"", "one", "two", "three"};
  return kNodes.at(random_.below(kNodes.size()));
}

Beside::Beside(Course course)
    : name_(std::move(course.name)),
      options_(std::move(course.options)),
      ledger_(std::make_unique<TestLedger>(options())),
      random_(std::move(course.chance), model_) {
  for (const Operation& opening : random_.beginnings()) decide(opening);
  commit();
}

store::StoreOptions Beside::options() const {
  store::StoreOptions options = options_;
  options.directory = folder_.path() / std::to_string(lives_);
  return options;
}

void Beside::fail(const std::string& what) {
  if (!wrong_.empty()) return;
  wrong_ = fmt::format("{}, operation {}, at {}: {}", name_, operation_, now_.ns, what);
}

void Beside::run_while(const std::function<bool()>& goes_on) {
  while (goes_on() && wrong_.empty()) one_operation();
  commit();
  if (!wrong_.empty()) return;
  compare_accounts();
  ledger_->settle();
  compare_past();
  const store::VerifyReport report = store::verify(ledger_->file(), [] { return false; });
  digest_ = report.head_digest;
  if (!report.problems.empty()) fail(problems_in(report));
}

void Beside::one_operation() {
  now_.ns += random_.next_step();
  if (!random_.one_in(8)) decide_due();
  if (random_.one_in(16)) {
    std::vector<Operation> members = random_.next_group(now_);
    const std::uint32_t uid = some_uid();
    const std::string node = some_node();
    for (Operation& member : members) member.uid = uid, member.node = node;
    operation_ += members.size();
    decide_group(members, random_.one_in(20));
  } else {
    ++operation_;
    Operation operation = random_.next(now_);
    operation.uid = some_uid();
    operation.node = some_node();
    decide(operation);
  }
  if (random_.one_in(8)) compare_accounts();
  if (random_.one_in(12)) commit();
  if (random_.one_in(400)) compare_past();
  if (random_.one_in(1'500)) restart();
  if (random_.one_in(1'500)) crash();
}

void Beside::decide(const Operation& operation) {
  const Command command = command_of(operation);
  ledger_->ledger().ask_at(operation.node);
  const Outcome outcome = ledger_->ledger().decide(command, now_, operation.uid);
  const Answer answer = model_.decide(operation, now_);
  const std::string what = text_of(operation);
  compare(outcome, answer, what);
  compare_new_entries(what);
  coverage_.replays += answer.how == Answer::How::replayed ? 1 : 0;
  coverage_.conflicts += answer.how == Answer::How::conflict ? 1 : 0;
  coverage_.rehearsals += answer.how == Answer::How::rehearsed ? 1 : 0;
}

void Beside::decide_group(const std::vector<Operation>& members, bool dry_run) {
  std::vector<Command> commands;
  std::string what = dry_run ? "group, dry:" : "group:";
  for (const Operation& member : members) {
    commands.push_back(command_of(member));
    what += "\n    " + text_of(member);
  }
  ledger_->ledger().ask_at(members.front().node);
  AtomicGroup group(ledger_->ledger(), commands, members.front().uid);
  std::optional<GroupOutcome> outcomes = group.find_decision();
  const bool is_known = outcomes.has_value();
  if (!is_known) outcomes = dry_run ? group.rehearse(now_) : group.decide(now_);
  const std::vector<Answer> answers = model_.decide_group(members, now_, dry_run);
  if (answers.front().how == Answer::How::conflict) {
    ++coverage_.groups_in_conflict;
    if (outcomes->has_value()) return fail("no conflict of " + what);
    if (outcomes->error().refusal.code != ErrorCode::key_conflict)
      fail("another refusal of " + what);
    return;
  }
  if (!outcomes->has_value()) return fail(outcomes->error().refusal.message + " of " + what);
  for (std::size_t i = 0; i < members.size(); ++i) {
    compare((**outcomes)[i], answers[i], fmt::format("member {} of {}", i, what));
  }
  compare_new_entries(what);
  const bool rejected = std::ranges::any_of(
      answers, [](const Answer& answer) { return answer.record.code != Rejection::none; });
  ++(is_known   ? coverage_.groups_replayed
     : rejected ? coverage_.groups_rejected
                : coverage_.groups_applied);
}

void Beside::decide_due() {
  while (ledger_->ledger().decide_due(now_, 1 + random_.below(9))) {
  }
  while (model_.decide_due(now_)) {
  }
  compare_new_entries("what fell due");
}

void Beside::compare(const Outcome& outcome, const Answer& answer, const std::string& what) {
  const auto* refused = std::get_if<Refused>(&outcome);
  if (answer.how == Answer::How::conflict) return compare_conflict(outcome, answer, what);
  if (refused != nullptr) return fail(refused->refusal.message + " of " + what);
  if (answer.how == Answer::How::replayed) {
    if (seq_of(outcome) != answer.record.seq) {
      return fail(fmt::format("replayed seq {} instead of {}: {}", seq_of(outcome),
                              answer.record.seq, what));
    }
  }
  const bool rehearsed = answer.how == Answer::How::rehearsed;
  if (rehearsed != std::holds_alternative<Rehearsed>(outcome)) fail("not rehearsed: " + what);
  const Entry& entry = entry_of(outcome, ledger_->store().group());
  const std::string difference = difference_of(entry, answer.record, rehearsed);
  if (!difference.empty()) fail(difference + ": " + what);
}

// A key of somebody else's tells nothing of what was decided under it.
void Beside::compare_conflict(const Outcome& outcome, const Answer& answer,
                              const std::string& what) {
  const auto* refused = std::get_if<Refused>(&outcome);
  coverage_.keys_of_others += answer.is_anothers ? 1 : 0;
  const Seq seq = answer.is_anothers ? 0 : answer.record.seq;
  const bool names_method = answer.is_other_kind && !answer.is_anothers;
  if (refused == nullptr || refused->refusal.code != ErrorCode::key_conflict ||
      refused->conflict_seq != seq || (refused->refusal.field == "method") != names_method ||
      refused->refusal.field.empty() != answer.is_anothers) {
    fail("no such conflict of " + what);
  }
}

void Beside::compare_new_entries(const std::string& what) {
  const auto& journal = model_.journal();
  if (ledger_->state().seq() != journal.size()) {
    return fail(
        fmt::format("seq {} instead of {} after {}", ledger_->state().seq(), journal.size(), what));
  }
  const std::vector<Entry>& group = ledger_->store().group();
  for (; compared_ < journal.size(); ++compared_) {
    const Record& record = journal[compared_];
    const Entry& entry = group[record.seq - group.front().seq];
    const std::string difference = difference_of(entry, record, false);
    if (!difference.empty()) {
      return fail(
          fmt::format("seq {}: {}: {}; {}", record.seq, difference, what, text_of(record.asked)));
    }
    if (record.code == Rejection::none) ++coverage_.applied[record.kind];
    ++coverage_.codes[record.code];
    for (const Posting& posting : record.moved) coverage_.crossed += posting.crossed != 0 ? 1 : 0;
  }
}

void Beside::compare_accounts() {
  const std::string difference = difference_of(ledger_->state(), model_.standing(), now_);
  if (!difference.empty()) fail(difference);
}

void Beside::commit() {
  if (!wrong_.empty()) return;
  ledger_->commit();
  committed_ = model_.mark();
  if (random_.one_in(4)) (void)ledger_->store().idle_step();
}

void Beside::restart() {
  commit();
  if (!wrong_.empty()) return;
  ledger_->close_and_reopen();
  ++coverage_.restarts;
  compare_accounts();
}

void Beside::crash() {
  if (!wrong_.empty()) return;
  const std::filesystem::path before = ledger_->directory();
  ++lives_;
  copy_folder(before, options().directory);
  ledger_.reset();
  std::filesystem::remove_all(before);
  ledger_ = std::make_unique<TestLedger>(options());
  model_.go_back(committed_);
  compared_ = model_.journal().size();
  ++coverage_.crashes;
  if (ledger_->state().seq() != compared_) return fail("a crash lost what was committed");
  compare_accounts();
}

}  // namespace giro::test
