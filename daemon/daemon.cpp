#include "daemon/daemon.hpp"

#include <csignal>
#include <latch>
#include <ranges>
#include <stdexcept>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/texts.hpp"
#include "daemon/cause_log.hpp"
#include "daemon/cluster_node.hpp"
#include "daemon/entrances.hpp"
#include "daemon/log.hpp"
#include "daemon/notifier.hpp"
#include "daemon/open_ledger.hpp"
#include "daemon/server.hpp"
#include "daemon/socket_keeper.hpp"
#include "daemon/tcp_listener.hpp"
#include "engine/commit_thread.hpp"
#include "engine/ledger_clock.hpp"
#include "engine/read_thread.hpp"
#include "engine/scrubber.hpp"
#include "ledger/store/sqlite/damaged_pages.hpp"
#include "session/answers.hpp"
#include "session/dispatcher.hpp"
#include "session/feed.hpp"

namespace giro {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kFailure = 1;
constexpr std::size_t kFeedJobsMax = 4'096;  // One a subscriber at a time; who finds it full waits.
constexpr std::chrono::seconds kFlushMax{5};

std::shared_ptr<const Rules> rules_of(const Config& config, gid_t socket_group) {
  if (!config.rules.empty()) return std::make_shared<const Rules>(config.rules);
  return std::make_shared<const Rules>(default_rules(::geteuid(), socket_group));
}

// Ten thousand clients need as many descriptors; the soft limit is usually 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void tell(Severity severity, Event event, std::string text) {
  log_notice({.severity = severity, .event = event, .text = std::move(text)});
}

struct CantStart : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Made>
Made made_or_thrown(std::expected<Made, std::string> made) {
  if (!made) throw CantStart(made.error());
  return std::move(*made);
}

// In the order of Bound.
Amounts amounts_of(const Limits& limits) {
  return {limits.connections, limits.queue.items_max,  limits.queue.bytes_max,
          limits.questions,   limits.unfinished_bytes, limits.reply_bytes};
}

class Daemon final : Backend {
 public:
  Daemon(Options options, const Config& config, const Entrances& entrances,
         std::unique_ptr<Ledger> ledger);
  int run();

 private:
  [[nodiscard]] WorkSource& source() { return cluster_ ? cluster_->source() : work_order_; }
  void post_group(std::unique_ptr<CommittedGroup> group);
  ReadThread::Deliver post_read_answer(ReadThread& thread);
  void wait_for_signals();
  void reload();
  void take_limits(const Limits& limits);
  void take_rules(const std::shared_ptr<const Rules>& rules);
  void take_token();
  void tell_damage();
  void fail(const std::string& why);
  void begin_stop();
  void finish();
  void finish_when_flushed(std::chrono::steady_clock::time_point deadline);

  // For the sessions.
  Admission push(WorkItem&& item, Weight weight) override;
  bool ask(ReadJob&& job) override;
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::now();
  }
  void look_for_late(std::chrono::steady_clock::time_point at) override;
  void warn(const std::string& cause, Notice notice) override;
  [[nodiscard]] Weight load() const override { return queue_.load(); }
  [[nodiscard]] const CommitMetrics& metrics() const override { return commit_.metrics(); }
  [[nodiscard]] std::uint64_t disk_free_bytes() const override;
  [[nodiscard]] PageFigures pages() const override { return scrubber_.figures(); }
  [[nodiscard]] std::optional<ClusterFigures> cluster() const override {
    return cluster_ ? std::optional(cluster_->figures()) : std::nullopt;
  }
  [[nodiscard]] std::optional<ReadAge> read_age() const override {
    return cluster_ ? std::optional(cluster_->read_age()) : std::nullopt;
  }
  [[nodiscard]] std::uint64_t uptime_s() const override;

  // In the order in which each needs the ones before it.
  const Options options_;
  const Config config_;  // Of the start.
  const gid_t socket_group_;
  const store::LedgerFile ledger_file_;
  const Seq head_at_start_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  ServerInfo info_;
  WorkQueue queue_;
  LocalWork work_order_;
  std::unique_ptr<ClusterNode> cluster_;  // Null: the order is this machine's own.
  UserShares
      shares_;  // Handlers that never run hold connections until io_ goes, and they hold shares.
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  http::Gate gate_;
  asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  asio::steady_timer flush_timer_{io_};
  asio::steady_timer late_timer_{io_};
  Sessions sessions_;
  Feed feed_;
  Postponed postponed_;
  Dispatcher dispatcher_;
  const SessionParts session_parts_;
  Answers answers_;
  CauseLog log_;
  ReadThread reads_;
  ReadThread audits_;
  ReadThread feed_reads_;
  Scrubber scrubber_;
  std::size_t damage_told_ = 0;
  Notifier notifier_;
  Server server_;
  std::optional<Server> tcp_server_;
  SocketKeeper socket_keeper_;
  std::latch stop_begun_{1};
  bool stopping_ = false;
  bool failed_ = false;
  CommitThread commit_;  // Last: its answers need all the others.
};

