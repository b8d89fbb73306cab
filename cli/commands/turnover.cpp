#include "cli/commands/turnover.hpp"

#include <utility>

#include "cli/output/fields.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kRowsAPage = 1'000;

json::string_view key_of(std::string_view name) {
  return {name.data(), name.size()};
}

// The moment before this one; nothing: there is none.
std::optional<json::value> before(const json::value& from) {
  if (from.is_int64()) {
    return from.get_int64() > 1 ? std::optional<json::value>(from.get_int64() - 1) : std::nullopt;
  }
  const json::string& text = from.get_string();
  const auto time = parse_rfc3339({text.data(), text.size()});
  if (!time || time->ns == 0) return std::nullopt;
  return json::string(format_rfc3339(Timestamp{time->ns - 1}));
}

// Over, as the ledger has it: later entries come after `head`.
bool is_over(const json::value& until, const json::object& head) {
  if (until.is_int64()) return until.get_int64() <= number_field(head, "seq").value_or(0);
  const json::string& text = until.get_string();
  const auto time = parse_rfc3339({text.data(), text.size()});
  const auto at = parse_rfc3339(text_field(head, "at"));
  return time && at && *time < *at;
}

Turnover turnover_of(const json::object& account, const json::object* earlier) {
  const auto moved = [&](std::string_view name) {
    return wide_field(account, name) - (earlier == nullptr ? 0 : wide_field(*earlier, name));
  };
  return {.id = text_field(account, "id"),
          .currency = text_field(account, "currency"),
          .scale = scale_field(account),
          .opening = earlier == nullptr ? 0 : wide_field(*earlier, "balance"),
          .debit = moved("posted_out"),
          .credit = moved("posted_in")};
}

json::object list_params(const std::string& prefix, const json::value& at) {
  json::object params{{"at", at}};
  if (!prefix.empty()) params["prefix"] = prefix;
  return params;
}

}  // namespace

Result<Ends> ends_of(Session& session, const Range& range) {
  Ends ends;
  if (const json::value* from = range.params.if_contains("from")) ends.before = before(*from);
  const auto head = session.call("ledger.status", {});
  if (!head) return std::unexpected(head.error());
  const json::value* to = range.params.if_contains("to");
  ends.until = to != nullptr && is_over(*to, *head)
                   ? *to
                   : json::value(number_field(*head, "seq").value_or(0));
  return ends;
}

void Turnover::add(const Turnover& other) {
  opening += other.opening;
  debit += other.debit;
  credit += other.credit;
  accounts += other.accounts;
}

json::object Turnover::json() const {
  return {{"id", id},
          {"currency", currency},
          {"scale", scale},
          {"accounts", accounts},
          {"opening", number_of(opening)},
          {"debit", number_of(debit)},
          {"credit", number_of(credit)},
          {"closing", number_of(closing())}};
}

Result<void> for_each_turnover(Session& session, const std::string& prefix, const Ends& ends,
                               const std::function<void(Turnover turnover)>& take) {
  // An empty ledger has no moment to ask about.
  if (ends.until.is_int64() && ends.until.get_int64() == 0) return {};
  RowStream later(session, "accounts.list", list_params(prefix, ends.until), "accounts", "after");
  std::optional<RowStream> earlier;
  const json::object* known = nullptr;
  const auto advance = [&]() -> Result<void> {
    const auto next = earlier->next();
    if (!next) return std::unexpected(next.error());
    known = *next;
    return {};
  };
  if (ends.before) {
    earlier.emplace(session, "accounts.list", list_params(prefix, *ends.before), "accounts",
                    "after");
    if (auto first = advance(); !first) return first;
  }
  for (;;) {
    const auto account = later.next();
    if (!account) return std::unexpected(account.error());
    if (*account == nullptr) return {};
    const bool was_there =
        known != nullptr && text_field(*known, "id") == text_field(**account, "id");
    take(turnover_of(**account, was_there ? known : nullptr));
    if (!was_there) continue;
    if (auto done = advance(); !done) return done;
  }
}

RowStream::RowStream(Session& session, std::string_view method, json::object params,
                     std::string_view field, std::string_view cursor)
    : session_(session),
      method_(method),
      params_(std::move(params)),
      field_(field),
      cursor_(cursor) {
  params_["limit"] = kRowsAPage;
}

Result<const json::object*> RowStream::next() {
  for (;;) {
    const json::array& rows = array_field(page_, field_);
    while (index_ < rows.size()) {
      const json::value& row = rows[index_++];
      if (row.is_object()) return &row.get_object();
    }
    if (last_page_) return nullptr;
    if (std::exchange(asked_, true)) params_[key_of(cursor_)] = page_.at("next");
    auto page = session_.call(method_, params_);
    if (!page) return std::unexpected(std::move(page).error());
    page_ = std::move(*page);
    index_ = 0;
    const json::value* more = page_.if_contains("next");
    last_page_ = more == nullptr || more->is_null();
  }
}

}  // namespace giro::cli
