#include "relay/relay.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <utility>

#include <SQLiteCpp/Exception.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include "daemon/log.hpp"
#include "ledger/timestamp.hpp"
#include "relay/courier.hpp"
#include "relay/message.hpp"

namespace giro::relay {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kWriteAfter = std::chrono::milliseconds(50);
constexpr auto kWriteAgainAfter = std::chrono::seconds(1);
constexpr auto kLookForRequests = std::chrono::seconds(1);
constexpr auto kStopMax = std::chrono::seconds(20);

Time wall_clock() {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

// The wall clock as it was at the start, and from then on what really passed: a clock that is set hurries or
// delays no retry.
class RelayClock {
 public:
  [[nodiscard]] Time now() const {
    const auto passed = std::chrono::steady_clock::now() - start_;
    return wall_ + std::chrono::duration_cast<Millis>(passed);
  }

 private:
  Time wall_ = wall_clock();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Relay final : public CourierHost {
 public:
  Relay(std::filesystem::path config_file, RelayConfig config, StateFile state);

  std::expected<void, std::string> run();

 private:
  [[nodiscard]] asio::io_context& io() override { return io_; }
  [[nodiscard]] StateFile& state_file() override { return state_; }
  [[nodiscard]] const RelayConfig& config() const override { return config_; }
  [[nodiscard]] DeliveryId next_id() override { return next_id_++; }
  [[nodiscard]] Time now() const override { return clock_.now(); }
  [[nodiscard]] double chance() override { return chances_(random_); }
  [[nodiscard]] std::optional<int> scale_of(const std::string& currency) const override;
  void learn_scale(const Currency& declared) override;
  void changed(bool soon) override;
  void posted() override;

  using Posters = std::map<std::string, std::shared_ptr<HttpPoster>>;
  [[nodiscard]] std::expected<Posters, std::string> posters_of(const RelayConfig& config);
  void wait_for_signals();
  void reload();
  void take_config(RelayConfig config, Posters posters);
  void write();
  bool try_to_write();
  void look_for_requests();
  void do_requests();
  void begin_stop();
  void stop_if_done();
  void feed_watchdog();

  const std::filesystem::path config_file_;
  RelayConfig config_;
  StateFile state_;
  DeliveryId next_id_;
  RelayClock clock_;
  std::mt19937_64 random_{std::random_device{}()};
  std::uniform_real_distribution<double> chances_{0.0, 1.0};
  std::map<std::string, int, std::less<>> scales_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  asio::steady_timer write_timer_{io_};
  asio::steady_timer request_timer_{io_};
  asio::steady_timer stop_timer_{io_};
  asio::steady_timer watchdog_timer_{io_};
  std::map<std::string, std::shared_ptr<Courier>> couriers_;
  std::vector<std::int64_t> done_requests_;
  bool write_is_due_ = false;
  bool on_hold_ = false;
  bool stopping_ = false;
};

Relay::Relay(std::filesystem::path config_file, RelayConfig config, StateFile state)
    : config_file_(std::move(config_file)),
      config_(std::move(config)),
      state_(std::move(state)),
      next_id_(state_.next_id()) {}

std::optional<int> Relay::scale_of(const std::string& currency) const {
  if (const auto known = iso_scale(currency)) return known;
  const auto declared = scales_.find(currency);
  return declared == scales_.end() ? std::nullopt : std::optional(declared->second);
}

void Relay::learn_scale(const Currency& declared) {
  scales_[std::string(declared.code.view())] = declared.scale;
}

std::expected<void, std::string> Relay::run() {
  auto posters = posters_of(config_);
  if (!posters) return std::unexpected(posters.error());
  wait_for_signals();
  take_config(config_, std::move(*posters));
  do_requests();
  look_for_requests();
  feed_watchdog();
  ::sd_notify(0, "READY=1\nSTATUS=Following the feed");
  spdlog::info("giro relay follows {} for {} endpoints; its state is in {}",
               fmt::join(config_.sockets, ", "), couriers_.size(), config_.state.string());
  io_.run();
  if (!try_to_write()) return std::unexpected("what was posted last may be posted again");
  spdlog::info("stopped");
  return {};
}

std::expected<Relay::Posters, std::string> Relay::posters_of(const RelayConfig& config) {
  Posters posters;
  for (const EndpointConfig& endpoint : config.endpoints) {
    auto poster = HttpPoster::create(io_, endpoint);
    if (!poster) return std::unexpected(poster.error());
    posters[endpoint.name] = std::move(*poster);
  }
  return posters;
}

void Relay::wait_for_signals() {
  signals_.async_wait([this](const error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      if (!stopping_) reload();
    } else if (stopping_) {
      io_.stop();
    } else {
      begin_stop();
    }
    wait_for_signals();
  });
}

void Relay::reload() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  ::sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now_us).c_str());
  auto config = read_relay_config(config_file_);
  auto posters = config ? posters_of(*config) : std::unexpected(config.error());
  if (posters) {
    if (config->sockets != config_.sockets || config->state != config_.state) {
      spdlog::warn("changed, but waiting for a restart: socket, state");
    }
    config->sockets = config_.sockets;
    config->state = config_.state;
    take_config(std::move(*config), std::move(*posters));
    spdlog::info("reloaded: {} endpoints", couriers_.size());
  } else {
    log_lines(spdlog::level::err,
              "not reloaded, the settings stay as they were: " + posters.error());
  }
  ::sd_notify(0, posters ? "READY=1\nSTATUS=Reloaded"
                         : "READY=1\nSTATUS=The last reload failed, see the log");
}

