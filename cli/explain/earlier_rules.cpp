// The rules about what was decided before: holds, originals, schedules, and the other members of a group.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/explain/reasons.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kLinesAsked = 50;

// As the request names it: `room-7`, or `#15`.
std::string reference_of(const Decision& decision) {
  for (const char* name : {"hold", "original", "schedule"}) {
    const std::string text = shown_field(decision.entry, name);
    if (text.empty()) continue;
    return number_field(decision.entry, name) ? "#" + text : text;
  }
  return "it";
}

// "a rejected hold", "a payment that was applied".
std::string kind_words(const json::object& entry) {
  const bool rejected = text_field(entry, "status") == "rejected";
  return fmt::format("{} that {} {}", text_field(entry, "type"), rejected ? "was" : "is",
                     outcome_cell(entry).text);
}

Result<void> nothing_there(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const std::string reference = reference_of(decision);
  reasons.figures["named"] = reference;
  reasons.why.push_back(fmt::format("Nothing had been decided under {} before.", reference));
  if (!decision.earlier.empty()) {
    reasons.why.push_back(fmt::format("Since then something was: {}.", named(decision.earlier)));
  }
  reasons.to_pass.emplace_back("the right key, or the seq, such as '#42'");
  return {};
}

Result<void> wrong_kind(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  if (decision.earlier.empty()) return {};
  reasons.figures["found_type"] = text_field(decision.earlier, "type");
  reasons.why.push_back(fmt::format("{} is {}: a {}.", reference_of(decision),
                                    named(decision.earlier), kind_words(decision.earlier)));
  return {};
}

// --- what is over ---

bool is_end(const std::string& type) {
  constexpr std::array<std::string_view, 5> kEnds{"capture", "void", "expiry", "cancel",
                                                  "scheduled_payment"};
  return std::ranges::find(kEnds, type) != kEnds.end();
}

// What goes on with the earlier entry, as a newer daemon shows it with that; the last one before the decision.
json::object last_in_life(const Decision& decision) {
  json::object last;
  for (const json::value& element : array_field(decision.earlier, "life")) {
    if (!element.is_object()) continue;
    const json::object& step = element.get_object();
    const auto seq = number_field(step, "seq").value_or(0);
    if (seq < decision.seq && is_end(text_field(step, "type"))) last = step;
  }
  return last;
}

// The same from the statement of the account that pays.
Result<json::object> last_in_statement(Session& session, const Decision& decision) {
  const auto made = number_field(decision.earlier, "seq").value_or(0);
  const auto page = ask_if_told(session, "accounts.statement",
                                {{"id", text_field(decision.earlier, "from")},
                                 {"from", made + 1},
                                 {"to", decision.seq - 1},
                                 {"order", "desc"},
                                 {"limit", kLinesSearched}});
  if (!page) return std::unexpected(page.error());
  std::size_t asked = 0;
  for (const json::value& element : array_field(*page, "lines")) {
    if (!element.is_object() || !is_end(text_field(element.get_object(), "type"))) continue;
    if (++asked > kLinesAsked) break;
    const auto seq = number_field(element.get_object(), "seq").value_or(0);
    auto entry = ask_if_told(session, "payments.get", {{"seq", seq}});
    if (!entry || number_field(*entry, "hold_seq") == made) return entry;
  }
  return json::object{};
}

Result<void> hold_over(Session& session, const Decision& decision, Reasons& reasons) {
  if (decision.type == "hold") {
    reasons.why.push_back(fmt::format("It would have ended at {}, and was decided at {}.",
                                      text_field(decision.entry, "expires_at"),
                                      text_field(decision.entry, "at")));
    reasons.to_pass.emplace_back("a later end, or a timeout");
    return {};
  }
  if (decision.earlier.empty()) return {};
  auto ended = Result<json::object>(last_in_life(decision));
  if (ended->empty()) ended = last_in_statement(session, decision);
  if (!ended) return std::unexpected(std::move(ended).error());
  const auto amount = number_field(decision.earlier, "amount");
  reasons.why.push_back(fmt::format("{} is {}{}.", reference_of(decision), named(decision.earlier),
                                    amount ? ", of " + decision.money(*amount) : ""));
  const std::string expires = text_field(decision.earlier, "expires_at");
  if (decision.code == "hold_expired" && !expires.empty()) {
    reasons.why.push_back(fmt::format("Its time was over at {}.", expires));
  }
  if (!ended->empty()) {
    reasons.figures["ended_by"] = number_field(*ended, "seq").value_or(0);
    reasons.why.push_back(
        fmt::format("Its end is {}: a {}.", named(*ended), text_field(*ended, "type")));
  } else if (decision.code == "hold_expired") {
    reasons.why.emplace_back("The entry that lets go of it came after this.");
  }
  reasons.to_pass.emplace_back("a new hold, or a payment at once");
  return {};
}

Result<void> capture_exceeds_hold(Session& /*session*/, const Decision& decision,
                                  Reasons& reasons) {
  const auto left = number_field(decision.entry, "left");
  const auto asked = decision.asked();
  if (!left || !asked) return {};
  reasons.figures["left"] = *left;
  reasons.figures["asked"] = number_of(*asked);
  const auto held = number_field(decision.earlier, "amount");
  reasons.why.push_back(fmt::format("{} was left of {}{}, and {} was asked for: {} too much.",
                                    decision.money(*left), reference_of(decision),
                                    held ? ", made for " + decision.money(*held) : "",
                                    decision.money(*asked), decision.money(*asked - *left)));
  reasons.to_pass.push_back(
      fmt::format("at most {}; without an amount it is all that is left", decision.money(*left)));
  return {};
}

