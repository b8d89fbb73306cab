// giro books | books close | books open: until which day the books are closed.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/keyed_request.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/time/time_options.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- show ---

Result<ExitCode> run_show_books(Session& session) {
  const auto status = session.call("ledger.status", {});
  if (!status) return std::unexpected(status.error());
  const json::value* until = status->if_contains("books_closed_until");
  const json::object shown{{"closed_until", until == nullptr ? json::value() : *until}};
  const std::string day = text_field(shown, "closed_until");
  const auto text = [&]() -> Result<std::string> {
    if (day.empty()) return "The books are open: payments may have any effective date.\n";
    return fmt::format(
        "The books are closed until {}: payments may have an effective date after it.\n", day);
  };
  if (auto printed = print_answer(session, shown, text); !printed) {
    return std::unexpected(std::move(printed).error());
  }
  return ExitCode::ok;
}

// --- close, open ---

struct BooksOptions {
  std::string until;
  KeyOptions key;
};

Result<ExitCode> send_books(Session& session, const char* action, const BooksOptions& options) {
  json::object params{{"until", nullptr}};
  if (!options.until.empty()) {
    const auto day = day_of(options.until, TimeMeans::last, "until");
    if (!day) return std::unexpected(day.error());
    params["until"] = *day;
  }
  const auto complete = [params, action](json::object& outcome) {
    outcome["type"] = fmt::format("books_{}", action);
    complete_from(outcome, params, {"until"});
  };
  return send_keyed(session, fmt::format("ledger.{}_books", action), params, options.key, complete);
}

void declare_close(CLI::App& command, BooksOptions& options) {
  command
      .add_option("DATE", options.until,
                  "The last day to close, or a period up to its end: 2026-10-31, 2026-10, "
                  "'last month'; it must be over in UTC")
      ->required();
  declare_key(command, options.key);
}

Result<ExitCode> run_close(Session& session, const BooksOptions& options) {
  return send_books(session, "close", options);
}

void declare_open(CLI::App& command, BooksOptions& options) {
  command.add_option("DATE", options.until, "The last day that stays closed (default: none does)");
  declare_key(command, options.key);
}

Result<ExitCode> run_open_books(Session& session, const BooksOptions& options) {
  return send_books(session, "open", options);
}

}  // namespace

void add_books_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* books = app.add_subcommand(
      "books", "Shows until which day the books are closed; closes them, or opens them again");
  add_global_options(*books, invocation.globals);
  books->footer("Example:\n  giro books");
  books->callback([&invocation, books] {
    if (books->get_subcommands().empty()) invocation.action = run_show_books;
  });
  add_command<BooksOptions>(
      *books, invocation, "close",
      "Closes the books up to a day: no payment gets an effective date on or before it any more",
      "  giro books close 2026-10-31", declare_close, run_close);
  add_command<BooksOptions>(*books, invocation, "open",
                            "Opens closed books again, all or those after a day",
                            "  giro books open 2026-09-30", declare_open, run_open_books);
}

}  // namespace giro::cli