void Relay::take_config(RelayConfig config, Posters posters) {
  config_ = std::move(config);
  set_log_level(config_.log_level);
  write();  // What is known of those that leave.
  for (auto each = couriers_.begin(); each != couriers_.end();) {
    if (posters.contains(each->first)) {
      ++each;
      continue;
    }
    each->second->leave();
    each = couriers_.erase(each);
  }
  for (const EndpointConfig& endpoint : config_.endpoints) {
    std::shared_ptr<HttpPoster>& poster = posters[endpoint.name];
    std::shared_ptr<Courier>& courier = couriers_[endpoint.name];
    if (courier != nullptr) {
      courier->set_config(endpoint, std::move(poster));
      continue;
    }
    courier = std::make_shared<Courier>(*this, endpoint, std::move(poster));
    courier->start();
    courier->set_on_hold(on_hold_);
  }
}

void Relay::changed(bool soon) {
  if (write_is_due_ && !soon) return;
  write_is_due_ = true;
  write_timer_.expires_after(soon ? std::chrono::milliseconds(0) : kWriteAfter);
  write_timer_.async_wait([this](const error_code& error) {
    if (!error) write();
  });
}

void Relay::write() {
  write_is_due_ = false;
  const bool written = try_to_write();
  if (on_hold_ == written) {
    on_hold_ = !written;
    if (written) spdlog::info("the state file can be written again: it goes on");
    for (const auto& [name, courier] : couriers_) courier->set_on_hold(on_hold_);
    // Their end wasn't reached, perhaps.
    if (written) asio::post(io_, [this] { do_requests(); });
  }
  if (written) return;
  write_is_due_ = true;
  write_timer_.expires_after(kWriteAgainAfter);
  write_timer_.async_wait([this](const error_code& error) {
    if (!error) write();
  });
}

bool Relay::try_to_write() {
  std::vector<StateFile::EndpointChanges> all;
  std::vector<Courier*> changed;
  const auto add = [&](Courier& courier) {
    if (!courier.has_changes()) return;
    all.push_back({.endpoint = courier.config().name, .changes = courier.changes()});
    changed.push_back(&courier);
  };
  for (const auto& [name, courier] : couriers_) add(*courier);
  if (all.empty() && done_requests_.empty()) return true;
  try {
    state_.write(all, done_requests_);
  } catch (const SQLite::Exception& error) {
    if (!on_hold_) {
      spdlog::critical(
          "the state file {} can't be written: {}. Nothing more is taken or posted until it can; "
          "decisions wait in the ledger, and what was posted last may be posted again",
          config_.state.string(), error.what());
    }
    return false;
  }
  done_requests_.clear();
  for (Courier* courier : changed) courier->changes_written();
  return true;
}

