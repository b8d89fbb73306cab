// giro tail: follows the decisions, across restarts of the daemon.
//
// What always holds: every decision from the first one on is shown once, in order. After a connection was lost the
// next one goes on behind the last decision that was shown; a ledger that lacks that one is another one, and ends it.
// Of several nodes one that is silent, or doesn't reach the others, is left for the next one.
#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

struct TailOptions {
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> count;
  bool no_reconnect = false;
};

void declare_tail(CLI::App& command, TailOptions& options) {
  command.add_option("--from", options.from, "From this seq on (default: the next decision)");
  command.add_option("--count", options.count, "Ends after so many decisions");
  command.add_flag(
      "--no-reconnect", options.no_reconnect,
      "Ends when the connection is lost (default: waits for the daemon, for ever or as "
      "long as --timeout says, and goes on)");
}

class Feed {
 public:
  Feed(Session& session, const TailOptions& options)
      : session_(session),
        options_(options),
        next_(options.from),
        writer_(session, entry_columns()) {}

  Result<ExitCode> run() {
    auto done = subscribe();
    for (;;) {
      if (done) done = follow();
      if (done) break;
      if (options_.no_reconnect || !subscribed_ || !may_come_back(done.error())) {
        return std::unexpected(with_place(std::move(done).error()));
      }
      done = reconnect(std::move(done).error());
      if (!done) return std::unexpected(with_place(std::move(done).error()));
    }
    if (session_.format() != Format::table) print(writer_.end());
    return ExitCode::ok;
  }

 private:
  static constexpr std::chrono::milliseconds kFirstPause{100};
  static constexpr std::chrono::milliseconds kLongestPause{2'000};

  // Not what is wrong with the request, or with this user's rights.
  static bool may_come_back(const Failure& failure) {
    return failure.exit == ExitCode::no_daemon || failure.exit == ExitCode::try_again;
  }

  Result<void> subscribe() {
    json::object params;
    if (next_) params["from"] = *next_;
    const auto subscribed = session_.call("events.subscribe", params);
    if (!subscribed) return std::unexpected(subscribed.error());
    subscribed_ = true;
    connection_ = session_.connections();
    const auto from = number_field(*subscribed, "from");
    if (!next_ && from) next_ = static_cast<std::uint64_t>(*from);
    const auto head = static_cast<std::uint64_t>(number_field(*subscribed, "head_seq").value_or(0));
    if (!last_ || head >= *last_) return {};
    return std::unexpected(Failure{
        .exit = ExitCode::rejected,
        .what = fmt::format("the ledger is another one, or older: it ends with #{}, and #{} was "
                            "shown already",
                            head, *last_),
        .money = "It was only a question: no money moved.",
        .advice = "If a backup was restored, what was shown after it is gone: look at the daemon's "
                  "log, then begin again with `giro tail --from SEQ`."});
  }

  // Until --count is reached, or something fails.
  Result<void> follow() {
    while (!options_.count || shown_ < *options_.count) {
      // To show a decision something may have been asked over another connection.
      if (session_.connections() != connection_) {
        const client::TransportError lost{client::TransportError::Kind::lost, 0, {}};
        return std::unexpected(session_.explain(lost, false));
      }
      const auto connection = session_.connection();
      if (!connection) return std::unexpected(connection.error());
      // Nothing more to show for now: what was shown so far is wanted at once.
      if (!(*connection)->has_notification()) flush_prints();
      const auto event = (*connection)->next_notification(quiet_until());
      if (!event && event.error().kind == client::TransportError::Kind::timed_out) {
        if (auto well = look_after(); !well) return well;
        continue;
      }
      if (!event) return std::unexpected(session_.explain(event.error(), false));
      if (event->method != "event" || !event->params.is_object()) continue;
      if (auto done = show(event->params.get_object()); !done) return done;
    }
    return {};
  }

  [[nodiscard]] client::Clock::time_point quiet_until() const {
    if (!session_.nodes().are_several()) return client::kNoDeadline;
    return client::Clock::now() + client::kSilenceMax;
  }

  // Nothing came for long. Where a node doesn't answer the session goes on to the next one by itself.
  Result<void> look_after() {
    const std::string node = session_.socket_path();
    const auto status = session_.call("ledger.status", {});
    if (!status) return std::unexpected(status.error());
    if (session_.socket_path() != node) return std::unexpected(left(node, "doesn't answer"));
    if (!client::is_isolated(*status)) return {};
    session_.nodes().leave();
    return std::unexpected(left(node, "doesn't reach the other nodes"));
  }

  static Failure left(const std::string& node, std::string_view why) {
    return {.exit = ExitCode::try_again,
            .what = fmt::format("the daemon at {} {}", node, why),
            .money = "It was only a question: no money moved.",
            .advice = "See `giro cluster status`."};
  }

  Result<void> show(const json::object& entry) {
    const auto text = shown(entry);
    if (!text) return std::unexpected(text.error());
    print(*text);
    if (const auto seq = number_field(entry, "seq")) {
      last_ = static_cast<std::uint64_t>(*seq);
      session_.nodes().note(*last_);
      next_ = *last_ + 1;
    }
    ++shown_;
    return {};
  }

  Result<std::string> shown(const json::object& entry) {
    if (session_.format() != Format::table) return writer_.row(entry);
    if (auto added = add_entry(session_, table_, entry); !added) {
      return std::unexpected(std::move(added).error());
    }
    return table_.render(session_.look());
  }

  Result<void> reconnect(Failure cause) {
    note(fmt::format("giro: {}; waiting for it, to go on from #{}.\n", cause.what, *next_));
    const auto deadline = deadline_after(session_.patience(kEndless));
    auto pause = kFirstPause;
    while (client::Clock::now() < deadline) {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
      session_.drop_connection();
      auto done = subscribe();
      if (done) note("giro: the daemon is back.\n");
      if (done || !may_come_back(done.error())) return done;
      cause = std::move(done).error();
    }
    return std::unexpected(std::move(cause));
  }

  Failure with_place(Failure failure) const {
    if (last_ && may_come_back(failure)) {
      failure.advice = fmt::format("Go on with `giro tail --from {}`.", *next_);
    }
    return failure;
  }

  Session& session_;
  const TailOptions& options_;
  std::optional<std::uint64_t> next_;  // To be shown; nothing: not known yet.
  std::optional<std::uint64_t> last_;  // That was shown.
  std::uint64_t shown_ = 0;
  std::uint64_t connection_ = 0;  // That it is subscribed on.
  bool subscribed_ = false;       // Once, at least: the daemon was there.
  Table table_ = entry_table();
  RowWriter writer_;
};

Result<ExitCode> run_tail(Session& session, const TailOptions& options) {
  return Feed(session, options).run();
}

}  // namespace

void add_tail_command(CLI::App& app, Invocation& invocation) {
  add_command<TailOptions>(
      app, invocation, "tail",
      "Shows every decision as it is made, in order, without a gap, also across restarts of the "
      "daemon. Ends with Ctrl-C (exit code 130), or after --count",
      "  giro tail --from 1 --count 10\n  giro tail --json | jq .amount", declare_tail, run_tail);
}

}  // namespace giro::cli
