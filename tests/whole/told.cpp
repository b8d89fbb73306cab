#include "tests/whole/told.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "tests/whole/history.hpp"
#include "tests/whole/shown.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr std::size_t kLinesOfAPage = 100;

class ToldComparison {
 public:
  ToldComparison(const ToldAnswer& told, const WholeModel& model, const Moments& moments)
      : told_(told), model_(model), moments_(moments) {}

  [[nodiscard]] std::string difference() {
    using Compare = std::string (ToldComparison::*)();
    constexpr std::array<std::pair<std::string_view, Compare>, 10> kMethods{{
        {"accounts.get", &ToldComparison::account},
        {"accounts.list", &ToldComparison::accounts},
        {"accounts.statement", &ToldComparison::statement},
        {"payments.get", &ToldComparison::payment},
        {"payments.list", &ToldComparison::payments},
        {"holds.list", &ToldComparison::holds},
        {"schedules.list", &ToldComparison::schedules},
        {"ledger.trial_balance", &ToldComparison::trial_balance},
        {"ledger.totals", &ToldComparison::totals},
        {"ledger.status", &ToldComparison::status},
    }};
    for (const auto& [method, compare] : kMethods) {
      if (told_.method == method) return (this->*compare)();
    }
    return "the model doesn't know this question";
  }

 private:
  [[nodiscard]] const json::value* asked(std::string_view name) const {
    return told_.params.if_contains(name);
  }

  // The seq that the answer names, where it may be.
  [[nodiscard]] Seq as_of() const { return told_.answer.at("as_of_seq").to_number<Seq>(); }
  [[nodiscard]] std::string wrong_seq() const {
    if (as_of() > model_.journal().size()) return "it is as of a seq that is gone";
    Seq least = told_.after;
    if (const json::value* at = asked("at")) {
      // A node that isn't there yet says how far it is.
      const Seq wanted = at->to_number<Seq>();
      if (as_of() > wanted) return "it is as of a later seq than was asked for";
      least = std::min(least, wanted);
    }
    return as_of() >= least ? "" : fmt::format("it is older than seq {}", least);
  }
  // Null: in the middle of a group.
  [[nodiscard]] const Standing* standing(Seq seq) const {
    const auto found = moments_.find(seq);
    return found == moments_.end() ? nullptr : &found->second;
  }

  // Whether `right` makes what was told of one of the moments that it may be of; else what differs from the last.
  template <class Right>
  [[nodiscard]] std::string at_some_moment(Right right) const {
    std::string difference = "there is no such moment";
    for (auto it = moments_.lower_bound(told_.after); it != moments_.end(); ++it) {
      difference = difference_of(told_.answer, right(it->first, it->second));
      if (difference.empty()) return "";
    }
    return difference;
  }

  [[nodiscard]] AccountNumber number_asked() const {
    return model_.find(std::string(told_.params.at("id").as_string()));
  }

  [[nodiscard]] std::string account() {
    if (auto wrong = wrong_seq(); !wrong.empty()) return wrong;
    const Standing* then = standing(as_of());
    // What stood between the entries of a group was never to be seen, but as of a seq that was asked for.
    if (then == nullptr) return asked("at") != nullptr ? "" : "it is as of the middle of a group";
    const AccountNumber number = number_asked();
    const bool was_open = number <= then->accounts.size();
    if (asked("at") == nullptr) {
      return was_open ? compare_account(told_.answer, then->accounts[number - 1])
                      : "it wasn't open";
    }
    json::object right = shown_name(model_.standing().accounts[number - 1]);
    add_standing(right, was_open ? then->accounts[number - 1] : WholeAccount());
    if (!was_open) {  // It kept to nothing.
      for (const auto* name : {"floor", "ceiling", "available", "frozen", "closed"})
        right.erase(name);
    }
    right["as_of_seq"] = as_of();
    return difference_of(told_.answer, right);
  }

  [[nodiscard]] std::string compare_account(json::object told, const WholeAccount& account) const {
    if (json::value* limits = told.if_contains("limits")) {
      for (json::value& limit : limits->as_array()) {
        limit.as_object().erase("used_amount");
        limit.as_object().erase("used_count");
      }
    }
    json::object right = shown_account(model_, account);
    right["as_of_seq"] = told.at("as_of_seq");
    return difference_of(told, right);
  }

