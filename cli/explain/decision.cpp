#include "cli/explain/decision.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// `entry`'s own field: what it names, and the seq that this was found at.
struct EarlierFields {
  const char* name;
  const char* seq;
};
constexpr std::array<EarlierFields, 3> kEarlier{
    {{"hold", "hold_seq"}, {"original", "original_seq"}, {"schedule", "schedule_seq"}}};

Result<json::object> ask_earlier(Session& session, const json::object& entry) {
  for (const EarlierFields& fields : kEarlier) {
    const json::value* name = entry.if_contains(fields.name);
    if (name == nullptr) continue;
    // Where nothing was found then, something may be there today.
    const auto seq = number_field(entry, fields.seq);
    json::object params{{"seq", seq.value_or(0)}};
    if (!seq) params = {{name->is_string() ? "key" : "seq", *name}};
    auto earlier = ask_if_told(session, "payments.get", params);
    if (earlier && text_field(*earlier, "status") == "unknown") return json::object{};
    return earlier;
  }
  return json::object{};
}

json::object leg_in(const json::object& object) {
  json::object leg;
  for (const char* name : {"from", "to", "amount", "currency"}) {
    const json::value* value = object.if_contains(name);
    if (value != nullptr) leg[name] = *value;
  }
  // What it moved may be less.
  if (const json::value* asked = object.if_contains("asked")) leg["amount"] = *asked;
  return leg.contains("from") || leg.contains("amount") ? leg : json::object{};
}

// What goes on with something before it names no accounts where it was rejected at once.
json::object leg_of_earlier(const Decision& decision) {
  json::object leg = leg_in(decision.earlier);
  if (leg.empty()) return leg;
  if (decision.entry.contains("original")) leg["from"].swap(leg["to"]);
  leg.erase("amount");
  if (const json::value* asked = decision.entry.if_contains("asked")) leg["amount"] = *asked;
  return leg;
}

json::object leg_of(const Decision& decision) {
  const json::array& legs = array_field(decision.entry, "legs");
  const auto failed = static_cast<std::size_t>(number_field(decision.entry, "leg").value_or(-1));
  if (failed < legs.size() && legs[failed].is_object()) return leg_in(legs[failed].get_object());
  json::object leg = leg_in(decision.entry);
  return leg.contains("from") ? leg : leg_of_earlier(decision);
}

struct Named {
  std::string role;
  std::string id;
  json::object seen;  // What the entry says that it had.
};

// What an entry, or a leg of it, says of one of its accounts: balance, held_in, held_out.
json::object balances_in(const json::object& object, const std::string& side) {
  const auto balance = number_field(object, side + "balance");
  if (!balance) return {};
  return {{"balance", *balance},
          {"held_in", number_field(object, side + "held_in").value_or(0)},
          {"held_out", number_field(object, side + "held_out").value_or(0)}};
}

void add_named(std::vector<Named>& names, std::string role, std::string id, json::object seen) {
  if (id.empty()) return;
  const auto known = std::ranges::find(names, id, &Named::id);
  if (known != names.end()) {
    if (!seen.empty()) known->seen = std::move(seen);  // The last leg's.
  } else if (names.size() < kAccountsMax) {
    names.push_back({.role = std::move(role), .id = std::move(id), .seen = std::move(seen)});
  }
}

void add_sides(std::vector<Named>& names, const json::object& leg, const json::object& balances) {
  for (const char* side : {"from", "to"}) {
    add_named(names, side, text_field(leg, side), balances_in(balances, std::string(side) + "_"));
  }
}

std::vector<Named> names_in(const Decision& decision) {
  const json::object& entry = decision.entry;
  std::vector<Named> names;
  const json::object& opened = object_field(entry, "account");
  add_named(names, "id", text_field(opened.empty() ? entry : opened, "id"), balances_in(entry, ""));
  if (!decision.leg.empty()) {
    add_sides(names, decision.leg, entry);
    return names;
  }
  for (const json::value& leg : array_field(entry, "legs")) {
    if (leg.is_object()) add_sides(names, leg.get_object(), leg.get_object());
  }
  if (!names.empty()) return names;
  for (const json::value& leg : array_field(decision.earlier, "legs")) {
    if (leg.is_object()) add_sides(names, leg.get_object(), {});
  }
  return names;
}

// A rejection saw what it tells; what was applied tells what came of it.
void take_seen(Decision& decision, AccountThen& account, const json::object& seen) {
  decision.after.push_back(decision.rejected() ? json::object{} : seen);
  if (!decision.rejected()) return;
  for (const auto& [name, value] : seen) account.had[name] = value;
}

}  // namespace

const AccountThen* Decision::in_role(std::string_view role) const {
  const auto found = std::ranges::find_if(
      accounts, [role](const AccountThen& account) { return account.role == role; });
  return found == accounts.end() ? nullptr : &*found;
}

std::optional<Int128> Decision::asked() const {
  const auto amount = number_field(leg, "amount");
  return amount ? std::optional<Int128>(*amount) : std::nullopt;
}

bool Decision::sees_less_than_its_group() const {
  return rejected() && number_field(object_field(entry, "group"), "index").value_or(0) > 0;
}

std::string Decision::money(Int128 minor_units) const {
  const auto known =
      std::ranges::find_if(accounts, [](const AccountThen& account) { return account.exists; });
  if (known == accounts.end()) return format_integer(minor_units) + " minor units";
  return known->money(minor_units);
}

Result<Decision> ask_decision(Session& session, json::object entry) {
  Decision decision;
  decision.entry = std::move(entry);
  decision.seq = number_field(decision.entry, "seq").value_or(0);
  decision.type = text_field(decision.entry, "type");
  decision.code = text_field(decision.entry, "leg_code");
  if (decision.code.empty()) decision.code = text_field(decision.entry, "code");
  auto earlier = ask_earlier(session, decision.entry);
  if (!earlier) return std::unexpected(std::move(earlier).error());
  decision.earlier = std::move(*earlier);
  decision.leg = leg_of(decision);
  for (const Named& name : names_in(decision)) {
    auto account = ask_account_then(session, name.role, name.id, decision.seq);
    if (!account) return std::unexpected(std::move(account).error());
    take_seen(decision, *account, name.seen);
    decision.accounts.push_back(std::move(*account));
  }
  return decision;
}

std::string named(const json::object& entry) {
  const std::string key = text_field(entry, "key");
  return fmt::format("#{} ({}{})", shown_field(entry, "seq"),
                     key.empty() ? "" : fmt::format("key {}, ", key), text_field(entry, "at"));
}

}  // namespace giro::cli
