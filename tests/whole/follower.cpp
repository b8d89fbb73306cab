#include "tests/whole/follower.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "tests/whole/history.hpp"
#include "tests/whole/shown.hpp"
#include "tests/whole/told_many.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

// What of the request may be decided at once, beginning with this entry: all of a group, or one of its operations.
std::vector<std::span<const Operation>> may_be(const Sent& request, const Entry& entry) {
  const std::span<const Operation> members = request.members;
  if (request.shape == Sent::Shape::group) {
    if (members.size() != entry.group.count) return {};
    if (key_of(members[entry.group.index]) != entry.key.view()) return {};
    return {members};
  }
  if (entry.group.count > 0) return {};
  std::vector<std::span<const Operation>> found;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i != request.malformed && key_of(members[i]) == entry.key.view()) {
      found.push_back(members.subspan(i, 1));
    }
  }
  return found;
}

}  // namespace

std::string Follower::follow(store::Reader& reader) {
  remember_what_was_sent();
  while (const auto entry = reader.entry(model_.journal().size() + 1)) {
    const std::string difference = take(*entry, reader);
    if (!difference.empty()) return difference;
  }
  return "";
}

std::string Follower::check_answers() {
  answered_ = 0;
  of_many_ = 0;
  for (const auto& request : requests_.sent()) {
    for (const ReplyBody& reply : request->replies) {
      const std::string difference = check(*request, reply);
      if (!difference.empty()) return difference + ": " + text_of(request->members[0]);
    }
  }
  for (const json::object& event : requests_.events()) {
    const std::string difference = check_event(event);
    if (!difference.empty()) return difference;
  }
  remember(model_.journal().size(), Standing(model_.standing()));
  for (const ToldAnswer& told : requests_.answers()) {
    const std::string difference = difference_of(told, model_, moments_);
    if (!difference.empty()) return difference;
  }
  return "";
}

void Follower::remember(Seq seq, Standing&& standing) {
  if (remembers_) moments_.insert_or_assign(seq, std::move(standing));
}

void Follower::remember_what_was_sent() {
  for (; known_ < requests_.sent().size(); ++known_) {
    const Sent* request = requests_.sent()[known_].get();
    if (request->dry_run || request->members[0].dry_run) continue;
    for (const Operation& member : request->members) asked_[key_of(member)].push_back(request);
  }
}

std::string Follower::take(const Entry& entry, store::Reader& reader) {
  if (entry.kind() == EntryKind::expiry || entry.kind() == EntryKind::scheduled) {
    ++by_itself_;
    if (remembers_) remember(model_.journal().size(), Standing(model_.standing()));
    if (!model_.decide_due(judged_at(entry))) return fmt::format("seq {} wasn't due", entry.seq);
    return difference_at(entry);
  }
  std::string differences =
      fmt::format("nothing that was asked leads to seq {}, {}, kind {}, {}", entry.seq,
                  entry.key.view(), static_cast<int>(entry.kind()), name(entry.outcome));
  for (const Sent* request : asked_[std::string(entry.key.view())]) {
    for (const std::span<const Operation> together : may_be(*request, entry)) {
      WholeModel::Mark before = model_.mark();
      const std::string difference = decide(together, entry, reader);
      if (difference.empty()) {
        remember(before.journal, std::move(before.standing));
        return "";
      }
      differences += "\n" + difference + ":";
      for (const Operation& member : together) differences += "\n    " + text_of(member);
      model_.go_back(std::move(before));
    }
  }
  return differences;
}

std::string Follower::decide(std::span<const Operation> together, const Entry& entry,
                             store::Reader& reader) {
  const std::size_t before = model_.journal().size();
  std::vector<Operation> members(together.begin(), together.end());
  const bool is_group = entry.group.count > 0;
  // It may have been sent to several nodes, of which one has decided it.
  for (Operation& member : members) member.node = reader.node(entry.author.node);
  if (is_group) {
    (void)model_.decide_group(members, judged_at(entry), false);
  } else {
    (void)model_.decide(members[0], judged_at(entry));
  }
  if (model_.journal().size() == before) return "the model decides nothing";
  for (Seq seq = before + 1; seq <= model_.journal().size(); ++seq) {
    const std::optional<Entry> next = reader.entry(seq);
    if (!next) return fmt::format("a group that ends before seq {}", seq);
    const std::string difference = difference_at(*next);
    if (!difference.empty()) return difference;
    in_groups_ += is_group ? 1 : 0;
  }
  const std::optional<Entry> after = reader.entry(model_.journal().size() + 1);
  return after && after->group.place > 0 ? "the group goes on" : "";
}