  // Which accounts there are, and what clients keep with them, is found before what they have.
  [[nodiscard]] std::string accounts() {
    json::object page;
    for (const json::value& one : told_.answer.at("accounts").as_array()) {
      json::object it = one.as_object();
      const std::string id(it.at("id").as_string());
      if (!page.empty() && std::prev(page.end())->key() >= id) return id + " is out of order";
      const Standing* then = standing(it.at("as_of_seq").to_number<Seq>());
      if (then == nullptr) return id + " is as of the middle of a group";
      const AccountNumber number = model_.find(id);
      if (number == 0 || number > then->accounts.size()) return id + " wasn't open";
      WholeAccount account = then->accounts[number - 1];
      page[id] = it.contains("metadata") ? it.at("metadata") : json::value();
      it.erase("metadata");
      account.metadata.clear();
      std::string wrong = compare_account(std::move(it), account);
      if (!wrong.empty()) return fmt::format("{}: {}", id, wrong);
    }
    const bool was_so =
        std::any_of(moments_.lower_bound(told_.after), moments_.end(),
                    [&](const auto& moment) { return page_of(moment.second) == page; });
    return was_so ? "" : "other accounts, or other metadata";
  }
  [[nodiscard]] json::object page_of(const Standing& standing) const {
    json::object page;
    for (const WholeAccount& account : standing.accounts) {
      page[account.opened.id] = shown_metadata(account);
    }
    return page;
  }

  [[nodiscard]] std::string statement() {
    if (auto wrong = wrong_seq(); !wrong.empty()) return wrong;
    const AccountNumber number = number_asked();
    std::vector<HistoryLine> lines = lines_of(model_.journal(), number, as_of());
    json::object right = shown_name(model_.standing().accounts[number - 1]);
    Int128 in = 0;
    Int128 out = 0;
    for (const HistoryLine& line : lines) (line.amount > 0 ? in : out) += line.amount;
    right["opening_balance"] = 0;
    right["in"] = test::number(in);
    right["out"] = test::number(-out);
    right["closing_balance"] = test::number(in + out);
    right["count"] = lines.size();
    right["as_of_seq"] = as_of();
    right["next"] = told_.answer.at("next");
    if (right["next"].is_null() != (lines.size() <= kLinesOfAPage))
      return "another end of the page";
    std::ranges::reverse(lines);
    lines.resize(std::min(lines.size(), kLinesOfAPage));
    json::array& shown = right["lines"].emplace_array();
    for (const HistoryLine& line : lines) shown.push_back(shown_line(line, number));
    return difference_of(told_.answer, right);
  }

  [[nodiscard]] json::object shown_line(const HistoryLine& line, AccountNumber account) const {
    const Record& record = model_.journal()[line.seq - 1];
    const json::object entry = shown_entry(model_, record);
    json::object shown{{"seq", line.seq},         {"at", entry.at("at")},
                       {"key", record.key},       {"type", entry.at("type")},
                       {"amount", line.amount},   {"balance", line.balance},
                       {"held_in", line.held.in}, {"held_out", line.held.out}};
    if (line.counterparty != 0) {
      shown["counterparty"] = model_.standing().accounts[line.counterparty - 1].opened.id;
    }
    if (const json::value* reference = entry.if_contains("reference")) {
      shown["reference"] = *reference;
    }
    if (record.moved.size() > 1) shown["leg"] = leg_of(line, record, account);
    return shown;
  }
  // An account has a line for each leg that it has a part in, each with another balance.
  [[nodiscard]] static std::size_t leg_of(const HistoryLine& line, const Record& record,
                                          AccountNumber account) {
    const auto is_it = [&](const Posting& leg) {
      return (leg.from == account && leg.from_after == line.balance &&
              -leg.amount == line.amount) ||
             (leg.to == account && leg.to_after == line.balance && leg.amount == line.amount);
    };
    return static_cast<std::size_t>(std::ranges::find_if(record.moved, is_it) -
                                    record.moved.begin());
  }

  // What has become of it hangs on when it was looked at.
  [[nodiscard]] std::string payment() {
    const std::string key(told_.params.at("key").as_string());
    const Record* record = model_.find_key(key);
    if (told_.answer.at("status") == "unknown") {
      const bool was_there = record != nullptr && record->seq <= told_.after;
      return was_there ? "it was decided before" : "";
    }
    if (record == nullptr) return "nothing was decided under this key";
    json::object told = told_.answer;
    told.erase("life");
    std::string difference;
    for (auto it = moments_.lower_bound(std::max(told_.after, record->seq)); it != moments_.end();
         ++it) {
      difference = difference_of(told, shown_with_followups(*record, it->first));
      if (difference.empty()) return "";
    }
    return difference;
  }

  [[nodiscard]] json::object shown_with_followups(const Record& record, Seq seq) const {
    json::object shown = shown_entry(model_, record);
    if (record.code != Rejection::none) return shown;
    const Record* latest = nullptr;
    for (Seq i = record.seq + 1; i <= seq; ++i) {
      if (model_.journal()[i - 1].follows == record.seq) latest = &model_.journal()[i - 1];
    }
    if (record.kind == EntryKind::hold) {
      shown["left"] = latest == nullptr ? record.moved.front().held : latest->left;
      if (shown["left"] == 0) shown["status"] = facts_of(latest->kind).status;
    } else if (latest != nullptr && latest->kind == EntryKind::reversal) {
      shown["reversed"] = latest->reversed;
    }
    return shown;
  }

