// Which accounts most decisions were about, over the last seconds: from the feed of events, from now on.
//
// What always holds: memory is bounded (SpaceSaving, a sketch a tick), and so is the load on the daemon: once a
// tick has its sample, the connection is closed until the next one. Then counts are those of a sample.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cli/operator/space_saving.hpp"
#include "protocol/client.hpp"

namespace giro::cli {

inline constexpr std::size_t kTicksShown = 5;

class BusyAccounts {
 public:
  struct Busy {
    std::string account;
    double share = 0;  // Of the decisions that were looked at.
  };

  explicit BusyAccounts(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  // Forgets the oldest tick, and subscribes where nothing is.
  void begin_tick();
  // To wait for, among others; -1: there is nothing to wait for in this tick.
  [[nodiscard]] int handle() const { return connection_ ? connection_->handle() : -1; }
  // Takes what came, without waiting.
  void take_events();

  [[nodiscard]] std::vector<Busy> busiest(std::size_t count) const;
  // Why there are none; empty: there may be some.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct Tick {
    SpaceSaving accounts;
    std::uint64_t events = 0;
  };

  void subscribe();
  void count(const boost::json::object& entry);

  std::string socket_path_;
  std::optional<client::Connection> connection_;
  std::deque<Tick> ticks_;
  std::string trouble_;
};

// The accounts of an entry, each once.
[[nodiscard]] std::vector<std::string> accounts_of_entry(const boost::json::object& entry);

}  // namespace giro::cli
