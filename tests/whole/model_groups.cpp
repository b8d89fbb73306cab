// Requests that are decided all or none.
#include <algorithm>

#include "tests/whole/model.hpp"

namespace giro::test {

std::vector<Answer> WholeModel::decide_group(const std::vector<Operation>& members, Timestamp now,
                                             bool dry_run) {
  if (auto answers = known_group(members)) return *answers;
  const Mark before = mark();
  std::vector<Answer> answers(members.size());
  std::optional<std::size_t> failed;
  for (std::size_t i = 0; i < members.size() && !failed; ++i) {
    if (is_there_already(members[i])) {
      answers[i] = *known(members[i]);
      continue;
    }
    Answer& answer = answers[i];
    answer.record = judge_and_do(members[i], now);
    answer.record.members = members.size();
    answer.record.group_first = before.journal + 1;
    answer.record.index = i;
    if (answer.record.code != Rejection::none) {
      failed = i;
    } else {
      keep(answer.record);
    }
  }
  if (failed) {
    const Record why = answers[*failed].record;
    go_back(before);
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (is_there_already(members[i])) {
        answers[i] = *known(members[i]);
        continue;
      }
      Record record = reject(members[i], now);
      record.code = i == *failed ? why.code : Rejection::group_failed;
      if (i == *failed) record.leg = why.leg, record.leg_code = why.leg_code;
      record.members = members.size();
      record.group_first = before.journal + 1;
      record.index = i;
      record.failed = *failed;
      keep(record);
      answers[i] = {.how = Answer::How::decided, .record = record};
    }
  }
  if (dry_run) {
    go_back(before);
    for (Answer& answer : answers) {
      if (answer.how == Answer::How::decided) answer.how = Answer::How::rehearsed;
    }
  }
  return answers;
}

// The same group again; or a conflict, where any of its keys decided in another way.
std::optional<std::vector<Answer>> WholeModel::known_group(
    const std::vector<Operation>& members) const {
  const Record* prior = nullptr;
  for (const Operation& member : members) {
    const auto answer = member.method == Method::open ? std::nullopt : known(member);
    if (answer && answer->how == Answer::How::conflict) return std::vector{*answer};
    if (answer && prior == nullptr) prior = find_key(member.key);
  }
  if (prior == nullptr) return std::nullopt;
  std::vector<Answer> conflict{{.how = Answer::How::conflict, .record = *prior}};
  if (prior->members != members.size()) return conflict;
  std::vector<Answer> answers;
  Seq next = prior->group_first;  // Its entries follow each other.
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool has_entry = next <= journal_.size() &&
                           journal_[next - 1].group_first == prior->group_first &&
                           journal_[next - 1].index == i;
    if (has_entry) {
      const Record& record = journal_[next++ - 1];
      if (!is_same(record.asked, members[i])) return conflict;
      answers.push_back({.how = Answer::How::replayed, .record = record});
    } else if (is_there_already(members[i])) {
      answers.push_back(*known(members[i]));
    } else {
      return conflict;
    }
  }
  return answers;
}

// With what its accounts have now.
Record WholeModel::reject(const Operation& operation, Timestamp now) {
  const Standing before = standing_;
  Record record = judge_and_do(operation, now);
  standing_ = before;
  record.moved.clear();
  record.follows = 0;
  record.leg = 0;
  record.leg_code = Rejection::none;
  record.seen = {};
  if (operation.method == Method::open) record.seen.from = find(operation.id);
  if (operation.legs.size() == 1 && operation.method != Method::schedule) {
    record.seen = see(find(operation.legs[0].from), find(operation.legs[0].to));
  }
  if (!operation.id.empty() && operation.method != Method::open) {
    record.seen = see(find(operation.id), 0);
  }
  if (operation.method == Method::capture || operation.method == Method::release) {
    if (const ModelHold* hold = find_hold(named_by(operation))) {
      record.seen = see(hold->from, hold->to);
      record.left = hold->left;
    }
  }
  return record;
}

}  // namespace giro::test
