// All that happens for one endpoint: its feed, its notes of unusual payments, its outbox and its posts, and
// what of it must be written to the state file.
//
// What always holds:
//   - Every endpoint has its own place in the feed. One that is stuck holds up nobody else: its events stay in
//     girod's journal until it has room.
//   - What it took from the feed is in the outbox, done, or filtered out; changes() says so together with the
//     place in the feed, so that a crash repeats and never loses.
//   - While it is on hold (the state file can't be written) it takes nothing and posts nothing.
// Thread: the I/O thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "relay/config.hpp"
#include "relay/feed.hpp"
#include "relay/http_poster.hpp"
#include "relay/outbox.hpp"
#include "relay/state_file.hpp"
#include "relay/unusual/detector.hpp"

namespace giro::relay {

// What the endpoints of one relay share.
class CourierHost {
 public:
  [[nodiscard]] virtual boost::asio::io_context& io() = 0;
  [[nodiscard]] virtual StateFile& state_file() = 0;
  [[nodiscard]] virtual const RelayConfig& config() const = 0;
  [[nodiscard]] virtual DeliveryId next_id() = 0;
  [[nodiscard]] virtual Time now() const = 0;
  [[nodiscard]] virtual double chance() = 0;  // From 0 to below 1.
  [[nodiscard]] virtual std::optional<int> scale_of(const std::string& currency) const = 0;
  virtual void learn_scale(const Currency& declared) = 0;
  // There is something to write; `soon`: much of it.
  virtual void changed(bool soon) = 0;
  // A post came back.
  virtual void posted() = 0;

 protected:
  ~CourierHost() = default;
};

class Courier final : public std::enable_shared_from_this<Courier>, FeedTaker {
 public:
  Courier(CourierHost& host, EndpointConfig config, std::shared_ptr<HttpPoster> poster);

  // From the state file, as it was left. May throw SQLite::Exception.
  void start();
  // Nothing new is taken or posted from now on; what is on its way may come back.
  void stop();
  // It isn't configured any more: what comes back is nobody's business. Its place in the file stays.
  void leave();
  void set_on_hold(bool on_hold);
  void set_config(EndpointConfig config, std::shared_ptr<HttpPoster> poster);
  // What the command line asked for.
  void do_request(const Request& request);

  [[nodiscard]] const EndpointConfig& config() const { return config_; }
  [[nodiscard]] std::size_t on_their_way() const { return outbox_.on_their_way(); }

  [[nodiscard]] bool has_changes() const { return has_changes_; }
  [[nodiscard]] Changes changes() const;
  void changes_written();

 private:
  [[nodiscard]] Place place() const override;
  void begin_after(std::int64_t seq) override;
  [[nodiscard]] bool has_room() const override;
  void take(const Event& event) override;
  void learn(const Currency& declared) override { host_.learn_scale(declared); }
  void halt(const std::string& why) override;
  void tell_trouble(const std::string& what) override;

  void add(std::int64_t seq, std::string webhook_id, std::string body,
           std::vector<std::string> accounts);
  void add_notes(const Event& event);
  void resend(DeliveryId id);
  void go_on();
  void pump();
  void post(const Delivery& delivery);
  void came_back(DeliveryId id, const PostOutcome& outcome);
  void was_delivered(DeliveryId id);
  void has_failed(DeliveryId id, const PostFailure& failure);
  void mark_changed();

  CourierHost& host_;
  EndpointConfig config_;
  std::shared_ptr<HttpPoster> poster_;
  EndpointState state_;
  Outbox outbox_;
  Detector detector_;
  Feed feed_;
  boost::asio::steady_timer next_start_;
  bool stopped_ = false;
  bool left_ = false;
  bool on_hold_ = false;
  std::optional<std::string> trouble_;  // What was told last; empty: it follows the feed.

  // Since the last write.
  bool has_changes_ = false;
  std::set<DeliveryId> stored_;   // Of those in the outbox, what the file has.
  std::set<DeliveryId> touched_;  // Of those in the outbox, what the file doesn't have so.
  std::vector<DeliveryId> done_;
  std::vector<Delivery> dead_;
  std::vector<DeliveryId> buried_;
};

}  // namespace giro::relay
