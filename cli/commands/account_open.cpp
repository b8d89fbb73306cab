// giro account open.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/options.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "cli/submit/byte_source.hpp"
#include "cli/submit/pipeline.hpp"
#include "ledger/command/request.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kWindow = 256;
constexpr std::size_t kIdLineBytesMax = 4'096;  // The daemon says what an id may be.

struct OpenOptions {
  std::vector<std::string> ids;
  std::string currency;
  int scale = -1;
  TermsOptions terms;
};

void declare_open(CLI::App& command, OpenOptions& options) {
  command.add_option("ID", options.ids, "The accounts; `-` reads ids from stdin, one a line")
      ->required();
  command.add_option("--currency", options.currency, "An ISO 4217 code, or a declared one")
      ->required();
  command
      .add_option("--scale", options.scale,
                  "Digits after the point; needed for a currency that ISO 4217 doesn't know")
      ->check(CLI::Range(0, kScaleMax));
  command.add_option("--floor", options.terms.floor,
                     "The lowest balance that a payment may leave (default 0), or none");
  command.add_option("--ceiling", options.terms.ceiling,
                     "The highest balance that a payment may leave (default: none)");
  command.add_option("--metadata", options.terms.metadata,
                     "A JSON object to keep with the accounts");
}

struct OpenJob {
  std::string id;
  const json::object* common;  // Everything but the id, the same for all.

  [[nodiscard]] std::string params() const {
    json::object request{{"id", id}};
    request.insert(common->begin(), common->end());
    return request_text(request);
  }
};

// A decimal of the accounts' currency, which may be a new one.
Result<Amount> limit_of(Session& session, const OpenOptions& options, const std::string& text) {
  if (options.scale < 0) return session.parse_amount(text, options.currency);
  const auto amount = parse_decimal(text, options.scale);
  if (amount) return *amount;
  return usage_failure(
      fmt::format("`{}` isn't an amount with at most {} decimals", text, options.scale));
}

Result<json::object> common_params(Session& session, const OpenOptions& options) {
  json::object common{{"currency", options.currency}};
  if (options.scale >= 0) common["scale"] = options.scale;
  const auto parse = [&](const std::string& text) { return limit_of(session, options, text); };
  if (auto added = add_terms(common, options.terms, parse); !added) {
    return std::unexpected(std::move(added).error());
  }
  return common;
}

constexpr auto kOpenedColumns =
    std::to_array<std::string_view>({"id", "status", "code", "seq", "at", "replayed"});

class AccountOpener {
 public:
  AccountOpener(Session& session, const std::vector<std::string>& ids, json::object common)
      : session_(session), ids_(ids), common_(std::move(common)) {}

  Result<ExitCode> run() {
    Jobs jobs(
        session_, "accounts.open", kWindow,
        {.next = [this](bool may_wait) { return next(may_wait); },
         .settle = [this](OpenJob& job, Jobs::Answer answer) { return settle(job, answer); }});
    const auto done = jobs.run();
    if (!table_.empty()) print_outcome(table_.render(session_.look()));
    if (session_.format() != Format::table) print_outcome(writer_.end());
    if (!done) return std::unexpected(stopped(done.error()));
    // The first error's code says more than "one of them failed".
    if (failed_ != ExitCode::ok) return failed_;
    return all_opened_ ? ExitCode::ok : ExitCode::rejected;
  }

 private:
  using Jobs = Pipeline<OpenJob>;
  static constexpr std::size_t kRowsAPage = 100;

  Result<std::optional<OpenJob>> next(bool may_wait) {
    while (next_id_ < ids_.size()) {
      if (ids_[next_id_] != "-") {
        const std::string& id = ids_[next_id_++];
        if (is_text(id)) return OpenJob{id, &common_};
        continue;
      }
      auto line = next_line(input_, may_wait, kIdLineBytesMax);
      if (!line) return std::unexpected(std::move(line).error());
      if (line->waiting) return std::nullopt;
      if (!line->line) {
        ++next_id_;
      } else if (!line->line->empty() && is_text(*line->line)) {
        return OpenJob{std::move(*line->line), &common_};
      }
    }
    return std::nullopt;
  }

  // The daemon, which can't read a request that isn't UTF-8, couldn't even say whose answer it is.
  bool is_text(std::string_view id) {
    if (is_plain_text(id)) return true;
    report("an account", {.exit = ExitCode::usage,
                          .what = "its id isn't UTF-8 text without control characters",
                          .money = "It wasn't sent.",
                          .advice = "Mend the id."});
    return false;
  }

  void report(std::string_view whose, Failure failure) {
    if (failed_ == ExitCode::ok) failed_ = failure.exit;
    failure.what = fmt::format("{}: {}", whose, failure.what);
    note(render(failure, session_.json()));
  }

  Result<Jobs::Again> settle(const OpenJob& job, const Jobs::Answer& answer) {
    if (!answer) {
      Failure failure = session_.explain(answer.error(), true);
      // Nothing will go better for the next id; only what is wrong with this id is its own.
      if (failure.exit != ExitCode::usage) return std::unexpected(std::move(failure));
      report(fmt::format("account `{}`", job.id), std::move(failure));
      return Jobs::Again{};
    }
    if (answer->is_object()) show(answer->get_object());
    return Jobs::Again{};
  }

  // What was opened stays open, and opening it again changes nothing.
  static Failure stopped(Failure cause) {
    const std::string again = "the same command again is safe: an open account stays as it is.";
    cause.money = "Opening accounts moves no money. The accounts shown are decided.";
    cause.advice = cause.advice.empty() || cause.exit == ExitCode::try_again
                       ? "When that is mended, " + again
                       : cause.advice + " Then " + again;
    return cause;
  }

  void show(const json::object& result) {
    const bool opened = text_field(result, "status") == "applied";
    all_opened_ = all_opened_ && opened;
    if (session_.format() != Format::table) {
      print_outcome(writer_.row(result));
      return;
    }
    std::string outcome = opened ? "opened" : text_field(result, "code");
    if (true_field(result, "replayed")) outcome += " (before)";
    table_.add({text_field(result, "id"), Cell(outcome, opened ? Style::good : Style::bad),
                shown_field(result, "seq"), text_field(result, "at")});
    // Long lists are shown as they come.
    if (++rows_ % kRowsAPage == 0) print_outcome(table_.render(session_.look()));
  }

  Session& session_;
  const std::vector<std::string>& ids_;
  const json::object common_;
  std::size_t next_id_ = 0;
  ByteSource input_{0};
  Table table_{{{"ACCOUNT", Align::left, 0, Cut::last},
                {"OUTCOME"},
                {"SEQ", Align::right},
                {"TIME", Align::left, 0, Cut::time}}};
  RowWriter writer_{session_, kOpenedColumns};
  std::size_t rows_ = 0;
  bool all_opened_ = true;
  ExitCode failed_ = ExitCode::ok;
};

Result<ExitCode> run_open(Session& session, const OpenOptions& options) {
  auto common = common_params(session, options);
  if (!common) return std::unexpected(std::move(common).error());
  return AccountOpener(session, options.ids, std::move(*common)).run();
}

}  // namespace

void add_account_open_command(CLI::App& account, Invocation& invocation) {
  add_command<OpenOptions>(
      account, invocation, "open", "Opens accounts; one that is open already stays as it is",
      "  giro account open world --currency EUR --floor none\n"
      "  giro account open customers:ada customers:bob --currency EUR --metadata "
      "'{\"branch\":\"Wien\"}'\n"
      "  seq -f 'customers:%g' 1000 | giro account open - --currency EUR",
      declare_open, run_open);
}

}  // namespace giro::cli
