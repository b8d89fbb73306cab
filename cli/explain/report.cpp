#include "cli/explain/report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/table.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& sentences) {
  json::array all(sentences.begin(), sentences.end());
  return all;
}

json::object account_json(const AccountThen& account, const json::object& after) {
  json::object out{{"id", account.id}, {"role", account.role}, {"exists", account.exists}};
  if (!account.exists) return out;
  out["currency"] = account.currency;
  out["scale"] = account.scale;
  out["was_open"] = account.was_open;
  for (const char* name : {"balance", "held_in", "held_out", "version"}) {
    if (const auto amount = account.amount(name)) out[name] = number_of(*amount);
  }
  if (const auto available = account.available()) out["available"] = number_of(*available);
  for (const auto& [name, value] : account.terms) out[name] = value;
  if (!account.todays.empty()) out["terms_of_today"] = texts(account.todays);
  if (!after.empty()) out["after"] = after;
  out["now"] = account.now;
  out["lines"] = account.lines;
  return out;
}

// --- for a person ---

constexpr std::size_t kSentenceWidthMin = 20;

std::string list(std::string_view title, const std::vector<std::string>& sentences,
                 const Look& look) {
  if (sentences.empty()) return {};
  std::string text = "\n" + styled(title, Style::strong, look.colours) + "\n";
  const std::size_t width = look.width > kSentenceWidthMin ? look.width - 2 : 0;
  for (const std::string& sentence : sentences) {
    text += "  " + wrapped(visible(sentence), width, 2) + "\n";
  }
  return text;
}

std::string state_of(const AccountThen& account) {
  if (!account.exists) return "not there";
  if (!account.was_open) return "not there yet";
  std::string state = true_field(account.terms, "closed") ? "closed" : "";
  const std::string frozen = text_field(account.terms, "frozen");
  if (!frozen.empty() && frozen != "none") {
    state += (state.empty() ? "frozen " : ", frozen ") + frozen;
  }
  const std::size_t limits = array_field(account.terms, "limits").size();
  if (limits > 0) {
    state += fmt::format("{}{} limit{} in time", state.empty() ? "" : ", ", limits,
                         limits == 1 ? "" : "s");
  }
  return state;
}

// A term, marked where it is today's.
std::string term_text(const AccountThen& account, const char* name) {
  const std::string text = amount_field(account.terms, name, account.scale);
  const bool todays = std::ranges::find(account.todays, name) != account.todays.end();
  return text + (todays && !text.empty() ? "*" : "");
}

std::string available_text(const AccountThen& account) {
  if (const auto available = account.available()) return account.decimal(*available);
  const json::value* floor = account.terms.if_contains("floor");
  return floor != nullptr && floor->is_null() ? "unlimited" : "";
}

std::string accounts_table(const Decision& decision, const Look& look) {
  Table table({{"ACCOUNT", Align::left, 0, Cut::last},
               {"BALANCE", Align::right},
               {"HELD"},
               {"AVAILABLE", Align::right},
               {"FLOOR", Align::right},
               {"CEILING", Align::right},
               {"STATE", Align::left, 0, Cut::first},
               {"AFTER IT", Align::right},
               {"TODAY", Align::right},
               {"CURRENCY"}});
  bool todays = false;
  for (std::size_t i = 0; i < decision.accounts.size(); ++i) {
    const AccountThen& account = decision.accounts[i];
    const json::object& after = decision.after[i];
    table.add({account.id, amount_field(account.had, "balance", account.scale),
               held_text(account.had, "", account.scale), available_text(account),
               term_text(account, "floor"), term_text(account, "ceiling"), state_of(account),
               amount_field(after, "balance", account.scale),
               amount_field(account.now, "balance", account.scale), account.currency});
    todays = todays || !account.todays.empty();
  }
  if (decision.accounts.empty()) return {};
  std::string text = "\n" + styled("The accounts as it saw them", Style::strong, look.colours) +
                     "\n" + table.render(look);
  if (todays) {
    text +=
        fmt::format("* today's: what it was then isn't found within {} lines of the statement.\n",
                    kLinesSearched);
  }
  return text;
}