Daemon::Daemon(Options options, const Config& config, const Entrances& entrances,
               std::unique_ptr<Ledger> ledger)
    : options_(std::move(options)),
      config_(config),
      socket_group_(entrances.local.group),
      ledger_file_(ledger->store().ledger_file()),
      head_at_start_(ledger->state().seq()),
      info_{.version = GIRO_VERSION,
            .sqlite = ::sqlite3_libversion(),
            .pid = static_cast<std::uint64_t>(::getpid()),
            .uid = ::getuid(),
            .data = config.data.native(),
            .limits = config.limits,
            .openrpc = api::openrpc_text(),
            .openapi = api::openapi_text()},
      queue_(config.limits.queue),
      work_order_(queue_, kGroupMax),
      cluster_(made_or_thrown(make_cluster_node(
          config, *ledger, queue_,
          [this](const std::string& why) { asio::post(io_, [this, why] { fail(why); }); }))),
      shares_(amounts_of(config.limits)),
      gate_(entrances.token),
      feed_(sessions_, *this, head_at_start_),
      postponed_(*this, head_at_start_),
      dispatcher_(*this, postponed_, info_),
      session_parts_{.dispatcher = dispatcher_, .feed = feed_, .limits = info_.limits},
      answers_(sessions_, feed_, postponed_, *this, info_),
      reads_("reads", ledger_file_, config.limits.questions, post_read_answer(reads_)),
      audits_("audits", ledger_file_, config.limits.audits, post_read_answer(audits_)),
      feed_reads_("feed", ledger_file_, kFeedJobsMax, post_read_answer(feed_reads_)),
      scrubber_(ledger_file_,
                {.every = std::chrono::hours(config.limits.scrub_hours),
                 .bytes_per_second = config.limits.scrub_bytes},
                [this] { asio::post(io_, [this] { tell_damage(); }); }),
      notifier_(io_, queue_),
      server_(io_, {.socket = entrances.local.socket}, sessions_, session_parts_,
              rules_of(config, socket_group_), shares_, log_),
      socket_keeper_(io_, entrances.local, config,
                     [this](int socket) { server_.listen_on(socket); }),
      commit_({.ledger = std::move(ledger),
               .source = source(),
               .clock = LedgerClock::system_sources(),
               .deliver =
                   [this](std::unique_ptr<CommittedGroup> group) { post_group(std::move(group)); },
               .on_failure =
                   [this](const std::string& why) { asio::post(io_, [this, why] { fail(why); }); },
               .tell = log_notice,
               .tells_decisions = [] { return spdlog::should_log(spdlog::level::debug); }},
              [this](auto until) { cluster_ ? cluster_->wait(until) : queue_.wait(until); }) {
  take_limits(config.limits);
  if (entrances.tcp) {
    tcp_server_.emplace(io_, tcp_door(*entrances.tcp, config, gate_), sessions_, session_parts_,
                        rules_of(config, socket_group_), shares_, log_);
  }
}

