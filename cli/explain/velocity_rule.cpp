// What an account may pay within some time: what it had paid then is added up from its statement.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/explain/outflow.hpp"
#include "cli/explain/reasons.hpp"
#include "cli/output/fields.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kHoldsAsked = 100;
constexpr Int128 kNoLimit = Int128{1} << 100;

struct Limit {
  std::string window;
  std::int64_t window_ns = 0;
  std::optional<std::int64_t> amount;
  std::optional<std::int64_t> count;
};

std::optional<Limit> limit_in(const json::object& object) {
  Limit limit{.window = text_field(object, "window"),
              .window_ns = 0,
              .amount = number_field(object, "amount"),
              .count = number_field(object, "count")};
  const auto window = parse_duration(limit.window);
  if (!window) return std::nullopt;
  limit.window_ns = *window;
  return limit;
}

// What it keeps of a change of limits: one of the same window that counted the same.
bool goes_on(const json::object& change, const Limit& limit) {
  return std::ranges::any_of(array_field(change, "limits"), [&](const json::value& element) {
    if (!element.is_object()) return false;
    const auto other = limit_in(element.get_object());
    return other && other->window_ns == limit.window_ns && (other->amount || !limit.amount);
  });
}

// Since when it counts: it was set then, and changed at most in its numbers. 0: not known.
std::int64_t since(const Changes& changes, const Limit& limit) {
  std::int64_t since_ns = 0;
  for (const json::object& change : changes.entries) {
    if (!sets_term(change, "limits")) continue;
    if (!goes_on(change, limit)) break;
    const auto at = parse_rfc3339(text_field(change, "at"));
    since_ns = at ? at->ns : 0;
  }
  return since_ns;
}

// What one decision asks of the limits of the account that it lets pay.
struct Question {
  Session& session;
  const AccountThen& payer;
  std::int64_t seq = 0;
  std::int64_t at_ns = 0;
  Used more;    // What it pays now.
  Used before;  // What legs of the same payment paid before this one.
  Changes changes;
};

// The lines whose money can count, and what was held out before them; nothing: they are too many, or not told.
Result<std::optional<Flows>> ask_flows(const Question& question, const Limit& limit) {
  const std::int64_t window_ns = limit.window_ns + limit.window_ns / 1'000;
  const Timestamp from{
      std::max({since(question.changes, limit), question.at_ns - window_ns, std::int64_t{0}})};
  const auto page = ask_if_told(question.session, "accounts.statement",
                                {{"id", question.payer.id},
                                 {"from", format_rfc3339(from)},
                                 {"to", question.seq - 1},
                                 {"order", "asc"},
                                 {"limit", kLinesSearched}});
  if (!page) return std::unexpected(page.error());
  const json::value* next = page->if_contains("next");
  if (next == nullptr || !next->is_null()) return std::nullopt;
  const json::array& lines = array_field(*page, "lines");
  if (lines.empty() || !lines.front().is_object()) return Flows{};
  const auto first = number_field(lines.front().get_object(), "seq").value_or(0);
  const auto before =
      ask_if_told(question.session, "accounts.get", {{"id", question.payer.id}, {"at", first - 1}});
  if (!before) return std::unexpected(before.error());
  Flows flows = flows_of(lines, number_field(*before, "held_out").value_or(0));
  if (flows.let_go.size() > kHoldsAsked) return std::nullopt;
  for (LetGo& let_go : flows.let_go) {
    const auto entry = ask_if_told(question.session, "payments.get", {{"seq", let_go.by}});
    if (!entry) return std::unexpected(entry.error());
    let_go.hold = number_field(*entry, "hold_seq").value_or(0);
  }
  take_off(flows);
  return flows;
}

// What the legs before the failed one paid from the same account.
Used paid_by_legs_before(const Decision& decision, const AccountThen& payer) {
  const json::array& legs = array_field(decision.entry, "legs");
  const auto failed = static_cast<std::size_t>(number_field(decision.entry, "leg").value_or(0));
  Used used;
  for (std::size_t i = 0; i < std::min(failed, legs.size()); ++i) {
    if (!legs[i].is_object() || text_field(legs[i].get_object(), "from") != payer.id) continue;
    used.amount += number_field(legs[i].get_object(), "amount").value_or(0);
    used.count = 1;
  }
  return used;
}

std::string limit_words(const AccountThen& payer, const Limit& limit) {
  std::string text;
  if (limit.amount) text = payer.money(*limit.amount);
  if (limit.count) {
    text += fmt::format("{}{} payment{}", text.empty() ? "" : " and ", *limit.count,
                        *limit.count == 1 ? "" : "s");
  }
  return fmt::format("{} may pay at most {} within {}", payer.id, text, limit.window);
}

