#include "cli/commands/keyed_request.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/commands/uuid.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "ledger/codes.hpp"
#include "ledger/command/request.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// Before anything is known of the accounts' currencies, or because they are others, balances may be in
// another currency than was asked for. The answer doesn't say so; `giro get` does.
void drop_doubtful_balances(json::object& outcome) {
  const std::string code = text_field(outcome, "code");
  if (code != name(Rejection::deadline_passed) && code != name(Rejection::currency_mismatch)) {
    return;
  }
  for (const char* balance : {"from_balance", "to_balance"}) outcome.erase(balance);
}

// A key that can be pasted into a shell is put into the command that asks for it.
Failure about_key(Failure failure, const std::string& key, bool made_key) {
  constexpr std::string_view kAsk = "giro get KEY`";
  if (const std::size_t at = failure.advice.find(kAsk);
      at != std::string::npos && is_account_id(key)) {
    failure.advice.replace(at, kAsk.size(), fmt::format("giro get {}`", key));
  }
  if (made_key && failure.exit != ExitCode::usage) {
    failure.advice += fmt::format(" The key is {}.", key);
    failure.new_key = key;
  }
  return failure;
}

Result<std::string> receipt(Session& session, json::object outcome, const Completion& complete) {
  complete(outcome);
  drop_doubtful_balances(outcome);
  auto text = entry_details(session, outcome);
  if (text && true_field(outcome, "dry_run")) *text += "A dry run: nothing was kept.\n";
  if (text && true_field(outcome, "replayed")) {
    *text += "This key was decided before; that outcome stands.\n";
  }
  return text;
}

}  // namespace

ExitCode exit_code_of_outcome(const json::object& outcome) {
  if (text_field(outcome, "status") == "queued") return ExitCode::try_again;
  return is_decided_for(outcome) ? ExitCode::ok : ExitCode::rejected;
}

void complete_from(json::object& outcome, const json::object& known,
                   std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const json::value* value = known.if_contains(name);
    if (value != nullptr && !outcome.contains(name)) outcome[name] = *value;
  }
}

Result<ExitCode> send_keyed(Session& session, std::string_view method, json::object params,
                            const KeyOptions& options, const Completion& complete) {
  const bool made_key = options.key.empty();
  const std::string key = made_key ? make_uuid7() : options.key;
  params["key"] = key;
  if (options.dry_run) params["dry_run"] = true;
  if (made_key && !options.dry_run) note(fmt::format("key {}\n", key));
  auto outcome = session.call(method, params);
  if (!outcome) {
    return std::unexpected(about_key(std::move(outcome).error(), key, made_key));
  }
  // A receipt that can't be made (a currency's scale has to be asked for) loses no outcome.
  // A row of its own needs what was asked beside what was decided, as a person does.
  json::object row = *outcome;
  if (session.format() != Format::answers) complete(row);
  const auto text = answer_text(
      session, row, [&] { return receipt(session, *outcome, complete); }, entry_columns());
  print_outcome(text ? *text : json_line(*outcome));
  flush_prints();
  const std::string advice = outcome_advice(*outcome);
  if (!advice.empty()) note(advice + "\n");
  return exit_code_of_outcome(*outcome);
}

}  // namespace giro::cli
