// A subscription to girod's events from a place on, which outlives girod's restarts; of a cluster's nodes the nearest
// that can be followed is, since all of them have the same events.
//
// What always holds:
//   - Events come in order of their seqs, without a gap, each once. Before anything new the last event that was
//     taken is read again: where it was decided at another time, or isn't there, the ledger is another
//     one (a backup was restored), and nothing is taken from it until the operator says from where.
//   - One node of several that is gone, silent, behind what was taken, or apart from the others while nothing comes, is
//     followed by the next one; only a whole pass over them by a pause.
//   - Nothing is read that its taker has no room for: the feed is closed meanwhile, and the journal keeps it.
// Thread: the I/O thread, which it never blocks for longer than girod takes to accept a connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "ledger/money.hpp"
#include "protocol/client.hpp"
#include "relay/event.hpp"

namespace giro::relay {

// Who takes the events.
class FeedTaker {
 public:
  struct Place {
    std::int64_t cursor = -1;           // The last event that was taken; -1: none yet.
    std::string at;                     // When that was decided; empty: not known.
    std::optional<std::int64_t> first;  // Where to begin; nothing: with the next decision.
  };
  [[nodiscard]] virtual Place place() const = 0;
  // The place where it begins, before any event.
  virtual void begin_after(std::int64_t seq) = 0;
  [[nodiscard]] virtual bool has_room() const = 0;
  virtual void take(const Event& event) = 0;
  virtual void learn(const Currency& declared) = 0;
  // It can't go on with this ledger.
  virtual void halt(const std::string& why) = 0;
  // The feed was interrupted, and goes on (empty).
  virtual void tell_trouble(const std::string& what) = 0;

 protected:
  ~FeedTaker() = default;
};

class Feed {
 public:
  // At least one socket, the nearest first.
  Feed(boost::asio::io_context& io, std::vector<std::string> sockets, FeedTaker& taker);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  ~Feed();

  // Again from the taker's place, if it isn't open already.
  void open();
  void close();
  [[nodiscard]] bool is_open() const { return connection_.has_value() || waits_; }

 private:
  [[nodiscard]] const std::string& here() const { return sockets_[at_]; }
  [[nodiscard]] bool are_several() const { return sockets_.size() > 1; }
  void connect();
  void look_after();
  void ask_status();
  void wait_readable();
  void read();
  // False: the feed was closed.
  [[nodiscard]] bool read_replies();
  [[nodiscard]] bool read_events();
  [[nodiscard]] bool take_reply(const client::Reply& reply);
  void learn_currencies(const boost::json::object& status);
  [[nodiscard]] bool take_subscribed(const client::Reply& reply);
  [[nodiscard]] bool take_event(const boost::json::value& entry);
  void ends_before(std::int64_t cursor, std::int64_t head);
  void leave_isolated();
  void interrupted(const std::string& why);
  void go_on_at_next();
  void halted(const std::string& why);

  boost::asio::io_context& io_;
  std::vector<std::string> sockets_;
  std::size_t at_ = 0;
  FeedTaker& taker_;
  std::optional<client::Connection> connection_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;          // To connect again.
  boost::asio::steady_timer look_timer_;     // Whether the node is alive.
  bool waits_ = false;                       // To connect again.
  bool subscribed_ = false;                  // girod said so.
  bool verified_ = false;                    // The last event taken was seen again.
  bool heard_ = false;                       // Anything, since it was looked after.
  std::optional<client::RequestId> status_;  // Asked for, and not there yet.
  std::size_t failed_ = 0;                   // Nodes, one after the other.
  std::size_t isolated_ = 0;                 // The same, that were apart.
  // For handlers that run when all this, or the connection that they were for, is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::uint64_t turn_ = 0;
};

}  // namespace giro::relay
