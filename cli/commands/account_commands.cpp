// giro account show | list.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/pages.hpp"
#include "cli/output/table.hpp"
#include "cli/time/time_options.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

std::string with_currency(const std::string& amount, const std::string& currency) {
  const bool is_number = amount.find_first_of("0123456789") != std::string::npos;
  return is_number ? amount + " " + currency : amount;
}

// --- show ---

struct ShowOptions {
  std::string id;
  std::string at;
  std::string effective;
};

void declare_show(CLI::App& command, ShowOptions& options) {
  command.add_option("ID", options.id, "The account")->required();
  CLI::Option* at =
      command.add_option("--at", options.at, std::string("As it was at ") + kMomentHelp);
  command
      .add_option("--effective", options.effective,
                  "Its balance by effective date at the end of this day or period")
      ->excludes(at);
}

// "1000.00 in 24h: 250.00 used", "20 payments in 24h: 3 made".
std::string limit_text(const json::object& limit, int scale, const std::string& currency) {
  const std::string window = " in " + text_field(limit, "window") + ": ";
  std::string text;
  if (limit.contains("amount")) {
    text = with_currency(amount_field(limit, "amount", scale), currency) + window +
           amount_field(limit, "used_amount", scale) + " used";
  }
  if (limit.contains("count")) {
    if (!text.empty()) text += "; ";
    text += shown_field(limit, "count") + " payments" + window + shown_field(limit, "used_count") +
            " made";
  }
  return text;
}

void add_watch(Details& details, const json::object& account, int scale) {
  const std::string currency = text_field(account, "currency");
  for (const json::value& limit : array_field(account, "limits")) {
    if (!limit.is_object()) continue;
    details.add("limit", limit_text(limit.get_object(), scale, currency));
  }
  const json::object& alerts = object_field(account, "alerts");
  for (const char* line : {"below", "above"}) {
    if (!alerts.contains(line)) continue;
    details.add(std::string("alert_") + line,
                with_currency(amount_field(alerts, line, scale), currency));
  }
}

std::string account_details(const json::object& account, const Look& look) {
  const int scale = scale_field(account);
  const std::string currency = text_field(account, "currency");
  Details details;
  details.add("account", {text_field(account, "id"), Style::strong});
  const auto add_amounts = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) {
      details.add(name, with_currency(amount_field(account, name, scale), currency));
    }
  };
  add_amounts({"balance", "available", "held_in", "held_out", "floor", "ceiling"});
  for (const char* name : {"frozen", "closed"}) details.add(name, shown_field(account, name));
  add_watch(details, account, scale);
  add_amounts({"posted_in", "posted_out"});
  for (const char* name :
       {"version", "opened_seq", "last_seq", "metadata", "effective_at", "as_of_seq"}) {
    details.add(name, shown_field(account, name));
  }
  return details.render(look);
}

Result<ExitCode> run_show(Session& session, const ShowOptions& options) {
  json::object params{{"id", options.id}};
  const auto words = put_moment(params, options.at, options.effective);
  if (!words) return std::unexpected(words.error());
  const auto account = session.call("accounts.get", params);
  if (!account) return std::unexpected(account.error());
  const auto text = [&]() -> Result<std::string> {
    return head_line("at", *words, session.look()) + account_details(*account, session.look());
  };
  if (auto shown = print_answer(session, *account, text, account_columns()); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

// --- list ---

// Nothing: open, and free to pay and be paid.
std::string state_of(const json::object& account) {
  if (true_field(account, "closed")) return "closed";
  const std::string frozen = text_field(account, "frozen");
  if (frozen.empty() || frozen == "none") return {};
  return frozen == "all" ? "frozen" : "frozen " + frozen;
}

struct ListOptions {
  std::string prefix;
  std::string at;
  PageOptions pages;
};

void declare_list(CLI::App& command, ListOptions& options) {
  command.add_option("--prefix", options.prefix, "Only ids that begin so");
  command.add_option("--at", options.at, std::string("As they were at ") + kMomentHelp);
  declare_pages(command, options.pages, "Accounts");
}

Result<ExitCode> run_list(Session& session, const ListOptions& options) {
  json::object params;
  if (!options.prefix.empty()) params["prefix"] = options.prefix;
  const auto words = put_moment(params, options.at, {});
  if (!words) return std::unexpected(words.error());
  Table table({{"ACCOUNT", Align::left, 0, Cut::last},
               {"BALANCE", Align::right},
               {"AVAILABLE", Align::right},
               {"CURRENCY"},
               {"VERSION", Align::right},
               {"STATE", Align::left, 0, Cut::first}});
  std::string head = head_line("at", *words, session.look());
  const auto show_page = [&](const json::object& page) {
    for (const json::value& element : array_field(page, "accounts")) {
      if (!element.is_object()) continue;
      const json::object& account = element.get_object();
      const int scale = scale_field(account);
      table.add({text_field(account, "id"), amount_field(account, "balance", scale),
                 amount_field(account, "available", scale), text_field(account, "currency"),
                 shown_field(account, "version"), state_of(account)});
    }
    return std::exchange(head, {}) + table.render(session.look());
  };
  return run_pages(session, "accounts.list", std::move(params), options.pages, "after", show_page,
                   {.field = "accounts", .columns = account_columns()});
}

}  // namespace

void add_account_show_command(CLI::App& parent, Invocation& invocation, const std::string& name,
                              const std::string& words) {
  add_command<ShowOptions>(parent, invocation, name, "Shows an account, now or at a time",
                           fmt::format("  giro {} customers:ada --at 2026-11-23T09:00:00Z", words),
                           declare_show, run_show);
}

void add_account_list_command(CLI::App& parent, Invocation& invocation, const std::string& name,
                              const std::string& words) {
  add_command<ListOptions>(parent, invocation, name, "Lists accounts in the order of their ids",
                           fmt::format("  giro {} --prefix customers: --all", words), declare_list,
                           run_list);
}

void add_account_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* account = app.add_subcommand("account", "Opens accounts, shows and changes them");
  account->require_subcommand(1);
  account->footer("Example:\n  giro account list --prefix customers:");
  add_account_open_command(*account, invocation);
  add_account_change_commands(*account, invocation);
  add_account_show_command(*account, invocation, "show", "account show");
  add_account_list_command(*account, invocation, "list", "account list");
  add_statement_command(*account, invocation, "account statement");
}

}  // namespace giro::cli
