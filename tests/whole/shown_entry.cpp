// The entry, as events and lists show it.
#include <string_view>
#include <utility>

#include "tests/whole/request_text.hpp"
#include "tests/whole/shown.hpp"
#include "tests/whole/shown_parts.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

// Writes one entry, as whoever asks for it is shown it.
class EntryShown {
 public:
  EntryShown(const WholeModel& model, const Record& record)
      : model_(model), record_(record), asked_(record.asked) {}

  [[nodiscard]] json::object take() {
    shown_["type"] = type_of(record_);
    add_verdict(shown_, record_);
    shown_["seq"] = record_.seq;
    shown_["at"] = format_rfc3339(record_.at);
    shown_["key"] = record_.key;
    shown_["uid"] = asked_.uid;
    if (record_.node != 0) shown_["node"] = model_.standing().nodes[record_.node - 1];
    add_body();
    if (facts_of(record_.kind).names_accounts || record_.kind == EntryKind::reversal ||
        record_.kind == EntryKind::schedule) {
      add_options();
    }
    if (record_.members != 0) {
      shown_["group"] = {
          {"first_seq", record_.group_first}, {"count", record_.members}, {"index", record_.index}};
    }
    return std::move(shown_);
  }

 private:
  [[nodiscard]] const Operation& opened(AccountNumber number) const {
    return model_.standing().accounts[number - 1].opened;
  }

  void add_body() {
    switch (record_.kind) {
      case EntryKind::payment:
      case EntryKind::multi_leg:
        return add_payment();
      case EntryKind::account:
        return add_opening();
      case EntryKind::hold:
        add_payment();
        if (asked_.timeout_ns) shown_["timeout"] = format_duration(*asked_.timeout_ns);
        if (const auto end = end_of(record_)) shown_["expires_at"] = format_rfc3339(*end);
        return;
      case EntryKind::capture:
        add_reference("hold", "hold_seq");
        if (asked_.amount) shown_["asked"] = *asked_.amount;
        if (asked_.final) shown_["final"] = true;
        add_left(shown_, model_, record_);
        add_released(shown_, record_);
        add_movement(shown_, first_of(record_));
        if (shown_.contains("from") && !is_applied()) {
          shown_["amount"] = asked_.amount.value_or(record_.left);
        }
        return;
      case EntryKind::release:
        add_reference("hold", "hold_seq");
        add_released(shown_, record_);
        return add_movement(shown_, first_of(record_));
      case EntryKind::expiry:
        shown_["hold"] = record_.key;
        shown_["hold_seq"] = record_.follows;
        add_released(shown_, record_);
        return add_movement(shown_, first_of(record_));
      case EntryKind::reversal:
        return add_reversal();
      case EntryKind::account_change:
        return add_change();
      case EntryKind::schedule:
        return add_schedule();
      case EntryKind::cancel:
        return add_reference("schedule", "schedule_seq");
      case EntryKind::scheduled:
        shown_["schedule"] = record_.key;
        shown_["schedule_seq"] = record_.follows;
        shown_["occurrence"] = record_.occurrence;
        shown_["due_at"] = format_rfc3339(*WholeModel::time_of(asked_, record_.occurrence));
        return add_payment();
      case EntryKind::books:
        shown_["until"] = day_or_null(asked_.day);
        shown_["closed_before"] = day_or_null(closed_before(model_, record_));
        return;
    }
  }

  [[nodiscard]] bool is_applied() const { return record_.code == Rejection::none; }

  static void add_leg(json::object& shown, const OperationLeg& leg, Amount amount) {
    shown["from"] = leg.from;
    shown["to"] = leg.to;
    shown["amount"] = amount;
    shown["currency"] = leg.currency;
  }

  void add_movement(json::object& shown, const Posting& it) const {
    if (!is_about_two(it)) return;
    const OperationLeg leg{opened(it.from).id, opened(it.to).id, 0, opened(it.from).currency};
    add_leg(shown, leg, it.amount);
    add_balances(shown, it);
  }