Result<void> schedule_over(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  if (decision.type == "schedule") {
    const std::string due = text_field(decision.entry, "scheduled_for");
    if (!due.empty()) {
      reasons.why.push_back(fmt::format("It was to be decided at {}, and that was past at {}.", due,
                                        text_field(decision.entry, "at")));
    }
    reasons.to_pass.emplace_back("a later time, or a payment at once");
    return {};
  }
  if (decision.earlier.empty()) return {};
  reasons.why.push_back(fmt::format("{} is {}.", reference_of(decision), named(decision.earlier)));
  const json::object ended = last_in_life(decision);
  if (ended.empty()) return {};
  reasons.figures["ended_by"] = number_field(ended, "seq").value_or(0);
  reasons.why.push_back(
      fmt::format("Its end is {}: a {}.", named(ended), text_field(ended, "type")));
  return {};
}

// --- reversals ---

Result<void> not_divisible(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const std::size_t legs = array_field(decision.earlier, "legs").size();
  if (legs > 0) {
    reasons.why.push_back(fmt::format("{} has {} legs.", reference_of(decision), legs));
  }
  reasons.to_pass.emplace_back("no amount, which reverses all of them");
  return {};
}

Result<void> reversal_exceeds(Session& /*session*/, const Decision& decision, Reasons& reasons) {
  const json::array& legs = array_field(decision.earlier, "legs");
  const bool several = !legs.empty() && legs.front().is_object();
  const auto moved = number_field(several ? legs.front().get_object() : decision.earlier, "amount");
  const auto reversed = number_field(decision.entry, "reversed");
  if (!moved || !reversed) return {};
  const Int128 left = Int128{*moved} - *reversed;
  reasons.figures["moved"] = *moved;
  reasons.figures["reversed"] = *reversed;
  reasons.figures["left"] = number_of(left);
  const auto asked = decision.asked();
  reasons.why.push_back(fmt::format("{} moved {}{}, and {} of it was reversed before: {} is left.",
                                    reference_of(decision), decision.money(*moved),
                                    several ? " in its first leg" : "", decision.money(*reversed),
                                    decision.money(left)));
  if (asked && left > 0) {
    reasons.why.push_back(fmt::format("{} was asked for: {} too much.", decision.money(*asked),
                                      decision.money(*asked - left)));
    reasons.to_pass.push_back(
        fmt::format("at most {}; without an amount it is all that is left", decision.money(left)));
  }
  return {};
}

// --- groups ---

// Its entry. Members whose accounts were there already have none, so that it may stand earlier than its index says.
Result<json::object> ask_member(Session& session, std::int64_t first_seq, std::int64_t index) {
  for (std::int64_t seq = first_seq + index; seq >= first_seq; --seq) {
    auto entry = ask_if_told(session, "payments.get", {{"seq", seq}});
    if (!entry) return entry;
    const auto place = number_field(object_field(*entry, "group"), "index");
    if (!place || *place < index) break;
    if (*place == index) return entry;
  }
  return json::object{};
}

Result<void> group_failed(Session& session, const Decision& decision, Reasons& reasons) {
  const auto failed = number_field(decision.entry, "failed");
  const json::object& group = object_field(decision.entry, "group");
  const auto first_seq = number_field(group, "first_seq");
  if (!failed || !first_seq) return {};
  const auto member = ask_member(session, *first_seq, *failed);
  if (!member) return std::unexpected(member.error());
  reasons.figures["failed"] = *failed;
  const std::string of_how_many =
      fmt::format("Member {} of its {}, counted from 0,", *failed, shown_field(group, "count"));
  if (member->empty()) {
    reasons.why.push_back(of_how_many + " failed.");
    return {};
  }
  const std::string seq = shown_field(*member, "seq");
  reasons.figures["failed_seq"] = number_field(*member, "seq").value_or(0);
  reasons.figures["failed_key"] = text_field(*member, "key");
  reasons.figures["failed_code"] = text_field(*member, "code");
  reasons.why.push_back(fmt::format("{} failed: {}, {}. `giro explain '#{}'` says why.",
                                    of_how_many, named(*member), outcome_cell(*member).text, seq));
  reasons.to_pass.push_back(
      fmt::format("what makes #{} pass, and then the group under new keys", seq));
  return {};
}

constexpr std::array kEarlierRules{
    Rule{"hold_unknown", nothing_there},
    Rule{"original_unknown", nothing_there},
    Rule{"schedule_unknown", nothing_there},
    Rule{"not_a_hold", wrong_kind},
    Rule{"not_reversible", wrong_kind},
    Rule{"not_a_schedule", wrong_kind},
    Rule{"hold_captured", hold_over},
    Rule{"hold_voided", hold_over},
    Rule{"hold_expired", hold_over},
    Rule{"capture_exceeds_hold", capture_exceeds_hold},
    Rule{"schedule_decided", schedule_over},
    Rule{"schedule_cancelled", schedule_over},
    Rule{"schedule_passed", schedule_over},
    Rule{"reversal_not_divisible", not_divisible},
    Rule{"reversal_exceeds_original", reversal_exceeds},
    Rule{"group_failed", group_failed},
};

}  // namespace

std::span<const Rule> earlier_rules() {
  return kEarlierRules;
}

}  // namespace giro::cli
