// The answer to a request.
#include "tests/whole/shown.hpp"
#include "tests/whole/shown_parts.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

json::array balances_of_legs(const Record& record) {
  json::array legs;
  for (const Posting& it : record.moved)
    add_balances(legs.emplace_back(json::object()).as_object(), it);
  return legs;
}

void add_money(json::object& shown, const WholeModel& model, const Record& record) {
  const bool applied = record.code == Rejection::none;
  const Posting& first = first_of(record);
  switch (record.kind) {
    case EntryKind::multi_leg:
      if (applied) shown["legs"] = balances_of_legs(record);
      break;
    case EntryKind::payment:
      if (applied && record.asked.up_to) shown["amount"] = first.amount;
      break;
    case EntryKind::hold:
      if (applied) shown["amount"] = first.held;
      if (const auto end = end_of(record); applied && end)
        shown["expires_at"] = format_rfc3339(*end);
      break;
    case EntryKind::capture:
      if (applied) shown["amount"] = first.amount;
      add_left(shown, model, record);
      [[fallthrough]];
    case EntryKind::release:
      add_named_seq(shown, "hold_seq", model, record);
      add_released(shown, record);
      break;
    case EntryKind::reversal:
      add_named_seq(shown, "original_seq", model, record);
      add_reversed(shown, model, record);
      if (record.moved.size() > 1) shown["legs"] = balances_of_legs(record);
      if (record.moved.size() == 1) shown["amount"] = first.amount;
      break;
    case EntryKind::account_change:
      shown["id"] = record.asked.id;
      break;
    case EntryKind::schedule:
      shown["scheduled_for"] = format_rfc3339(record.asked.at);
      break;
    case EntryKind::cancel:
      add_named_seq(shown, "schedule_seq", model, record);
      break;
    case EntryKind::books:
      shown["closed_until"] =
          day_or_null(applied ? record.asked.day : closed_before(model, record));
      break;
    default:
      break;
  }
  if (record.moved.size() < 2 && !shown.contains("legs")) add_balances(shown, first);
}

}  // namespace

json::object shown_answer(const WholeModel& model, const Record& record) {
  json::object shown;
  add_verdict(shown, record);
  shown["seq"] = record.seq;
  shown["at"] = format_rfc3339(record.at);
  shown[record.kind == EntryKind::account ? "id" : "key"] = record.key;
  if (record.kind != EntryKind::account) add_money(shown, model, record);
  return shown;
}

}  // namespace giro::test