  void add_legs_moved() {
    json::array& legs = shown_["legs"].emplace_array();
    for (const Posting& it : record_.moved) {
      add_movement(legs.emplace_back(json::object()).as_object(), it);
    }
  }

  void add_legs_asked() {
    json::array& legs = shown_["legs"].emplace_array();
    for (const OperationLeg& leg : asked_.legs) {
      add_leg(legs.emplace_back(json::object()).as_object(), leg, leg.amount);
    }
  }

  void add_payment() {
    if (asked_.legs.size() == 1) {
      const OperationLeg& leg = asked_.legs.front();
      const Posting& it = first_of(record_);
      add_leg(shown_, leg, is_applied() ? it.amount + it.held : leg.amount);
      if (asked_.up_to && is_applied()) {
        shown_["up_to"] = true;
        shown_["asked"] = leg.amount;
      }
      return add_balances_seen(it, leg.currency);
    }
    if (is_applied()) return add_legs_moved();
    add_legs_asked();
    add_balances_seen(record_.seen, asked_.legs[record_.leg].currency);
  }

  // In their accounts' own currencies, which may not be the one that was asked for.
  void add_balances_seen(const Posting& it, const std::string& asked) {
    add_balances(shown_, it);
    if (!is_about_two(it)) return;
    if (opened(it.from).currency == asked && opened(it.to).currency == asked) return;
    shown_["from_currency"] = opened(it.from).currency;
    shown_["to_currency"] = opened(it.to).currency;
  }

  void add_reference(std::string_view name, std::string_view seq_name) {
    test::add_reference(shown_, name, asked_);
    add_named_seq(shown_, seq_name, model_, record_);
  }

  void add_reversal() {
    add_reference("original", "original_seq");
    if (asked_.amount) shown_["asked"] = *asked_.amount;
    add_reversed(shown_, model_, record_);
    if (record_.moved.size() > 1) return add_legs_moved();
    add_movement(shown_, first_of(record_));
  }

  void add_opening() {
    json::object& account = shown_["account"].emplace_object();
    account["id"] = asked_.id;
    account["currency"] = asked_.currency;
    account["scale"] = asked_.scale;
    account["floor"] = number_or_null(*asked_.floor);
    account["ceiling"] = number_or_null(*asked_.ceiling);
    if (asked_.metadata) account["metadata"] = json::parse(*asked_.metadata);
  }

  void add_change() {
    shown_["id"] = asked_.id;
    if (asked_.floor) shown_["floor"] = number_or_null(*asked_.floor);
    if (asked_.ceiling) shown_["ceiling"] = number_or_null(*asked_.ceiling);
    if (asked_.frozen) shown_["frozen"] = name(*asked_.frozen);
    if (asked_.metadata) shown_["metadata"] = json::parse(*asked_.metadata);
    if (asked_.limits) shown_["limits"] = limits_json(*asked_.limits);
    if (asked_.alerts) shown_["alerts"] = shown_alerts(*asked_.alerts);
    if (asked_.if_version) shown_["if_version"] = *asked_.if_version;
    const Posting& it = first_of(record_);
    if (it.from == 0) return;
    shown_["balance"] = it.from_after;
    add_held(shown_, "held_in", "held_out", it.from_held);
  }

  void add_schedule() {
    if (asked_.legs.size() > 1) {
      add_legs_asked();
    } else {
      add_leg(shown_, asked_.legs.front(), asked_.legs.front().amount);
    }
    if (asked_.up_to) shown_["up_to"] = true;
    shown_["scheduled_for"] = format_rfc3339(asked_.at);
    add_recurrence(shown_, asked_);
  }

  // `code` is the rejection's.
  void add_options() {
    if (asked_.code) shown_["payment_code"] = *asked_.code;
    add_conditions(shown_, asked_);
  }

  const WholeModel& model_;
  const Record& record_;
  const Operation& asked_;
  json::object shown_;
};

}  // namespace

json::object shown_entry(const WholeModel& model, const Record& record) {
  return EntryShown(model, record).take();
}

}  // namespace giro::test
