#include "tests/whole/shown_parts.hpp"

#include <string_view>

#include "tests/whole/shown.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

void add_crossed(json::object& shown, std::string_view name, unsigned lines) {
  if (lines == 0) return;
  json::array& crossed = shown[name].emplace_array();
  if ((lines & 1) != 0) crossed.push_back("below");
  if ((lines & 2) != 0) crossed.push_back("above");
}

// The entry that the request named; null: nothing was decided under that name.
const Record* named_by(const WholeModel& model, const Record& record) {
  const Operation& asked = record.asked;
  const Record* named =
      asked.names_key.empty() ? model.find_seq(asked.names_seq) : model.find_key(asked.names_key);
  return named == nullptr || named->seq >= record.seq ? nullptr : named;
}

}  // namespace

json::value day_or_null(const std::optional<Date>& day) {
  return day ? json::value(format_date(*day)) : json::value(nullptr);
}

std::optional<Timestamp> end_of(const Record& hold) {
  if (hold.asked.timeout_ns) return Timestamp{hold.at.ns + *hold.asked.timeout_ns};
  return hold.asked.expires_at;
}

const Posting& first_of(const Record& record) {
  return record.moved.empty() ? record.seen : record.moved.front();
}

bool is_about_two(const Posting& it) {
  return it.from != 0 && it.to != 0;
}

void add_held(json::object& shown, std::string_view in, std::string_view out, const Held& held) {
  if (held.in == 0 && held.out == 0) return;
  shown[in] = held.in;
  shown[out] = held.out;
}

void add_balances(json::object& shown, const Posting& it) {
  if (!is_about_two(it)) return;
  shown["from_balance"] = it.from_after;
  shown["to_balance"] = it.to_after;
  add_held(shown, "from_held_in", "from_held_out", it.from_held);
  add_held(shown, "to_held_in", "to_held_out", it.to_held);
  const unsigned of_from = it.crossed % 4;
  const unsigned of_to = it.crossed / 4;
  add_crossed(shown, "crossed", of_from | of_to);
  add_crossed(shown, "from_crossed", of_from);
  add_crossed(shown, "to_crossed", of_to);
}

std::string_view type_of(const Record& record) {
  const auto types = types_of(facts_of(record.kind));
  switch (record.asked.method) {
    case Method::close:
      return types[1];
    case Method::reopen:
      return types[2];
    case Method::open_books:
      return types[1];
    default:
      return types[0];
  }
}

void add_verdict(json::object& shown, const Record& record) {
  if (record.code == Rejection::none) {
    shown["status"] = facts_of(record.kind).status;
    return;
  }
  shown["status"] = "rejected";
  shown["code"] = name(record.code);
  if (record.code == Rejection::group_failed) shown["failed"] = record.failed;
  Rejection why = record.code;
  if (why == Rejection::leg_failed) {
    why = record.leg_code;
    shown["leg"] = record.leg;
    shown["leg_code"] = name(why);
  }
  if (why != Rejection::account_unknown) return;
  shown["field"] = !facts_of(record.kind).names_accounts ? "id"
                   : record.seen.from == 0               ? "from"
                                                         : "to";
}

void add_named_seq(json::object& shown, std::string_view name, const WholeModel& model,
                   const Record& record) {
  if (const Record* named = named_by(model, record)) shown[name] = named->seq;
}

void add_left(json::object& shown, const WholeModel& model, const Record& record) {
  if (named_by(model, record) != nullptr && record.code != Rejection::not_a_hold) {
    shown["left"] = record.left;
  }
}
void add_released(json::object& shown, const Record& record) {
  if (record.moved.empty()) return;
  const Amount released = -record.moved.front().held - record.moved.front().amount;
  if (released != 0) shown["released"] = released;
}

void add_reversed(json::object& shown, const WholeModel& model, const Record& record) {
  const bool nobody_looked = record.code == Rejection::deadline_passed ||
                             record.code == Rejection::not_reversible ||
                             record.code == Rejection::reversal_not_divisible;
  const bool of_failed_group = record.members != 0 && record.code != Rejection::none;
  if (named_by(model, record) == nullptr || nobody_looked || of_failed_group) return;
  shown["reversed"] = record.reversed;
}

std::optional<Date> closed_before(const WholeModel& model, const Record& books) {
  for (Seq seq = books.seq - 1; seq > 0; --seq) {
    const Record& record = model.journal()[seq - 1];
    const bool applied = record.kind == EntryKind::books && record.code == Rejection::none;
    if (applied) return record.asked.day;
  }
  return std::nullopt;
}

json::object shown_alerts(const AlertLines& alerts) {
  json::object shown;
  if (alerts.below) shown["below"] = *alerts.below;
  if (alerts.above) shown["above"] = *alerts.above;
  return shown;
}

}  // namespace giro::test
