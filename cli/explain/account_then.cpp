#include "cli/explain/account_then.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kLinesShown = 5;
constexpr std::size_t kChangesAsked = 50;
constexpr std::array<std::string_view, 5> kTerms{"floor", "ceiling", "frozen", "closed", "limits"};

json::string_view member_name(std::string_view name) {
  return {name.data(), name.size()};
}

// The changes of the account among the lines that `range` asks for.
Result<Changes> ask_changes(Session& session, const std::string& id, json::object range) {
  range["id"] = id;
  range["limit"] = kLinesSearched;
  const auto page = ask_if_told(session, "accounts.statement", range);
  if (!page) return std::unexpected(page.error());
  const json::value* next = page->if_contains("next");
  Changes changes{.entries = {}, .all = next != nullptr && next->is_null()};
  for (const json::value& line : array_field(*page, "lines")) {
    if (!line.is_object() || !text_field(line.get_object(), "type").starts_with("account_")) {
      continue;
    }
    if (changes.entries.size() == kChangesAsked) {
      changes.all = false;
      break;
    }
    const auto seq = number_field(line.get_object(), "seq").value_or(0);
    auto entry = ask_if_told(session, "payments.get", {{"seq", seq}});
    if (!entry) return std::unexpected(std::move(entry).error());
    if (is_decided_for(*entry)) changes.entries.push_back(std::move(*entry));
  }
  return changes;
}

json::object terms_in(const json::object& account) {
  json::object terms;
  for (const std::string_view name : kTerms) {
    const json::value* value = account.if_contains(member_name(name));
    if (value != nullptr) terms[member_name(name)] = *value;
  }
  // An account without limits has none in its answer.
  if (!terms.empty() && !terms.contains("limits")) terms["limits"] = json::array{};
  return terms;
}

void set_term(json::object& terms, std::string_view name, const json::object& change) {
  if (name == "closed") {
    terms["closed"] = text_field(change, "type") == "account_close";
  } else {
    terms[member_name(name)] = change.at(member_name(name));
  }
}

// An account opens free, and without limits in time.
void set_opening_term(json::object& terms, std::string_view name, const json::object& opening) {
  const json::object& opened = object_field(opening, "account");
  if (name == "frozen") {
    terms["frozen"] = "none";
  } else if (name == "closed") {
    terms["closed"] = false;
  } else if (name == "limits") {
    terms["limits"] = json::array{};
  } else if (const json::value* value = opened.if_contains(member_name(name))) {
    terms[member_name(name)] = *value;
  }
}

// The terms that changed after the decision, as they were before.
Result<void> turn_back(Session& session, AccountThen& account, std::int64_t seq,
                       const std::vector<std::string_view>& changed) {
  const auto before = ask_changes_before(session, account.id, seq);
  if (!before) return std::unexpected(before.error());
  const auto opened = number_field(account.now, "opened_seq").value_or(0);
  const auto opening = ask_if_told(session, "payments.get", {{"seq", opened}});
  if (!opening) return std::unexpected(opening.error());
  for (const std::string_view name : changed) {
    const auto set = std::ranges::find_if(
        before->entries, [name](const json::object& change) { return sets_term(change, name); });
    if (set != before->entries.end()) {
      set_term(account.terms, name, *set);
    } else if (before->all && !opening->empty()) {
      set_opening_term(account.terms, name, *opening);
    } else {
      account.todays.emplace_back(name);
    }
  }
  return {};
}

Result<void> find_terms(Session& session, AccountThen& account, std::int64_t seq) {
  account.terms = terms_in(account.now);
  const auto after = ask_changes(session, account.id, {{"from", seq}, {"order", "asc"}});
  if (!after) return std::unexpected(after.error());
  std::vector<std::string_view> changed;
  for (const std::string_view name : kTerms) {
    if (!account.terms.contains(member_name(name))) continue;
    const bool since = std::ranges::any_of(
        after->entries, [name](const json::object& change) { return sets_term(change, name); });
    if (since || !after->all) changed.push_back(name);
  }
  if (changed.empty()) return {};
  return turn_back(session, account, seq, changed);
}

std::optional<Int128> whole(const json::object& object, std::string_view name) {
  const auto number = number_field(object, name);
  return number ? std::optional<Int128>(*number) : std::nullopt;
}

}  // namespace

std::optional<Int128> AccountThen::amount(std::string_view name) const {
  return whole(had, name);
}

std::optional<Int128> AccountThen::limit(std::string_view name) const {
  return whole(terms, name);
}

std::optional<Int128> AccountThen::available() const {
  const auto balance = amount("balance");
  const auto floor = limit("floor");
  if (!balance || !floor) return std::nullopt;
  return *balance - amount("held_out").value_or(0) - *floor;
}

std::string AccountThen::decimal(Int128 minor_units) const {
  return format_decimal(minor_units, scale);
}

std::string AccountThen::money(Int128 minor_units) const {
  return decimal(minor_units) + " " + currency;
}

Result<json::object> ask_if_told(Session& session, std::string_view method,
                                 const json::object& params) {
  auto answer = session.call(method, params);
  if (answer) return answer;
  switch (answer.error().exit) {
    case ExitCode::rejected:
    case ExitCode::usage:
    case ExitCode::no_permission:
      return json::object{};
    default:
      return answer;
  }
}

Result<AccountThen> ask_account_then(Session& session, std::string_view role, const std::string& id,
                                     std::int64_t seq) {
  AccountThen account;
  account.role = role;
  account.id = id;
  auto now = ask_if_told(session, "accounts.get", {{"id", id}});
  if (!now) return std::unexpected(std::move(now).error());
  account.now = std::move(*now);
  account.exists = !account.now.empty();
  if (!account.exists) return account;
  account.currency = text_field(account.now, "currency");
  account.scale = scale_field(account.now);
  account.was_open = number_field(account.now, "opened_seq").value_or(0) < seq;
  if (!account.was_open) return account;
  auto had = ask_if_told(session, "accounts.get", {{"id", id}, {"at", seq - 1}});
  if (!had) return std::unexpected(std::move(had).error());
  account.had = std::move(*had);
  if (auto found = find_terms(session, account, seq); !found) {
    return std::unexpected(std::move(found).error());
  }
  const auto page =
      ask_if_told(session, "accounts.statement",
                  {{"id", id}, {"to", seq - 1}, {"order", "desc"}, {"limit", kLinesShown}});
  if (!page) return std::unexpected(page.error());
  account.lines = array_field(*page, "lines");
  return account;
}

Result<Changes> ask_changes_before(Session& session, const std::string& id, std::int64_t seq) {
  return ask_changes(session, id, {{"to", seq - 1}, {"order", "desc"}});
}

bool sets_term(const json::object& change, std::string_view term) {
  if (term != "closed") return change.contains(member_name(term));
  const std::string type = text_field(change, "type");
  return type == "account_close" || type == "account_reopen";
}

}  // namespace giro::cli