// What the account's answer says of this limit today.
void add_today(const AccountThen& payer, const Limit& limit, Reasons& reasons) {
  for (const json::value& element : array_field(payer.now, "limits")) {
    if (!element.is_object()) continue;
    const json::object& today = element.get_object();
    if (text_field(today, "window") != limit.window) continue;
    const auto amount = number_field(today, "used_amount");
    const auto count = number_field(today, "used_count").value_or(0);
    reasons.why.push_back(fmt::format("Today it counts {}{} payment{}.",
                                      amount ? payer.money(*amount) + " and " : "", count,
                                      count == 1 ? "" : "s"));
  }
}

void add_room(const Question& question, const Limit& limit, const Flows& flows, Reasons& reasons,
              json::object& figures) {
  const Used left{.amount = limit.amount
                                ? *limit.amount - question.more.amount - question.before.amount
                                : kNoLimit,
                  .count = limit.count ? *limit.count - question.more.count - question.before.count
                                       : kAmountMax};
  if (left.amount < 0 || left.count < 0) {
    reasons.why.emplace_back("It is more than this limit ever allows.");
    return;
  }
  const auto room = room_at(flows.paid, limit.window_ns, question.at_ns, left);
  if (!room) return;
  const std::string at = format_rfc3339(Timestamp{*room});
  figures["room_at"] = at;
  reasons.to_pass.push_back(
      fmt::format("waiting until about {}, if nothing else is paid before", at));
}

// One limit: whether it was this one, and how much of it was used.
Result<void> explain_limit(const Question& question, const Limit& limit, Reasons& reasons,
                           json::array& figures) {
  const auto flows = ask_flows(question, limit);
  if (!flows) return std::unexpected(flows.error());
  json::object& known = figures.emplace_back(json::object{{"window", limit.window}}).as_object();
  if (limit.amount) known["amount"] = *limit.amount;
  if (limit.count) known["count"] = *limit.count;
  if (!*flows) {
    reasons.why.push_back(
        fmt::format("{}. What counted in it then isn't added up: there are more than {} entries.",
                    limit_words(question.payer, limit), kLinesSearched));
    add_today(question.payer, limit, reasons);
    return {};
  }
  Used used = used_at((*flows)->paid, limit.window_ns, question.at_ns);
  used.amount += question.before.amount;
  used.count += question.before.count;
  const Int128 over = limit.amount ? used.amount + question.more.amount - *limit.amount : 0;
  const bool exceeded =
      over > 0 || (limit.count && used.count + question.more.count > *limit.count);
  known["used_amount"] = number_of(used.amount);
  known["used_count"] = used.count;
  known["exceeded"] = exceeded;
  if (!exceeded) return {};
  reasons.why.push_back(
      fmt::format("{}: {} in {} payment{} counted then, and {} came on top{}.",
                  limit_words(question.payer, limit), question.payer.money(used.amount), used.count,
                  used.count == 1 ? "" : "s", question.payer.money(question.more.amount),
                  over > 0 ? fmt::format(": {} too much", question.payer.money(over)) : ""));
  add_today(question.payer, limit, reasons);
  if (limit.amount && *limit.amount > used.amount && over > 0) {
    reasons.to_pass.push_back(
        fmt::format("at most {}", question.payer.money(*limit.amount - used.amount)));
  }
  add_room(question, limit, **flows, reasons, known);
  return {};
}

}  // namespace

Result<void> explain_velocity(Session& session, const Decision& decision, Reasons& reasons) {
  const AccountThen* payer = decision.in_role("from");
  const auto asked = decision.asked();
  const auto at = parse_rfc3339(text_field(decision.entry, "at"));
  if (payer == nullptr || !payer->was_open || !asked || !at) {
    add_not_told(reasons, text_field(decision.leg, "from"));
    return {};
  }
  auto changes = ask_changes_before(session, payer->id, decision.seq);
  if (!changes) return std::unexpected(std::move(changes).error());
  Question question{.session = session,
                    .payer = *payer,
                    .seq = decision.seq,
                    .at_ns = at->ns,
                    .more = {.amount = *asked, .count = 1},
                    .before = paid_by_legs_before(decision, *payer),
                    .changes = std::move(*changes)};
  // One that takes what there is asks for no more than that; several legs are one payment.
  const auto available = payer->available();
  if (true_field(decision.entry, "up_to") && available) {
    question.more.amount = std::min(question.more.amount, *available);
  }
  if (question.before.count > 0) question.more.count = 0;
  add_note_of_today(reasons, *payer, "limits");
  json::array figures;
  for (const json::value& element : array_field(payer->terms, "limits")) {
    const auto limit = element.is_object() ? limit_in(element.get_object()) : std::nullopt;
    if (!limit) continue;
    if (auto done = explain_limit(question, *limit, reasons, figures); !done) return done;
  }
  const bool found = std::ranges::any_of(
      figures, [](const json::value& limit) { return true_field(limit.get_object(), "exceeded"); });
  if (!found) reasons.why.emplace_back("Which of its limits it was isn't known for sure.");
  reasons.figures["limits"] = std::move(figures);
  reasons.to_pass.push_back(fmt::format(
      "a higher limit: `giro account limits {}`, which sets all of them anew", payer->id));
  return {};
}

}  // namespace giro::cli
