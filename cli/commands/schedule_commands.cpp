// giro schedule | cancel | schedules: payments that are decided later, once or again and again.
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/keyed_request.hpp"
#include "cli/commands/pay_options.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/pages.hpp"
#include "cli/output/table.hpp"
#include "cli/time/time_options.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- schedule ---

struct ScheduleOptions : PayOptions {
  std::string at;
  std::string every;
  std::string until;
  std::optional<std::int64_t> count;
};

void declare_schedule(CLI::App& command, ScheduleOptions& options) {
  declare_pay(command, options);
  command
      .add_option("--at", options.at,
                  "When it is to be decided, the first time: a moment, or the beginning of a day "
                  "(`giro help times`)")
      ->required();
  CLI::Option* every =
      command.add_option("--every", options.every, "Again each P1D, P2W, P1M, P1Y, in UTC");
  CLI::Option* until =
      command.add_option("--until", options.until, "Not after this moment, or the end of this day");
  until->needs(every);
  command.add_option("--count", options.count, "So many times in all (default: until cancelled)")
      ->needs(every)
      ->excludes(until);
}

Result<ExitCode> run_schedule(Session& session, const ScheduleOptions& options) {
  auto params = pay_params(session, options);
  if (!params) return std::unexpected(std::move(params).error());
  for (const auto& [name, text, means] : {std::tuple{"at", &options.at, TimeMeans::first},
                                          std::tuple{"until", &options.until, TimeMeans::last}}) {
    if (text->empty()) continue;
    const auto time = time_of(*text, means, name);
    if (!time) return std::unexpected(time.error());
    (*params)[name] = *time;
  }
  if (!options.every.empty()) (*params)["every"] = options.every;
  if (options.count) (*params)["count"] = *options.count;
  return send_payment(session, "payments.schedule", std::move(*params), options.key);
}

// --- cancel ---

struct CancelOptions {
  std::string schedule;
  KeyOptions key;
};

void declare_cancel(CLI::App& command, CancelOptions& options) {
  command
      .add_option("SCHEDULE", options.schedule, "What was scheduled: its key, or '#42' for its seq")
      ->required();
  declare_key(command, options.key);
}

Result<ExitCode> run_cancel(Session& session, const CancelOptions& options) {
  const json::object params{{"schedule", key_or_seq(options.schedule)}};
  const auto complete = [params](json::object& outcome) {
    complete_from(outcome, params, {"schedule"});
  };
  return send_keyed(session, "payments.cancel", params, options.key, complete);
}

// --- schedules ---

struct SchedulesOptions {
  std::string account;
  PageOptions pages;
};

void declare_schedules(CLI::App& command, SchedulesOptions& options) {
  command.add_option("ACCOUNT", options.account, "Only what this account pays or gets");
  declare_pages(command, options.pages, "Schedules");
}

// "3 of 12", "3 until 2027-12-31T09:00:00.000000000Z"; empty: once.
std::string times_text(const json::object& schedule) {
  if (!schedule.contains("every")) return {};
  std::string text = shown_field(schedule, "occurrence");
  for (const auto& [name, word] : {std::pair{"count", "of"}, std::pair{"until", "until"}}) {
    if (schedule.contains(name)) text += fmt::format(" {} {}", word, shown_field(schedule, name));
  }
  return text;
}

Result<void> add_schedule(Session& session, Table& table, const json::object& schedule) {
  const json::array& legs = array_field(schedule, "legs");
  const auto amount = shown_amount(session, schedule, "amount", text_field(schedule, "currency"));
  if (!amount) return std::unexpected(amount.error());
  const bool several = !legs.empty();
  table.add(
      {shown_field(schedule, "seq"), text_field(schedule, "next_at"), text_field(schedule, "every"),
       times_text(schedule),
       several ? std::string() : *amount + " " + text_field(schedule, "currency"),
       several ? fmt::format("{} legs", legs.size())
               : fmt::format("{} -> {}", text_field(schedule, "from"), text_field(schedule, "to")),
       text_field(schedule, "key"), text_field(schedule, "reference")});
  return {};
}

Result<ExitCode> run_schedules(Session& session, const SchedulesOptions& options) {
  json::object params;
  if (!options.account.empty()) params["account"] = options.account;
  Table table({{"SEQ", Align::right},
               {"NEXT", Align::left, 0, Cut::time},
               {"EVERY"},
               {"TIMES", Align::left, 0, Cut::text},
               {"AMOUNT", Align::right},
               {"ACCOUNTS", Align::left, 0, Cut::last},
               {"KEY", Align::left, 0, Cut::text},
               {"REFERENCE", Align::left, 0, Cut::first}});
  Result<void> shown;
  const auto show_page = [&](const json::object& page) {
    for (const json::value& element : array_field(page, "schedules")) {
      if (shown && element.is_object()) {
        shown = add_schedule(session, table, element.get_object());
      }
    }
    return table.render(session.look());
  };
  auto done = run_pages(session, "schedules.list", std::move(params), options.pages, "after",
                        show_page, {.field = "schedules", .columns = schedule_columns()});
  if (!shown) return std::unexpected(std::move(shown).error());
  return done;
}

}  // namespace

void add_schedules_command(CLI::App& parent, Invocation& invocation, const std::string& words) {
  add_command<SchedulesOptions>(
      parent, invocation, "schedules", "Lists what is scheduled and still to be decided",
      fmt::format("  giro {} customers:ada", words), declare_schedules, run_schedules);
}

void add_schedule_commands(CLI::App& app, Invocation& invocation) {
  add_command<ScheduleOptions>(
      app, invocation, "schedule",
      "Pays later, once or again and again: it is decided when its time comes",
      "  giro schedule customers:ada shop:sales 9.90 EUR --at 2027-01-31T09:00:00Z --every P1M",
      declare_schedule, run_schedule);
  add_command<CancelOptions>(app, invocation, "cancel",
                             "Ends what `giro schedule` made: it pays nothing more",
                             "  giro cancel rent", declare_cancel, run_cancel);
  add_schedules_command(app, invocation, "schedules");
}

}  // namespace giro::cli
