// giro list NOUN, giro show NOUN ID: one way to all that there is, beside the commands that ask for more.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/turnover.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- a payment, a hold, a schedule ---

struct EntryOptions {
  std::string what;
};

void declare_entry(CLI::App& command, EntryOptions& options) {
  command.add_option("KEY", options.what, "Its key, or '#42' for its seq")->required();
}

Failure not_one(const std::string& what, const char* noun, const std::string& advice) {
  return {.exit = ExitCode::rejected,
          .what = fmt::format("{} is no {}", what, noun),
          .money = "It was only a question: no money moved.",
          .advice = advice,
          .code = "not_found"};
}

// `types`: those of the journal that belong to the noun; none: all do.
Result<ExitCode> show_entry(Session& session, const EntryOptions& options, const char* noun,
                            std::initializer_list<std::string_view> types) {
  const json::value named = key_or_seq(options.what);
  const auto entry = session.call("payments.get", {{named.is_string() ? "key" : "seq", named}});
  if (!entry) return std::unexpected(entry.error());
  if (text_field(*entry, "status") == "unknown") {
    return std::unexpected(
        not_one(options.what, noun,
                "Nothing was ever decided under this key: sending a request with "
                "it is safe."));
  }
  const std::string type = text_field(*entry, "type");
  if (types.size() > 0 && std::ranges::find(types, type) == types.end()) {
    return std::unexpected(not_one(
        options.what, noun, fmt::format("It is of the type {}: `giro get` shows it.", type)));
  }
  if (auto shown = print_entry(session, *entry); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

Result<ExitCode> show_payment(Session& session, const EntryOptions& options) {
  return show_entry(session, options, "payment", {});
}

Result<ExitCode> show_hold(Session& session, const EntryOptions& options) {
  return show_entry(session, options, "hold", {"hold"});
}

Result<ExitCode> show_schedule(Session& session, const EntryOptions& options) {
  return show_entry(session, options, "schedule", {"schedule"});
}

// --- limits: what accounts may pay within some time, and what of it they have used ---

struct LimitsOptions {
  std::string prefix;
};

void declare_limits_list(CLI::App& command, LimitsOptions& options) {
  command.add_option("--prefix", options.prefix, "Only of accounts whose ids begin so");
}

void declare_limits_show(CLI::App& command, LimitsOptions& options) {
  command.add_option("ID", options.prefix, "The account")->required();
}

constexpr auto kLimitColumns = std::to_array<std::string_view>(
    {"id", "window", "amount", "used_amount", "count", "used_count", "currency"});

// Those of an account, a row each.
class LimitRows {
 public:
  explicit LimitRows(Session& session) : session_(session), writer_(session, kLimitColumns) {}

  void add(const json::object& account) {
    for (const json::value& element : array_field(account, "limits")) {
      if (!element.is_object()) continue;
      json::object row = element.get_object();
      for (const char* name : {"id", "currency", "scale"}) row[name] = account.at(name);
      if (session_.format() == Format::table) {
        add_to_table(row);
      } else {
        print(writer_.row(std::move(row)));
      }
    }
  }

  void end() {
    print(session_.format() == Format::table ? table_.render(session_.look()) : writer_.end());
  }

 private:
  void add_to_table(const json::object& row) {
    const int scale = scale_field(row);
    table_.add({text_field(row, "id"), text_field(row, "window"),
                amount_field(row, "amount", scale), amount_field(row, "used_amount", scale),
                shown_field(row, "count"), shown_field(row, "used_count"),
                text_field(row, "currency")});
  }

  Session& session_;
  RowWriter writer_;
  Table table_{{{"ACCOUNT", Align::left, 0, Cut::last},
                {"WINDOW"},
                {"AMOUNT", Align::right},
                {"USED", Align::right},
                {"PAYMENTS", Align::right},
                {"MADE", Align::right},
                {"CURRENCY"}}};
};

Result<ExitCode> list_limits(Session& session, const LimitsOptions& options) {
  json::object params;
  if (!options.prefix.empty()) params["prefix"] = options.prefix;
  RowStream accounts(session, "accounts.list", std::move(params), "accounts", "after");
  LimitRows rows(session);
  session.page_long_answers();
  for (;;) {
    const auto account = accounts.next();
    if (!account) return std::unexpected(account.error());
    if (*account == nullptr) break;
    rows.add(**account);
  }
  rows.end();
  return ExitCode::ok;
}

Result<ExitCode> show_limits(Session& session, const LimitsOptions& options) {
  const auto account = session.call("accounts.get", {{"id", options.prefix}});
  if (!account) return std::unexpected(account.error());
  LimitRows rows(session);
  rows.add(*account);
  rows.end();
  return ExitCode::ok;
}

CLI::App* add_group(CLI::App& app, const char* name, const char* description, const char* example) {
  CLI::App* group = app.add_subcommand(name, description);
  group->require_subcommand(1);
  group->footer(fmt::format("Example:\n  {}", example));
  return group;
}

}  // namespace

void add_noun_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* list = add_group(app, "list", "Lists accounts, payments, holds, schedules or limits",
                             "giro list holds");
  add_account_list_command(*list, invocation, "accounts", "list accounts");
  add_payments_command(*list, invocation, "list payments");
  add_holds_command(*list, invocation, "list holds");
  add_schedules_command(*list, invocation, "list schedules");
  add_command<LimitsOptions>(
      *list, invocation, "limits",
      "Lists what accounts may pay within some time, and what of it they used",
      "  giro list limits --prefix customers:", declare_limits_list, list_limits);
  CLI::App* show = add_group(
      app, "show", "Shows an account, a payment, a hold, a schedule or an account's limits",
      "giro show hold room-7");
  add_account_show_command(*show, invocation, "account", "show account");
  add_command<EntryOptions>(*show, invocation, "payment",
                            "Shows what a key or a seq decided, and what became of it",
                            "  giro show payment inv-17", declare_entry, show_payment);
  add_command<EntryOptions>(*show, invocation, "hold",
                            "Shows a hold, its captures and how it ended",
                            "  giro show hold room-7", declare_entry, show_hold);
  add_command<EntryOptions>(*show, invocation, "schedule",
                            "Shows what was scheduled, and what came of it",
                            "  giro show schedule rent", declare_entry, show_schedule);
  add_command<LimitsOptions>(
      *show, invocation, "limits",
      "Shows what an account may pay within some time, and what of it is used",
      "  giro show limits customers:ada", declare_limits_show, show_limits);
}

}  // namespace giro::cli
