#include "tests/whole/told_many.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tests/whole/shown.hpp"
#include "tests/whole/shown_parts.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

Seq seq_or_0(const json::value& seq) {
  return seq.is_null() ? 0 : seq.to_number<Seq>();
}

// One look at an answer.
class ToldMany {
 public:
  ToldMany(const Sent& request, const json::object& answer, const WholeModel& model)
      : request_(request),
        answer_(answer),
        model_(model),
        first_(seq_or_0(answer.at("first_seq"))),
        last_(seq_or_0(answer.at("last_seq"))) {}

  std::string difference() {
    std::size_t listed = 0;
    const json::array& list = answer_.at("not_applied").as_array();
    for (std::size_t i = 0; i < request_.members.size(); ++i) {
      const bool is_listed = listed < list.size() && list[listed].at("index") == i;
      const std::string wrong =
          is_listed ? check_listed(i, list[listed++].as_object()) : check_applied(i);
      if (!wrong.empty()) return fmt::format("member {}: {}", i, wrong);
    }
    if (listed != list.size()) return "one is listed that there isn't, or out of order";
    return difference_of(answer_, {{"status", "decided"},
                                   {"count", request_.members.size()},
                                   {"applied", applied_},
                                   {"rejected", rejected_},
                                   {"replayed", replayed_},
                                   {"errors", errors_},
                                   {"first_seq", made_.empty() ? json::value() : *made_.begin()},
                                   {"last_seq", made_.empty() ? json::value() : *made_.rbegin()},
                                   {"not_applied", list}});
  }

 private:
  // Decided by this request; what it sent twice was decided the first time.
  bool is_new(const Record& record) {
    return record.seq >= first_ && record.seq <= last_ && made_.insert(record.seq).second;
  }

  std::string check_listed(std::size_t i, const json::object& told) {
    if (told.contains("error")) return check_error(i, told);
    const Record* record = model_.find_seq(told.at("seq").to_number<Seq>());
    if (record == nullptr) return "its decision is gone";
    if (record->key != key_of(request_.members[i])) return "its decision is another's";
    if (record->code == Rejection::none) return "it was applied, and is listed";
    const bool replayed = !is_new(*record);
    ++(replayed ? replayed_ : rejected_);
    json::object right{
        {"index", i}, {"key", record->key}, {"seq", record->seq}, {"replayed", replayed}};
    add_verdict(right, *record);
    return difference_of(told, right);
  }

  std::string check_error(std::size_t i, const json::object& told) {
    ++errors_;
    const json::string& code = told.at("error").at("code").as_string();
    if (i == request_.malformed) return code == "malformed" ? "" : std::string(code);
    if (told.at("key").as_string() != key_of(request_.members[i])) return "another's key";
    return code == "key_conflict" || may_be_sent_again(code) ? "" : std::string(code);
  }

  std::string check_applied(std::size_t i) {
    if (i == request_.malformed) return "it says nothing, and isn't listed";
    const Record* record = applied(request_.members[i]);
    if (record == nullptr) return "it isn't listed, and wasn't applied";
    ++(is_new(*record) ? applied_ : replayed_);
    return "";
  }

  [[nodiscard]] const Record* applied(const Operation& asked) const {
    if (asked.method != Method::open) {
      const Record* record = model_.find_key(asked.key);
      return record != nullptr && record->code == Rejection::none ? record : nullptr;
    }
    const auto& journal = model_.journal();
    const auto opening = std::ranges::find_if(journal, [&](const Record& record) {
      return record.kind == EntryKind::account && record.code == Rejection::none &&
             record.key == asked.id;
    });
    return opening == journal.end() ? nullptr : &*opening;
  }

  const Sent& request_;
  const json::object& answer_;
  const WholeModel& model_;
  const Seq first_;
  const Seq last_;
  std::set<Seq> made_;
  std::uint64_t applied_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t replayed_ = 0;
  std::uint64_t errors_ = 0;
};

}  // namespace

std::string difference_of_many(const Sent& request, const json::object& answer,
                               const WholeModel& model) {
  return ToldMany(request, answer, model).difference();
}

}  // namespace giro::test