std::string lines_table(const AccountThen& account, const Look& look) {
  if (account.lines.empty()) return {};
  Table table({{"SEQ", Align::right},
               {"TIME", Align::left, 0, Cut::time},
               {"TYPE"},
               {"AMOUNT", Align::right},
               {"BALANCE", Align::right},
               {"HELD"},
               {"COUNTERPARTY", Align::left, 0, Cut::last},
               {"KEY", Align::left, 0, Cut::text}});
  for (const json::value& element : account.lines) {
    if (!element.is_object()) continue;
    const json::object& line = element.get_object();
    table.add({shown_field(line, "seq"), text_field(line, "at"), text_field(line, "type"),
               amount_field(line, "amount", account.scale),
               amount_field(line, "balance", account.scale), held_text(line, "", account.scale),
               text_field(line, "counterparty"), text_field(line, "key")});
  }
  return "\n" +
         styled(fmt::format("What led to it on {}, newest first", account.id), Style::strong,
                look.colours) +
         "\n" + table.render(look);
}

// An account's opening has its id in place of a key, and what is due has its hold's, or its schedule's.
bool has_key_of_its_own(const Decision& decision) {
  constexpr std::array<std::string_view, 3> kNone{"account", "expiry", "scheduled_payment"};
  return std::ranges::find(kNone, decision.type) == kNone.end() &&
         !text_field(decision.entry, "key").empty();
}

std::string key_words(const Decision& decision, const Look& look) {
  const std::string key = text_field(decision.entry, "key");
  if (decision.type == "account") {
    return decision.rejected() ? "\nThe next request to open it is decided anew.\n" : "";
  }
  if (!has_key_of_its_own(decision)) return {};
  const std::string words = fmt::format(
      "The key {} keeps this answer for ever: the same request with it is answered so again, and "
      "another one is a key_conflict.{}",
      key, decision.rejected() ? " What is to be decided anew needs a new key." : "");
  return "\n" + wrapped(visible(words), look.width, 0) + "\n";
}

}  // namespace

json::object report_json(const Decision& decision, const Reasons& reasons) {
  json::array accounts;
  for (std::size_t i = 0; i < decision.accounts.size(); ++i) {
    accounts.push_back(account_json(decision.accounts[i], decision.after[i]));
  }
  json::object out{{"seq", decision.seq},
                   {"key", text_field(decision.entry, "key")},
                   {"type", decision.type},
                   {"status", text_field(decision.entry, "status")}};
  if (decision.rejected()) out["code"] = text_field(decision.entry, "code");
  out["rule"] = reasons.rule;
  out["why"] = texts(reasons.why);
  out["to_pass"] = texts(reasons.to_pass);
  out["figures"] = reasons.figures;
  out["entry"] = decision.entry;
  if (!decision.earlier.empty()) out["earlier"] = decision.earlier;
  out["accounts"] = std::move(accounts);
  return out;
}

Result<std::string> report_text(Session& session, const Decision& decision,
                                const Reasons& reasons) {
  const Look& look = session.look();
  auto text = entry_details(session, decision.entry);
  if (!text) return text;
  std::vector<std::string> why = reasons.why;
  if (!reasons.rule.empty()) why.insert(why.begin(), reasons.rule);
  *text += list("Why", why, look);
  *text += list("Any of these would have made it pass", reasons.to_pass, look);
  *text += key_words(decision, look);
  *text += accounts_table(decision, look);
  if (!decision.accounts.empty()) *text += lines_table(decision.accounts.front(), look);
  const auto life = life_text(session, decision.entry);
  if (!life) return life;
  return *text + *life;
}

}  // namespace giro::cli
