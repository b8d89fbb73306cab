#include "tests/whole/request_text.hpp"

#include <array>
#include <optional>

#include <boost/json.hpp>

namespace giro::test {
namespace {

namespace json = boost::json;

template <class Number>
json::value or_null(const std::optional<Number>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::object leg_of(const OperationLeg& leg) {
  return {{"from", leg.from}, {"to", leg.to}, {"amount", leg.amount}, {"currency", leg.currency}};
}

void add_legs(const Operation& it, json::object& params) {
  if (it.legs.size() == 1) {
    for (const auto& [name, value] : leg_of(it.legs.front())) params[name] = value;
  } else if (!it.legs.empty()) {
    json::array& legs = params["legs"].emplace_array();
    for (const OperationLeg& leg : it.legs) legs.push_back(leg_of(leg));
  }
}

void add_options(const Operation& it, json::object& params) {
  if (it.code) params["code"] = *it.code;
  add_conditions(params, it);
  if (it.up_to) params["up_to"] = true;
  if (it.timeout_ns) params["timeout"] = format_duration(*it.timeout_ns);
  if (it.expires_at) params["expires_at"] = format_rfc3339(*it.expires_at);
  if (it.amount) params["amount"] = *it.amount;
  if (it.final) params["final"] = true;
}

void add_times(const Operation& it, json::object& params) {
  params["at"] = format_rfc3339(it.at);
  add_recurrence(params, it);
}

void add_terms(const Operation& it, json::object& params) {
  params["id"] = it.id;
  if (it.floor) params["floor"] = or_null(*it.floor);
  if (it.ceiling) params["ceiling"] = or_null(*it.ceiling);
  if (it.frozen) params["frozen"] = name(*it.frozen);
  if (it.metadata) params["metadata"] = json::parse(*it.metadata);
  if (it.limits) params["limits"] = limits_json(*it.limits);
  if (it.alerts) {
    params["alerts"] = {{"below", or_null(it.alerts->below)}, {"above", or_null(it.alerts->above)}};
  }
}

json::object params_of(const Operation& it) {
  json::object params;
  if (it.method == Method::open) {
    params["currency"] = it.currency;
    params["scale"] = it.scale;
  } else {
    params["key"] = it.key;
  }
  if (!it.id.empty()) add_terms(it, params);
  add_legs(it, params);
  add_options(it, params);
  switch (it.method) {
    case Method::capture:
    case Method::release:
      add_reference(params, "hold", it);
      break;
    case Method::reverse:
      add_reference(params, "original", it);
      break;
    case Method::schedule:
      add_times(it, params);
      break;
    case Method::cancel:
      add_reference(params, "schedule", it);
      break;
    case Method::close_books:
    case Method::open_books:
      params["until"] = it.day ? json::value(format_date(*it.day)) : json::value(nullptr);
      break;
    default:
      break;
  }
  if (it.dry_run) params["dry_run"] = true;
  return params;
}

json::object with_method(const Operation& it) {
  return {{"method", method_name(it.method)}, {"params", params_of(it)}};
}

}  // namespace

std::string_view method_name(Method method) {
  constexpr std::array<std::string_view, kMethods> kNames{
      "accounts.open",    "payments.submit",   "payments.hold",   "payments.capture",
      "payments.void",    "payments.reverse",  "accounts.update", "accounts.close",
      "accounts.reopen",  "payments.schedule", "payments.cancel", "ledger.close_books",
      "ledger.open_books"};
  return kNames.at(static_cast<std::size_t>(method));
}

void add_reference(json::object& fields, std::string_view field, const Operation& it) {
  if (it.names_key.empty()) {
    fields[field] = it.names_seq;
  } else {
    fields[field] = it.names_key;
  }
}

void add_conditions(json::object& fields, const Operation& it) {
  if (!it.reference.empty()) fields["reference"] = it.reference;
  if (it.effective_date) fields["effective_date"] = format_date(*it.effective_date);
  if (it.deadline) fields["deadline"] = format_rfc3339(*it.deadline);
  if (it.if_version) fields["if_version"] = *it.if_version;
  if (it.if_available_gte) fields["if_available_gte"] = *it.if_available_gte;
}

void add_recurrence(json::object& fields, const Operation& it) {
  if (it.every) fields["every"] = format_interval(*it.every);
  if (it.until) fields["until"] = format_rfc3339(*it.until);
  if (it.count) fields["count"] = *it.count;
}

json::array limits_json(const std::vector<VelocityLimit>& limits) {
  json::array made;
  for (const VelocityLimit& limit : limits) {
    json::object& one = made.emplace_back(json::object()).as_object();
    one["window"] = format_duration(limit.window_ns);
    if (limit.amount) one["amount"] = *limit.amount;
    if (limit.count) one["count"] = *limit.count;
  }
  return made;
}

std::string params_text(const Operation& it) {
  return json::serialize(params_of(it));
}

std::string group_params_text(const std::vector<Operation>& members, bool dry_run) {
  json::object params;
  json::array& list = params["members"].emplace_array();
  for (const Operation& member : members) list.push_back(with_method(member));
  if (dry_run) params["dry_run"] = true;
  return json::serialize(params);
}

std::string many_params_text(const std::vector<Operation>& members,
                             std::optional<std::size_t> malformed) {
  json::object params;
  json::array& list = params["payments"].emplace_array();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Operation& member = members[i];
    if (i == malformed) {
      list.push_back(json::object{{"key", "malformed"}});
    } else if (member.method == Method::pay) {
      list.push_back(params_of(member));
    } else {
      list.push_back(with_method(member));
    }
  }
  return json::serialize(params);
}

}  // namespace giro::test
