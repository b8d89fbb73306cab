#include "cli/export/snapshot.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/command.hpp"
#include "cli/output/fields.hpp"
#include "cli/time/time_options.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kRowsAPage = 1'000;
constexpr std::array<std::string_view, 4> kMoving{"payment", "capture", "reversal",
                                                  "scheduled_payment"};

// Page after page; `cursor` names the field that takes `next`.
Result<void> for_each_row(Session& session, std::string_view method, json::object params,
                          std::string_view rows, std::string_view cursor, const Visit& page_begins,
                          const Visit& visit) {
  params["limit"] = kRowsAPage;
  for (bool first = true;; first = false) {
    const auto page = session.call(method, params);
    if (!page) return std::unexpected(page.error());
    if (first && page_begins) {
      if (auto begun = page_begins(*page); !begun) return begun;
    }
    for (const json::value& row : array_field(*page, rows)) {
      if (!row.is_object()) continue;
      if (auto visited = visit(row.get_object()); !visited) return visited;
    }
    const json::value* next = page->if_contains("next");
    if (next == nullptr || next->is_null()) return {};
    params[json::string_view(cursor.data(), cursor.size())] = *next;
  }
}

Movement movement_of(const json::object& leg, std::int64_t index) {
  return {.leg = index,
          .from = text_field(leg, "from"),
          .to = text_field(leg, "to"),
          .amount = number_field(leg, "amount").value_or(0),
          .currency = text_field(leg, "currency")};
}

}  // namespace

Result<Snapshot> take_snapshot(Session& session, const std::string& at) {
  const auto status = session.call("ledger.status", {});
  if (!status) return std::unexpected(status.error());
  const std::int64_t head = number_field(*status, "seq").value_or(0);
  Snapshot snapshot{.at = head, .seq = head};
  if (at.empty()) return snapshot;
  const auto moment = moment_of(at, TimeMeans::last, "at");
  if (!moment) return std::unexpected(moment.error());
  const json::value& asked = moment->value;
  if (asked.is_int64()) {
    snapshot.seq = std::clamp<std::int64_t>(asked.get_int64(), 0, head);
    snapshot.at = snapshot.seq;
    return snapshot;
  }
  const auto time = parse_rfc3339({asked.get_string().data(), asked.get_string().size()});
  if (!time) {
    return usage_failure("--at `" + at + "` is no time (RFC 3339), date or seq");
  }
  // What is still to come isn't one moment.
  const auto last = parse_rfc3339(text_field(*status, "at"));
  if (last && *time < *last) snapshot.at = asked;
  return snapshot;
}

Result<void> for_each_entry(Session& session, const Snapshot& snapshot, const Visit& visit) {
  return for_each_row(session, "payments.list", {{"to", snapshot.at}}, "payments", "after", {},
                      visit);
}

Result<void> for_each_account(Session& session, const Snapshot& snapshot, const Visit& visit) {
  return for_each_row(session, "accounts.list", {{"at", snapshot.at}}, "accounts", "after", {},
                      visit);
}

Result<void> for_each_line(Session& session, json::object params, const Visit& begin,
                           const Visit& visit) {
  params["order"] = "asc";
  return for_each_row(session, "accounts.statement", std::move(params), "lines", "cursor", begin,
                      visit);
}

std::vector<Movement> movements_of(const json::object& entry) {
  const bool moving = std::ranges::find(kMoving, text_field(entry, "type")) != kMoving.end();
  if (!moving || text_field(entry, "status") == "rejected") return {};
  std::vector<Movement> movements;
  if (!entry.contains("legs")) {
    movements.push_back(movement_of(entry, 0));
  } else {
    std::int64_t index = 0;
    for (const json::value& leg : array_field(entry, "legs")) {
      if (leg.is_object()) movements.push_back(movement_of(leg.get_object(), index));
      ++index;
    }
  }
  std::erase_if(movements, [](const Movement& movement) { return movement.amount == 0; });
  return movements;
}

std::string day_of(const json::object& entry) {
  const std::string day = text_field(entry, "effective_date");
  return day.empty() ? text_field(entry, "at").substr(0, kDateBytes) : day;
}

}  // namespace giro::cli