Admission Daemon::push(WorkItem&& item, Weight weight) {
  const Admission admission = queue_.push(std::move(item), weight);
  if (cluster_ && admission == Admission::accepted) cluster_->wake();
  return admission;
}

bool Daemon::ask(ReadJob&& job) {
  if (std::holds_alternative<EventsQuestion>(job.question)) return feed_reads_.ask(std::move(job));
  const bool is_audit = std::holds_alternative<VerifyQuestion>(job.question) ||
                        std::holds_alternative<TrialBalanceQuestion>(job.question) ||
                        std::holds_alternative<TotalsQuestion>(job.question);
  return (is_audit ? audits_ : reads_).ask(std::move(job));
}

void Daemon::look_for_late(std::chrono::steady_clock::time_point at) {
  late_timer_.expires_at(at);
  late_timer_.async_wait([this](const error_code& error) {
    if (!error) answers_.refuse_late();
  });
}

std::uint64_t Daemon::disk_free_bytes() const {
  std::error_code error;
  const auto space = std::filesystem::space(config_.data, error);
  return error ? 0 : space.available;
}

void Daemon::warn(const std::string& cause, Notice notice) {
  log_.warn(cause, std::move(notice));
}

std::uint64_t Daemon::uptime_s() const {
  const auto uptime = std::chrono::steady_clock::now() - started_;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(uptime).count());
}

// One handler a group, however many connections its answers are for.
void Daemon::post_group(std::unique_ptr<CommittedGroup> group) {
  asio::post(io_, [this, group = std::move(group)]() mutable {
    answers_.deliver(*group);
    commit_.give_back(std::move(group));
    notifier_.progress();
    tell_damage();
  });
}

ReadThread::Deliver Daemon::post_read_answer(ReadThread& thread) {
  return [this, &thread](ReadAnswer answer) {
    asio::post(io_, [this, &thread, answer = std::move(answer)]() mutable {
      thread.taken();
      if (!answer.trouble.empty()) spdlog::error("{}", answer.trouble);
      tell_damage();
      answers_.deliver(std::move(answer));
    });
  };
}

int Daemon::run() {
  wait_for_signals();
  server_.start();
  if (tcp_server_) tcp_server_->start();
  socket_keeper_.start();
  reads_.start();
  audits_.start();
  feed_reads_.start();
  scrubber_.start();
  if (cluster_) cluster_->start();
  commit_.start();
  asio::post(io_, [this] {
    notifier_.ready(fmt::format("Ready; {} entries at the start", head_at_start_));
  });
  std::thread io_thread([this] {
    ::pthread_setname_np(::pthread_self(), "io");
    io_.run();
  });
  stop_begun_.wait();
  if (cluster_) cluster_->join();
  commit_.join();
  asio::post(io_, [this] { finish(); });
  io_thread.join();
  reads_.stop();
  audits_.stop();
  feed_reads_.stop();
  scrubber_.stop();
  return failed_ ? kFailure : 0;
}

void Daemon::wait_for_signals() {
  signals_.async_wait([this](const error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      reload();
    } else if (!stopping_) {
      tell(Severity::info, Event::stopping,
           "stopping: what was accepted is committed and answered first");
      begin_stop();
    }
    wait_for_signals();
  });
}

void Daemon::reload() {
  Notifier::reloading();
  const auto config = effective_config(options_);
  if (config) {
    set_log_level(config->log_level);
    take_rules(rules_of(*config, socket_group_));
    take_token();
    take_limits(config->limits);
    tell(Severity::info, Event::reloaded, "reloaded: rules, log level and limits");
    if (const auto waiting = waiting_for_restart(config_, *config); !waiting.empty()) {
      spdlog::warn("changed, but waiting for a restart: {}", fmt::join(waiting, ", "));
    }
  } else {
    tell(Severity::error, Event::not_reloaded, "not reloaded, the settings stay as they were:");
    log_lines(spdlog::level::err, config.error());
  }
  notifier_.ready(config ? "Ready; reloaded" : "Ready; the last reload failed, see the log");
}

