// Sends streams of requests over many connections from one thread, and measures their replies. Where there are several nodes
// their sockets get the connections in turn.
//
// What always holds:
//   - Every request is answered, once, before run() succeeds; a reply to nothing is a Failure.
//   - A closed loop (no arrival rate) keeps `window` requests outstanding on each connection. An
//     open loop sends when it is time, however many are outstanding, and counts latency from when
//     the request was meant to be sent: a daemon that stalls can't hide the requests that its
//     stall kept from being sent (coordinated omission).
//   - Latency ends when the reply is read, before it is checked.
// Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/channel.hpp"
#include "bench/load/failure.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/rate_series.hpp"
#include "bench/load/traffic.hpp"

namespace giro::load {

struct Stream {
  Traffic* traffic = nullptr;
  unsigned connections = 1;
  unsigned window = 1;
  double arrivals_per_second = 0;                // Above 0: an open loop, over all its connections.
  std::optional<Clock::duration> duration = {};  // Nothing: until the traffic ends.
  bool background = false;                       // Ends when all others have.

  Histogram latency = {};    // Of requests.
  RateSeries progress = {};  // Of units of work.
};

// Called about ten times a second; false: the user doesn't want to go on.
using Watch = std::function<bool()>;

class Driver {
 public:
  Driver(std::vector<std::string> sockets, Watch watch);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // REQUIRES: the streams outlive the call. Their results are in them afterwards.
  [[nodiscard]] Result<void> run(const std::vector<Stream*>& streams);

 private:
  struct Lane;   // A connection.
  struct Route;  // A stream, and where it is.

  [[nodiscard]] Result<void> open(const std::vector<Stream*>& streams);
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> loop();
  [[nodiscard]] Result<void> serve(Lane& lane, std::uint32_t events);
  [[nodiscard]] Result<void> take_line(Lane& lane, std::string_view line, Clock::time_point now);
  [[nodiscard]] Result<void> take_result(Lane& lane, std::uint32_t id, std::string_view result,
                                         Clock::time_point now);
  [[nodiscard]] Result<void> send_arrivals(Route& route, Clock::time_point now);
  [[nodiscard]] Result<void> fill(Lane& lane);
  // False: the stream has nothing to send (any more).
  bool issue(Lane& lane, std::optional<Clock::time_point> intended);
  [[nodiscard]] Result<void> flush(Lane& lane);
  // When something is to be done even if no connection is ready.
  [[nodiscard]] Clock::time_point next_deadline() const;
  [[nodiscard]] bool finished();

  std::vector<std::string> sockets_;
  Watch watch_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<char> buffer_;
  Clock::time_point next_watch_;
};

}  // namespace giro::load