// The command line leaves requests in the state file.
void Relay::look_for_requests() {
  request_timer_.expires_after(kLookForRequests);
  request_timer_.async_wait([this](const error_code& error) {
    if (error || stopping_) return;
    try {
      if (state_.others_wrote()) do_requests();
    } catch (const SQLite::Exception& unreadable) {
      spdlog::debug("requests can't be read for now: {}", unreadable.what());
    }
    look_for_requests();
  });
}

void Relay::do_requests() {
  for (auto requests = state_.requests(); !requests.empty(); requests = state_.requests()) {
    for (const Request& request : requests) {
      const auto courier = couriers_.find(request.endpoint);
      if (courier != couriers_.end()) courier->second->do_request(request);
      done_requests_.push_back(request.id);
    }
    write();
    if (on_hold_) return;
  }
}

// Not from within the courier that calls.
void Relay::posted() {
  if (stopping_) asio::post(io_, [this] { stop_if_done(); });
}

void Relay::begin_stop() {
  stopping_ = true;
  spdlog::info("stopping: what is on its way may arrive, for {} s at most", kStopMax.count());
  ::sd_notify(0, "STOPPING=1\nSTATUS=Waiting for what is on its way");
  request_timer_.cancel();
  for (const auto& [name, courier] : couriers_) courier->stop();
  stop_timer_.expires_after(kStopMax);
  stop_timer_.async_wait([this](const error_code& error) {
    if (!error) io_.stop();
  });
  stop_if_done();
}

void Relay::stop_if_done() {
  const auto is_done = [](const auto& each) { return each.second->on_their_way() == 0; };
  if (std::ranges::all_of(couriers_, is_done)) io_.stop();
}

// The thread that does everything is the one that tells.
void Relay::feed_watchdog() {
  std::uint64_t watchdog_us = 0;
  if (::sd_watchdog_enabled(0, &watchdog_us) <= 0) return;
  ::sd_notify(0, "WATCHDOG=1");
  watchdog_timer_.expires_after(std::chrono::microseconds(watchdog_us / 3));
  watchdog_timer_.async_wait([this](const error_code& error) {
    if (!error) feed_watchdog();
  });
}

}  // namespace

std::expected<void, std::string> run_relay(const std::filesystem::path& config_file,
                                           RelayConfig config) {
  std::signal(SIGXFSZ, SIG_IGN);  // A file at its largest size is then an error, as a full disk is.
  auto state = StateFile::open(config.state);
  if (!state) return std::unexpected(state.error());
  try {
    Relay relay(config_file, std::move(config), std::move(*state));
    return relay.run();
  } catch (const SQLite::Exception& error) {
    return std::unexpected(
        fmt::format("the state file can't be read: {}. Nothing was lost: decisions wait in the "
                    "ledger. See to the "
                    "file, then start again",
                    error.what()));
  }
}

std::expected<void, std::string> check_endpoint(const EndpointConfig& endpoint) {
  asio::io_context io(1);
  if (const auto poster = HttpPoster::create(io, endpoint); !poster) {
    return std::unexpected(poster.error());
  }
  return {};
}

std::expected<void, std::string> send_test(const RelayConfig& config,
                                           const EndpointConfig& endpoint) {
  asio::io_context io(1);
  const auto poster = HttpPoster::create(io, endpoint);
  if (!poster) return std::unexpected(poster.error());
  const auto now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const Event event{.at = format_rfc3339(Timestamp{now_ns.count()})};
  const std::string id = message_id(endpoint.name, event, kTestKind, "");
  const std::string body = cloud_event(id, config.source, kTestKind, "", event.at, "{}");
  std::expected<void, std::string> outcome;
  asio::co_spawn(io, (*poster)->post(id, body),
                 [&outcome](const std::exception_ptr& defect, const PostOutcome& posted) {
                   if (defect) std::rethrow_exception(defect);
                   if (!posted) outcome = std::unexpected(posted.error().what);
                 });
  io.run();
  return outcome;
}

}  // namespace giro::relay