// The limits that need no restart.
void Daemon::take_limits(const Limits& limits) {
  Limits& mine = info_.limits;
  mine.window = limits.window;
  mine.line_seconds = limits.line_seconds;
  mine.connections = limits.connections;
  // Shared out is what there is: with few descriptors one user would take them all.
  shares_.set_most(Bound::connections, std::min(mine.connections, server_.room()));
  shares_.set_most(Bound::line_bytes, mine.unfinished_bytes = limits.unfinished_bytes);
  shares_.set_most(Bound::reply_bytes, mine.reply_bytes = limits.reply_bytes);
}

// For the connections that are open, too.
void Daemon::take_rules(const std::shared_ptr<const Rules>& rules) {
  server_.set_rules(rules);
  if (tcp_server_) tcp_server_->set_rules(rules);
  for (const auto& session : sessions_.all()) session->set_access(Access(rules, session->peer()));
}

// Of the same file: whether there is one at all waits for a restart.
void Daemon::take_token() {
  if (!gate_.has_token()) return;
  if (auto token = read_token(config_.http.token_file)) {
    gate_.set_token(std::move(*token));
  } else {
    spdlog::error("{}. The token before stays in force", token.error());
  }
}

// Whoever met it.
void Daemon::tell_damage() {
  if (store::damaged_page_count() <= damage_told_) return;
  const auto pages = store::damaged_pages();
  for (const std::string& page : pages | std::views::drop(damage_told_)) {
    tell(Severity::critical, Event::damaged,
         fmt::format(
             "{} isn't what was written: its checksum doesn't hold. What is on it isn't told or "
             "used, and all else goes on. Keep a copy of the folder, see to the disk, then run "
             "giro verify",
             page));
  }
  damage_told_ = std::max(pages.size(), store::damaged_page_count());
}

void Daemon::fail(const std::string& why) {
  failed_ = true;
  spdlog::critical("{}", why);
  begin_stop();
}

void Daemon::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  notifier_.stopping();
  socket_keeper_.stop();
  server_.stop_accepting();
  if (tcp_server_) tcp_server_->stop_accepting();
  queue_.close();
  reads_.cancel();
  audits_.cancel();
  stop_begun_.count_down();
}

// Every group was delivered before this: handlers run in the order posted.
void Daemon::finish() {
  answers_.abandon_undecided();
  finish_when_flushed(std::chrono::steady_clock::now() + kFlushMax);
}

void Daemon::finish_when_flushed(std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds kLook{10};
  const auto all = sessions_.all();
  const bool flushed =
      std::ranges::all_of(all, [](const auto& session) { return session->is_idle(); });
  if (flushed || std::chrono::steady_clock::now() >= deadline) {
    for (const auto& session : all) {
      session->end();
      session->wake();
    }
    io_.stop();
    return;
  }
  flush_timer_.expires_after(kLook);
  flush_timer_.async_wait([this, deadline](const error_code&) { finish_when_flushed(deadline); });
}

}  // namespace

int run_daemon(const Options& options, const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // A file at its largest size is then an error, as a full disk is.
  raise_descriptor_limit();
  const auto entrances = open_entrances(config);
  if (!entrances) {
    spdlog::critical("{}", entrances.error());
    return kFailure;
  }
  auto ledger = open_ledger(options, config);
  if (ledger == nullptr) {
    remove_own_file(entrances->local);
    return kFailure;
  }
  const Seq head = ledger->state().seq();
  std::optional<Daemon> daemon;
  try {
    daemon.emplace(options, config, *entrances, std::move(ledger));
  } catch (const CantStart& error) {
    spdlog::critical("{}", error.what());
    remove_own_file(entrances->local);
    return kFailure;
  }
  log_notice({.severity = Severity::info,
              .event = Event::ready,
              .text = fmt::format("girod {} listens on {}, the ledger is in {} and has {} entries",
                                  GIRO_VERSION, words_on(*entrances), config.data.string(), head),
              .seq = head});
  const int code = daemon->run();
  spdlog::info("stopped");
  return code;
}

}  // namespace giro
