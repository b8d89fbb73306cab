#include "ledger/store/journal/account_details.hpp"

#include <span>
#include <stdexcept>
#include <utility>

#include "ledger/store/journal/detail_members.hpp"

namespace giro::store {

namespace json = boost::json;

namespace {

void put_account(const OpenedAccount& opened, Members& out, std::string& text) {
  out.begin("account");
  Members members(text);
  members.put_text("id", opened.id.view());
  members.put_text("currency", opened.currency.code.view());
  members.put("scale", opened.currency.scale);
  members.put("floor", opened.floor);
  members.put("ceiling", opened.ceiling);
  members.end();
}

OpenedAccount get_account(const json::object& in, std::string_view metadata) {
  return {.id = AccountId(text_at(in, "id")),
          .currency = {.code = CurrencyCode(text_at(in, "currency")),
                       .scale = in.at("scale").to_number<int>()},
          .floor = number_at<Amount>(in, "floor"),
          .ceiling = number_at<Amount>(in, "ceiling"),
          .metadata = std::string(metadata)};
}

// A limit that is set; null: it is taken away.
void put_limit(std::string_view name, const std::optional<std::optional<Amount>>& limit,
               Members& members) {
  if (limit) members.put(name, *limit);
}

std::optional<std::optional<Amount>> get_limit(const json::object& in, std::string_view name) {
  if (!in.contains(view(name))) return std::nullopt;
  return number_at<Amount>(in, name);
}

void put_velocity(std::span<const VelocityLimit> limits, Members& out, std::string& text) {
  out.begin("limits");
  text += '[';
  for (const VelocityLimit& limit : limits) {
    if (&limit != &limits.front()) text += ',';
    Members members(text);
    members.put("window", limit.window_ns);
    if (limit.amount) members.put("amount", *limit.amount);
    if (limit.count) members.put("count", *limit.count);
    members.end();
  }
  text += ']';
}

std::vector<VelocityLimit> get_velocity(const json::value& list) {
  std::vector<VelocityLimit> limits;
  for (const json::value& item : list.as_array()) {
    const json::object& limit = item.as_object();
    limits.push_back({.window_ns = limit.at("window").to_number<std::int64_t>(),
                      .amount = number_at<Amount>(limit, "amount"),
                      .count = number_at<std::uint32_t>(limit, "count")});
  }
  return limits;
}

void put_alerts(const AlertLines& alerts, Members& out, std::string& text) {
  out.begin("alerts");
  Members members(text);
  members.put("below", alerts.below);
  members.put("above", alerts.above);
  members.end();
}

}  // namespace

void put_body(const std::unique_ptr<OpeningBody>& opening, Members& members, std::string& text) {
  put_account(opening->opened, members, text);
}

EntryBody get_opening(const json::object& in, const Posting& posting, std::string_view metadata) {
  const json::value* account = in.if_contains("account");
  if (account == nullptr) throw std::runtime_error("it opens an account and doesn't say which");
  if (posting.from_prev != 0 || posting.to_prev != 0) {
    throw std::runtime_error("its row has a link, and moves no money itself");
  }
  if (posting != Posting{.from = posting.from}) {
    throw std::runtime_error("it opens an account, and its row moves money");
  }
  return std::make_unique<OpeningBody>(
      OpeningBody{.opened = get_account(account->as_object(), metadata), .number = posting.from});
}

void put_body(const std::unique_ptr<AccountChangeBody>& change, Members& members,
              std::string& text) {
  members.put_text("id", change->id.view());
  if (change->action != AccountAction::update) {
    members.put("action", static_cast<int>(change->action));
  }
  put_limit("floor", change->terms.floor, members);
  put_limit("ceiling", change->terms.ceiling, members);
  if (change->terms.frozen) members.put("frozen", static_cast<int>(*change->terms.frozen));
  if (change->terms.metadata) members.put_true("metadata");
  if (change->terms.limits) put_velocity(*change->terms.limits, members, text);
  if (change->terms.alerts) put_alerts(*change->terms.alerts, members, text);
  if (change->if_version) members.put("if_version", *change->if_version);
}

EntryBody get_account_change(const json::object& in, const Posting& posting,
                             std::string_view metadata) {
  auto change = std::make_unique<AccountChangeBody>();
  change->id = AccountId(text_at(in, "id"));
  change->action = static_cast<AccountAction>(number_at<std::uint8_t>(in, "action").value_or(0));
  change->terms.floor = get_limit(in, "floor");
  change->terms.ceiling = get_limit(in, "ceiling");
  if (const auto frozen = number_at<std::uint8_t>(in, "frozen")) {
    change->terms.frozen = static_cast<Frozen>(*frozen);
  }
  if (in.contains("metadata")) change->terms.metadata = std::string(metadata);
  if (const json::value* limits = in.if_contains("limits")) {
    change->terms.limits = get_velocity(*limits);
  }
  if (const json::value* alerts = in.if_contains("alerts")) {
    change->terms.alerts = AlertLines{.below = number_at<Amount>(alerts->as_object(), "below"),
                                      .above = number_at<Amount>(alerts->as_object(), "above")};
  }
  change->if_version = number_at<std::uint64_t>(in, "if_version");
  change->posting = posting;
  if (change->action > AccountAction::reopen ||
      change->terms.frozen.value_or(Frozen::none) > Frozen::all) {
    throw std::runtime_error("it changes an account in a way that doesn't exist");
  }
  return change;
}

}  // namespace giro::store
