#include "tests/whole/shown.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/whole/request_text.hpp"
#include "tests/whole/shown_parts.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

}  // namespace

json::object shown_name(const WholeAccount& account) {
  const Operation& opened = account.opened;
  return {{"id", opened.id}, {"currency", opened.currency}, {"scale", opened.scale}};
}

void add_standing(json::object& shown, const WholeAccount& account) {
  shown["floor"] = number_or_null(account.floor);
  shown["ceiling"] = number_or_null(account.ceiling);
  shown["balance"] = number(account.balance());
  shown["available"] = number_or_null(account.available());
  shown["held_in"] = number(account.held_in);
  shown["held_out"] = number(account.held_out);
  shown["frozen"] = name(account.frozen);
  shown["closed"] = account.closed;
  shown["posted_in"] = number(account.in);
  shown["posted_out"] = number(account.out);
  shown["version"] = account.version;
}

json::object shown_account(const WholeModel& model, const WholeAccount& account) {
  json::object shown = shown_name(account);
  add_standing(shown, account);
  const auto opening = std::ranges::find_if(model.journal(), [&](const Record& record) {
    return record.kind == EntryKind::account && record.code == Rejection::none &&
           record.key == account.opened.id;
  });
  shown["opened_seq"] = opening->seq;
  shown["last_seq"] = account.last_seq;
  std::vector<VelocityLimit> limits;
  limits.reserve(account.limits.size());
  for (const ModelLimit& limit : account.limits) limits.push_back(limit.terms);
  if (!limits.empty()) shown["limits"] = limits_json(limits);
  if (account.alerts != AlertLines{}) shown["alerts"] = shown_alerts(account.alerts);
  if (auto metadata = shown_metadata(account); !metadata.is_null()) {
    shown["metadata"] = std::move(metadata);
  }
  return shown;
}

json::value shown_metadata(const WholeAccount& account) {
  if (account.metadata.empty() || account.metadata == "{}") return nullptr;
  return json::parse(account.metadata);
}

json::value number(Int128 sum) {
  if (sum >= INT64_MIN && sum <= INT64_MAX) return static_cast<std::int64_t>(sum);
  return json::string(format_integer(sum));
}

json::value number_or_null(const std::optional<Int128>& sum) {
  return sum ? number(*sum) : json::value(nullptr);
}

std::string difference_of(const json::object& told, const json::object& right) {
  for (const auto& [name, value] : right) {
    const json::value* there = told.if_contains(name);
    if (there != nullptr && *there == value) continue;
    return fmt::format("{} is {} instead of {}", std::string_view(name),
                       there == nullptr ? "not there" : json::serialize(*there),
                       json::serialize(value));
  }
  for (const auto& [name, value] : told) {
    if (!right.contains(name)) return fmt::format("it shows a {}", std::string_view(name));
  }
  return "";
}

}  // namespace giro::test