  // The newest ones.
  [[nodiscard]] std::string payments() {
    const auto limit = told_.params.at("limit").to_number<std::size_t>();
    return at_some_moment([&](Seq seq, const Standing& /*then*/) {
      json::array shown;
      Seq at = seq;
      for (; at > 0 && shown.size() < limit; --at) {
        const Record& record = model_.journal()[at - 1];
        if (facts_of(record.kind).payment) shown.push_back(shown_entry(model_, record));
      }
      return json::object{{"payments", shown}, {"next", told_.answer.at("next")}};
    });
  }

  [[nodiscard]] std::string holds() {
    return at_some_moment([&](Seq /*seq*/, const Standing& then) {
      json::array shown;
      for (const ModelHold& hold : then.holds) {
        json::object& it = shown.emplace_back(entry(hold.seq)).as_object();
        it["left"] = hold.left;
      }
      return json::object{{"holds", shown}, {"next", nullptr}};
    });
  }

  [[nodiscard]] std::string schedules() {
    return at_some_moment([&](Seq /*seq*/, const Standing& then) {
      json::array shown;
      for (const ModelSchedule& schedule : then.schedules) {
        json::object& it = shown.emplace_back(entry(schedule.seq)).as_object();
        it["next_at"] = format_rfc3339(schedule.next_at);
        it["occurrence"] = schedule.occurrence;
      }
      return json::object{{"schedules", shown}, {"next", nullptr}};
    });
  }

  [[nodiscard]] json::object entry(Seq seq) const {
    return shown_entry(model_, model_.journal()[seq - 1]);
  }

  [[nodiscard]] static json::object sums(const BranchBalance& it) {
    return {{"accounts", it.accounts},
            {"debit", test::number(it.debit)},
            {"credit", test::number(it.credit)}};
  }
  [[nodiscard]] int scale_of(std::string_view currency) const {
    const auto& accounts = model_.standing().accounts;
    return std::ranges::find(
               accounts, currency,
               [](const WholeAccount& it) { return std::string_view(it.opened.currency); })
        ->opened.scale;
  }

  // The rows of the whole.
  [[nodiscard]] std::string trial_balance() {
    if (auto wrong = wrong_seq(); !wrong.empty()) return wrong;
    json::object right{{"as_of_seq", as_of()}, {"balanced", true}};
    json::array& rows = right["currencies"].emplace_array();
    for (const auto& [branch, balance] : totals_at(model_, as_of())) {
      if (!branch.first.empty()) continue;
      json::object& row = rows.emplace_back(sums(balance)).as_object();
      row["currency"] = branch.second;
      row["scale"] = scale_of(branch.second);
      row["net"] = test::number(balance.credit - balance.debit);
    }
    return difference_of(told_.answer, right);
  }

  // In whatever order.
  [[nodiscard]] std::string totals() {
    if (auto wrong = wrong_seq(); !wrong.empty()) return wrong;
    const auto right = totals_at(model_, as_of());
    const json::array& rows = told_.answer.at("rows").as_array();
    if (rows.size() != right.size()) return fmt::format("{} rows", rows.size());
    for (const json::value& row : rows) {
      json::object told = row.as_object();
      const std::string branch(told.at("prefix").as_string());
      const std::string currency(told.at("currency").as_string());
      const auto found = right.find({branch, currency});
      if (found == right.end()) return "a row too many";
      json::object shown = sums(found->second);
      shown["prefix"] = branch;
      shown["depth"] = branch.empty() ? 0 : 1 + std::ranges::count(branch, ':');
      shown["currency"] = currency;
      shown["scale"] = scale_of(currency);
      shown["balance"] = test::number(found->second.credit - found->second.debit);
      std::string wrong = difference_of(told, shown);
      if (!wrong.empty()) return fmt::format("{}: {}", branch, wrong);
    }
    return "";
  }

  // Of what is told of the ledger, and not of the daemon.
  [[nodiscard]] std::string status() {
    const auto seq = told_.answer.at("seq").to_number<Seq>();
    const Standing* then = standing(seq);
    if (then == nullptr) return "it is as of the middle of a group";
    const json::value closed_until =
        then->closed_until ? json::value(format_date(*then->closed_until)) : json::value(nullptr);
    const json::object right{{"seq", seq},
                             {"at", format_rfc3339(model_.journal()[seq - 1].at)},
                             {"accounts", then->accounts.size()},
                             {"books_closed_until", closed_until}};
    json::object told;
    for (const auto& [name, value] : right) told[name] = told_.answer.at(name);
    return difference_of(told, right);
  }

  const ToldAnswer& told_;
  const WholeModel& model_;
  const Moments& moments_;
};

}  // namespace

std::string difference_of(const ToldAnswer& told, const WholeModel& model, const Moments& moments) {
  std::string difference = ToldComparison(told, model, moments).difference();
  if (difference.empty()) return "";
  return fmt::format("{} {} was answered, and {}: {}", told.method, json::serialize(told.params),
                     difference, json::serialize(told.answer));
}

}  // namespace giro::test
