// giro account show | list | statement.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr int kPageMax = 1'000;

std::string with_currency(const std::string& amount, const std::string& currency) {
  const bool is_number = amount.find_first_of("0123456789") != std::string::npos;
  return is_number ? amount + " " + currency : amount;
}

// --- show ---

struct ShowOptions {
  std::string id;
  std::string at;
};

void declare_show(CLI::App& command, ShowOptions& options) {
  command.add_option("ID", options.id, "The account")->required();
  command.add_option("--at", options.at, "As it was at this time (RFC 3339) or seq");
}

std::string account_details(const json::object& account, bool colours) {
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
  add_amounts({"posted_in", "posted_out"});
  for (const char* name : {"version", "opened_seq", "last_seq", "metadata", "as_of_seq"}) {
    details.add(name, shown_field(account, name));
  }
  return details.render(colours);
}

Result<ExitCode> run_show(Session& session, const ShowOptions& options) {
  json::object params{{"id", options.id}};
  if (!options.at.empty()) params["at"] = time_or_seq(options.at);
  const auto account = session.call("accounts.get", params);
  if (!account) return std::unexpected(account.error());
  print(session.json() ? json_line(*account) : account_details(*account, session.colours()));
  return ExitCode::ok;
}

// --- list ---

struct PageOptions {
  int limit = 100;
  bool all = false;
};

void declare_pages(CLI::App& command, PageOptions& options, const std::string& what) {
  command.add_option("--limit", options.limit, what + " a page, 1 to 1000 (default 100)")
      ->check(CLI::Range(1, kPageMax));
  command.add_flag("--all", options.all, "Every page, not only the first");
}

// Asks for one page, or with --all for one after the other; `cursor` names the field that takes
// `next`. Each page is printed as it comes: memory doesn't grow with the answer.
template <class ShowPage>
Result<ExitCode> run_pages(Session& session, std::string_view method, json::object params,
                           const PageOptions& options, std::string_view cursor,
                           ShowPage show_page) {
  params["limit"] = options.limit;
  for (;;) {
    const auto page = session.call(method, params);
    if (!page) return std::unexpected(page.error());
    print(session.json() ? json_line(*page) : show_page(*page));
    const json::value* next = page->if_contains("next");
    if (next == nullptr || next->is_null()) return ExitCode::ok;
    if (!options.all) {
      if (!session.json()) note("There is more: --all shows everything.\n");
      return ExitCode::ok;
    }
    params[json::string_view(cursor.data(), cursor.size())] = *next;
  }
}

// Nothing: open, and free to pay and be paid.
std::string state_of(const json::object& account) {
  if (true_field(account, "closed")) return "closed";
  const std::string frozen = text_field(account, "frozen");
  if (frozen.empty() || frozen == "none") return {};
  return frozen == "all" ? "frozen" : "frozen " + frozen;
}

struct ListOptions {
  std::string prefix;
  PageOptions pages;
};

void declare_list(CLI::App& command, ListOptions& options) {
  command.add_option("--prefix", options.prefix, "Only ids that begin so");
  declare_pages(command, options.pages, "Accounts");
}

Result<ExitCode> run_list(Session& session, const ListOptions& options) {
  json::object params;
  if (!options.prefix.empty()) params["prefix"] = options.prefix;
  Table table({{"ACCOUNT"},
               {"BALANCE", Align::right},
               {"AVAILABLE", Align::right},
               {"CURRENCY"},
               {"VERSION", Align::right},
               {"STATE"}});
  const auto show_page = [&](const json::object& page) {
    for (const json::value& element : array_field(page, "accounts")) {
      if (!element.is_object()) continue;
      const json::object& account = element.get_object();
      const int scale = scale_field(account);
      table.add({text_field(account, "id"), amount_field(account, "balance", scale),
                 amount_field(account, "available", scale), text_field(account, "currency"),
                 shown_field(account, "version"), state_of(account)});
    }
    return table.render(session.colours());
  };
  return run_pages(session, "accounts.list", std::move(params), options.pages, "after", show_page);
}

// --- statement ---

struct StatementOptions {
  std::string id;
  std::string from;
  std::string to;
  bool ascending = false;
  PageOptions pages;
};

void declare_statement(CLI::App& command, StatementOptions& options) {
  command.add_option("ID", options.id, "The account")->required();
  command.add_option("--from", options.from, "From this time (RFC 3339) or seq on");
  command.add_option("--to", options.to, "Up to this time or seq");
  command.add_flag("--asc", options.ascending, "Oldest first (default: newest first)");
  declare_pages(command, options.pages, "Lines");
}

std::vector<Cell> statement_line(const json::object& line, int scale) {
  const std::int64_t amount = number_field(line, "amount").value_or(0);
  const Style style = amount == 0 ? Style::plain : amount < 0 ? Style::bad : Style::good;
  std::string text = text_field(line, "reference");
  const std::string description = text_field(line, "description");
  if (!text.empty() && !description.empty()) text += ": ";
  return {shown_field(line, "seq"),
          text_field(line, "at"),
          text_field(line, "type"),
          Cell(amount_field(line, "amount", scale), style),
          amount_field(line, "balance", scale),
          held_text(line, "", scale),
          text_field(line, "counterparty"),
          text_field(line, "key"),
          text + description};
}

Result<ExitCode> run_statement(Session& session, const StatementOptions& options) {
  json::object params{{"id", options.id}, {"order", options.ascending ? "asc" : "desc"}};
  if (!options.from.empty()) params["from"] = time_or_seq(options.from);
  if (!options.to.empty()) params["to"] = time_or_seq(options.to);
  Table table({{"SEQ", Align::right},
               {"TIME"},
               {"TYPE"},
               {"AMOUNT", Align::right},
               {"BALANCE", Align::right},
               {"HELD"},
               {"COUNTERPARTY"},
               {"KEY"},
               {"TEXT"}});
  bool first_page = true;
  const auto show_page = [&](const json::object& page) {
    const int scale = scale_field(page);
    std::string out;
    if (std::exchange(first_page, false)) {
      const std::string currency = text_field(page, "currency");
      Details details;
      details.add("account", {text_field(page, "id"), Style::strong});
      for (const char* name : {"opening_balance", "closing_balance"}) {
        details.add(name, with_currency(amount_field(page, name, scale), currency));
      }
      details.add("as_of_seq", shown_field(page, "as_of_seq"));
      out = details.render(session.colours()) + "\n";
    }
    for (const json::value& line : array_field(page, "lines")) {
      if (line.is_object()) table.add(statement_line(line.get_object(), scale));
    }
    return out + table.render(session.colours());
  };
  return run_pages(session, "accounts.statement", std::move(params), options.pages, "cursor",
                   show_page);
}

}  // namespace

void add_account_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* account = app.add_subcommand("account", "Opens accounts, shows and changes them");
  account->require_subcommand(1);
  account->footer("Example:\n  giro account list --prefix customers:");
  add_account_open_command(*account, invocation);
  add_account_change_commands(*account, invocation);
  add_command<ShowOptions>(*account, invocation, "show", "Shows an account, now or at a time",
                           "  giro account show customers:ada --at 2026-11-23T09:00:00Z",
                           declare_show, run_show);
  add_command<ListOptions>(*account, invocation, "list", "Lists accounts in the order of their ids",
                           "  giro account list --prefix customers: --all", declare_list, run_list);
  add_command<StatementOptions>(
      *account, invocation, "statement", "Shows an account's entries with the running balance",
      "  giro account statement customers:ada --from 2026-11-01T00:00:00Z --asc", declare_statement,
      run_statement);
}

}  // namespace giro::cli