std::string Follower::difference_at(const Entry& entry) const {
  const std::string difference = difference_of(entry, model_.journal()[entry.seq - 1], false);
  return difference.empty() ? "" : fmt::format("seq {}: {}", entry.seq, difference);
}

std::string Follower::check(const Sent& request, const ReplyBody& reply) {
  ++answered_;
  if (!reply) return reply.error() == "key_conflict" ? "" : reply.error();
  const json::object& answer = reply->as_object();
  if (request.shape == Sent::Shape::one) return check_one(request.members[0], answer);
  if (request.shape == Sent::Shape::many) {
    ++of_many_;
    return difference_of_many(request, answer, model_);
  }
  const json::array& members = answer.at("members").as_array();
  if (members.size() != request.members.size()) return "another number of members";
  for (std::size_t i = 0; i < members.size(); ++i) {
    Operation member = request.members[i];
    member.dry_run = request.dry_run;
    std::string difference = check_one(member, members[i].as_object());
    if (!difference.empty()) return difference;
  }
  return answer.contains("dry_run") ? check_rehearsal(answer) : check_summary(answer);
}

// What a group's answer says of all its members: accounts that were there before it are no part of it, whatever group
// opened them.
std::string Follower::check_summary(const json::object& answer) const {
  const json::array& members = answer.at("members").as_array();
  json::object right{{"status", "applied"},
                     {"count", members.size()},
                     {"replayed", answer.at("replayed")},
                     {"members", members}};
  const auto record_of = [this](const json::value& member) -> const Record& {
    return *model_.find_seq(member.at("seq").to_number<Seq>());
  };
  const auto own = std::ranges::find_if(members, [&](const json::value& member) {
    return !member.at("replayed").as_bool() || record_of(member).kind != EntryKind::account;
  });
  for (const json::value& member : members) {
    const Record& record = record_of(member);
    if (own == members.end() || record.group_first != record_of(*own).group_first) continue;
    if (!right.contains("first_seq")) right["first_seq"] = record.seq;
    right["last_seq"] = record.seq;
    if (record.code == Rejection::none) continue;
    right["status"] = "rejected";
    right["failed"] = record.failed;
  }
  return difference_of(answer, right);
}

// The same of a dry run, whose members nobody knows by a seq.
std::string Follower::check_rehearsal(const json::object& answer) {
  const json::array& members = answer.at("members").as_array();
  json::object right{
      {"status", "applied"}, {"count", members.size()}, {"dry_run", true}, {"members", members}};
  const auto failed = std::ranges::find_if(members, [](const json::value& member) {
    return member.at("status") == "rejected" && member.at("code") != "group_failed";
  });
  if (failed != members.end()) {
    right["status"] = "rejected";
    right["failed"] = failed - members.begin();
  }
  return difference_of(answer, right);
}

std::string Follower::check_one(const Operation& asked, const json::object& answer) const {
  const json::value* seq = answer.if_contains("seq");
  if (seq == nullptr) return asked.dry_run ? "" : "it has no seq";
  const auto at = static_cast<std::size_t>(seq->as_int64());
  if (at > model_.journal().size()) return fmt::format("seq {} was answered and is gone", at);
  const Record& record = model_.journal()[at - 1];
  if (record.key != key_of(asked)) return fmt::format("seq {} is another's, {}", at, record.key);
  json::object right = shown_answer(model_, record);
  right["replayed"] = answer.at("replayed");  // Who came first isn't known where answers are lost.
  const std::string difference = difference_of(answer, right);
  return difference.empty() ? "" : fmt::format("seq {} was answered otherwise: {}", at, difference);
}

std::string Follower::check_event(const json::object& event) const {
  const Record* record = model_.find_seq(event.at("seq").to_number<Seq>());
  if (record == nullptr) return "an event of an entry that is gone: " + json::serialize(event);
  const std::string difference = difference_of(event, shown_entry(model_, *record));
  return difference.empty() ? "" : "an event: " + difference + ": " + json::serialize(event);
}

}  // namespace giro::test
