#include "tests/whole/model.hpp"

#include <algorithm>
#include <utility>

namespace giro::test {
namespace {

EntryKind kind_of(const Operation& operation) {
  switch (operation.method) {
    case Method::open:
      return EntryKind::account;
    case Method::pay:
      return operation.legs.size() > 1 ? EntryKind::multi_leg : EntryKind::payment;
    case Method::hold:
      return EntryKind::hold;
    case Method::capture:
      return EntryKind::capture;
    case Method::release:
      return EntryKind::release;
    case Method::reverse:
      return EntryKind::reversal;
    case Method::schedule:
      return EntryKind::schedule;
    case Method::cancel:
      return EntryKind::cancel;
    case Method::close_books:
    case Method::open_books:
      return EntryKind::books;
    default:
      return EntryKind::account_change;
  }
}

}  // namespace

Answer WholeModel::decide(const Operation& operation, Timestamp now) {
  if (auto answer = known(operation)) return *answer;
  if (!operation.dry_run) {
    Answer answer{.how = Answer::How::decided, .record = judge_and_do(operation, now)};
    keep(answer.record);
    return answer;
  }
  const Standing before = standing_;
  Answer answer{.how = Answer::How::rehearsed, .record = judge_and_do(operation, now)};
  standing_ = before;
  return answer;
}

Record WholeModel::begin(EntryKind kind, const Operation& operation, Timestamp now) {
  Record record;
  record.seq = journal_.size() + 1;
  record.at = now;
  if (!journal_.empty() && now <= journal_.back().at) {
    record.at.ns = journal_.back().at.ns + 1;
  }
  record.kind = kind;
  record.key = operation.method == Method::open ? operation.id : operation.key;
  record.day = operation.effective_date.value_or(date_of(record.at));
  record.asked = operation;
  const auto& nodes = standing_.nodes;
  if (!operation.node.empty()) {
    record.node =
        static_cast<NodeNumber>(std::ranges::find(nodes, operation.node) - nodes.begin() + 1);
  }
  return record;
}

Record WholeModel::judge_and_do(const Operation& operation, Timestamp now) {
  Record record = begin(kind_of(operation), operation, now);
  switch (operation.method) {
    case Method::open:
      open(operation, record);
      break;
    case Method::pay:
      pay(operation, now, record);
      break;
    case Method::hold:
      hold(operation, now, record);
      break;
    case Method::capture:
      capture(operation, now, record);
      break;
    case Method::release:
      release(operation, now, record);
      break;
    case Method::reverse:
      reverse(operation, now, record);
      break;
    case Method::update:
    case Method::close:
    case Method::reopen:
      change(operation, record);
      break;
    case Method::schedule:
      schedule(operation, now, record);
      break;
    case Method::cancel:
      cancel(operation, now, record);
      break;
    case Method::close_books:
      close_books(operation, record);
      break;
    case Method::open_books:
      open_books(operation, record);
      break;
  }
  return record;
}

void WholeModel::keep(const Record& record) {
  journal_.push_back(record);
  if (record.node > standing_.nodes.size()) standing_.nodes.push_back(record.asked.node);
  if (record.kind != EntryKind::expiry && record.kind != EntryKind::scheduled &&
      record.kind != EntryKind::account) {
    keys_.emplace(record.key, record.seq);
  }
  if (record.follows != 0) followups_[record.follows].push_back(record.seq);
}

void WholeModel::go_back(Mark mark) {
  standing_ = std::move(mark.standing);
  for (; journal_.size() > mark.journal; journal_.pop_back()) {
    const Record& last = journal_.back();
    const auto known = keys_.find(last.key);
    if (known != keys_.end() && known->second == last.seq) keys_.erase(known);
    if (last.follows != 0) followups_[last.follows].pop_back();
  }
}

const Record* WholeModel::find_key(const std::string& key) const {
  const auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : &journal_[found->second - 1];
}

// What was decided under the key of this request; of an account, that it is there as it is to be opened.
std::optional<Answer> WholeModel::known(const Operation& operation) const {
  if (operation.method == Method::open) {
    if (!is_there_already(operation)) return std::nullopt;
    for (const Record& record : journal_) {
      if (record.kind == EntryKind::account && record.key == operation.id &&
          record.code == Rejection::none) {
        return Answer{.how = Answer::How::replayed, .record = record};
      }
    }
    return std::nullopt;
  }
  const Record* prior = find_key(operation.key);
  if (prior == nullptr) return std::nullopt;
  if (is_same(prior->asked, operation)) {
    return Answer{.how = Answer::How::replayed, .record = *prior};
  }
  return Answer{.how = Answer::How::conflict,
                .record = *prior,
                .is_other_kind = prior->asked.method != operation.method,
                .is_anothers = prior->asked.uid != operation.uid};
}

const Record* WholeModel::find_seq(Seq seq) const {
  return seq == 0 || seq > journal_.size() ? nullptr : &journal_[seq - 1];
}

Seq WholeModel::named_by(const Operation& operation) const {
  const Record* named =
      operation.names_key.empty() ? find_seq(operation.names_seq) : find_key(operation.names_key);
  return named == nullptr ? 0 : named->seq;
}

const Record* WholeModel::latest_after(Seq seq) const {
  const auto found = followups_.find(seq);
  if (found == followups_.end() || found->second.empty()) return nullptr;
  return &journal_[found->second.back() - 1];
}

AccountNumber WholeModel::find(const std::string& id) const {
  for (std::size_t i = 0; i < standing_.accounts.size(); ++i) {
    if (standing_.accounts[i].opened.id == id) return static_cast<AccountNumber>(i + 1);
  }
  return 0;
}

// Holds that end and payments whose time has come, in the order of the times and then of the seqs.
std::optional<Record> WholeModel::decide_due(Timestamp now) {
  const ModelHold* hold = nullptr;
  for (const ModelHold& open : standing_.holds) {
    if (open.expires_at == kNeverEnds || open.expires_at > now) continue;
    if (hold == nullptr || open.expires_at < hold->expires_at) hold = &open;
  }
  const ModelSchedule* schedule = nullptr;
  for (const ModelSchedule& open : standing_.schedules) {
    if (open.next_at > now) continue;
    if (schedule == nullptr || open.next_at < schedule->next_at ||
        (open.next_at == schedule->next_at && open.seq < schedule->seq)) {
      schedule = &open;
    }
  }
  if (hold == nullptr && schedule == nullptr) return std::nullopt;
  const bool hold_first =
      schedule == nullptr ||
      (hold != nullptr && (hold->expires_at < schedule->next_at ||
                           (hold->expires_at == schedule->next_at && hold->seq < schedule->seq)));
  // Copies: deciding changes the lists.
  Record record =
      hold_first ? expire(ModelHold(*hold), now) : pay_scheduled(ModelSchedule(*schedule), now);
  keep(record);
  return record;
}

}  // namespace giro::test
