#include "cli/operator/ledger_names.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kShown = 100;  // Names are for a screen.
constexpr int kPartsShown = 40;
constexpr std::string_view kIdCharacters =
    "-./0123456789:@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kIdBytesMax = 64;

class Names {
 public:
  Names(client::Connection connection, client::Clock::time_point deadline)
      : connection_(std::move(connection)), deadline_(deadline) {}

  std::vector<Candidate> find(NameKind kind, const std::string& prefix) {
    switch (kind) {
      case NameKind::account:
        return accounts(prefix);
      case NameKind::key:
        return keys("payments.list", "payments", {{"limit", kShown}, {"order", "desc"}});
      case NameKind::hold:
        return keys("holds.list", "holds", {{"limit", kShown}, {"order", "desc"}});
      case NameKind::schedule:
        return keys("schedules.list", "schedules", {{"limit", kShown}});
      case NameKind::currency:
        return currencies();
      case NameKind::method:
        return methods();
      default:
        return {};
    }
  }

 private:
  json::object ask(std::string_view method, const json::object& params) {
    auto answer = connection_.call(method, json::serialize(params), deadline_);
    if (!answer || !answer->is_object()) return {};
    return std::move(answer->get_object());
  }

  // The whole list where it fits on a screen, else the parts of ids behind the prefix, else the letters
  // that go on from it: a shell puts in what all candidates have in common, so none may be missing.
  std::vector<Candidate> accounts(std::string prefix) {
    for (;;) {
      const json::object page = ask("accounts.list", {{"prefix", prefix}, {"limit", kShown}});
      if (const json::value* next = page.if_contains("next"); next == nullptr || next->is_null()) {
        return whole_accounts(page);
      }
      if (auto parts = account_parts(prefix)) return std::move(*parts);
      auto longer = longer_prefixes(prefix);
      if (longer.size() != 1) return longer;
      prefix = longer.front().text;
    }
  }

  static std::vector<Candidate> whole_accounts(const json::object& page) {
    std::vector<Candidate> found;
    for (const json::value& account : array_field(page, "accounts")) {
      if (!account.is_object()) continue;
      const json::object& fields = account.get_object();
      found.push_back(
          {text_field(fields, "id"), amount_field(fields, "balance", scale_field(fields)) + " " +
                                         text_field(fields, "currency")});
    }
    return found;
  }

  // "customers:" for all below it: from each part the search jumps behind everything that begins so.
  std::optional<std::vector<Candidate>> account_parts(const std::string& prefix) {
    std::vector<Candidate> parts;
    std::string after;
    while (parts.size() < kPartsShown) {
      json::object params{{"prefix", prefix}, {"limit", 1}};
      if (!after.empty()) params["after"] = after;
      const json::object page = ask("accounts.list", params);
      const json::array& accounts = array_field(page, "accounts");
      if (accounts.empty() || !accounts.front().is_object()) return parts;
      const std::string id = text_field(accounts.front().get_object(), "id");
      if (!id.starts_with(prefix)) return std::nullopt;
      const std::size_t mark = id.find(':', prefix.size());
      if (mark == std::string::npos) {
        parts.push_back({id});
        after = id;
      } else {
        parts.push_back({.text = id.substr(0, mark + 1), .whole = false});
        // The last id that can begin so.
        after = parts.back().text;
        after.resize(kIdBytesMax, kIdCharacters.back());
      }
    }
    return std::nullopt;
  }

  std::vector<Candidate> longer_prefixes(const std::string& prefix) {
    std::map<client::RequestId, std::string> asked;
    for (const char next : kIdCharacters) {
      const std::string longer = prefix + next;
      const json::object params{{"prefix", longer}, {"limit", 1}};
      asked[connection_.start("accounts.list", json::serialize(params))] = longer;
    }
    std::vector<Candidate> found;
    for (std::size_t left = asked.size(); left > 0; --left) {
      const auto reply = connection_.next_reply(deadline_);
      if (!reply) return {};
      if (!reply->answer || !reply->answer->is_object()) continue;
      if (array_field(reply->answer->get_object(), "accounts").empty()) continue;
      found.push_back({.text = asked[reply->id], .whole = false});
    }
    // An account may be named as the prefix itself.
    if (!ask("accounts.get", {{"id", prefix}}).empty()) found.push_back({prefix});
    std::ranges::sort(found, {}, &Candidate::text);
    return found;
  }

  std::vector<Candidate> keys(std::string_view method, std::string_view list,
                              const json::object& params) {
    std::vector<Candidate> found;
    const json::object page = ask(method, params);
    for (const json::value& element : array_field(page, list)) {
      if (!element.is_object()) continue;
      const json::object& entry = element.get_object();
      Candidate key{text_field(entry, "key"), text_field(entry, "type")};
      if (entry.contains("from")) {
        key.description += " " + text_field(entry, "from") + " -> " + text_field(entry, "to");
      }
      const auto same = [&key](const Candidate& other) { return other.text == key.text; };
      if (!key.text.empty() && std::ranges::none_of(found, same)) found.push_back(std::move(key));
    }
    return found;
  }

  std::vector<Candidate> currencies() {
    std::vector<Candidate> found;
    const json::object status = ask("ledger.status", {});
    for (const json::value& known : array_field(status, "currencies")) {
      if (known.is_object()) found.push_back({text_field(known.get_object(), "currency")});
    }
    return found;
  }

  std::vector<Candidate> methods() {
    std::vector<Candidate> found;
    const json::object info = ask("server.info", {});
    for (const json::value& method : array_field(info, "methods")) {
      if (method.is_string()) found.push_back({std::string(method.get_string())});
    }
    return found;
  }

  client::Connection connection_;
  client::Clock::time_point deadline_;
};

}  // namespace

std::vector<Candidate> names_in_ledger(const std::string& socket_path, NameKind kind,
                                       const std::string& prefix,
                                       client::Clock::time_point deadline) {
  auto connection = client::Connection::open(socket_path, deadline);
  if (!connection) return {};
  return Names(std::move(*connection), deadline).find(kind, prefix);
}

}  // namespace giro::cli
