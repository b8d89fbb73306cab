// events.subscribe. The feed is the journal itself: a subscriber has the seq that it gets next, and
// whenever the head is past it and its connection has room, the feed thread fetches a piece.
// Catching up and following are one code path.
//
// What always holds: events go out in order of seq without a gap, after they are durable; at most
// one piece of a subscriber is under way, so a slow one costs bounded memory and no time of others.
// Thread: the I/O thread.
#pragma once

#include <vector>

#include "daemon/connections.hpp"
#include "engine/read_thread.hpp"

namespace giro {

class Subscriptions {
 public:
  Subscriptions(Connections& connections, ReadThread& feed, Seq head)
      : connections_(connections), feed_(feed), head_(head) {}

  // Replaces the connection's earlier subscription.
  void start(Connection& connection, Seq from);
  static void stop(Connection& connection) { connection.subscription().reset(); }
  // Everything up to `head` is durable.
  void advance(Seq head);
  // The connection has room.
  void pump(Connection& connection);
  // The connection may be gone, or subscribed anew: then the piece is dropped.
  void loaded(const ReplyAddress& to, const ReadResult& result);
  [[nodiscard]] std::size_t count() const;

 private:
  void pump_all();

  Connections& connections_;
  ReadThread& feed_;
  Seq head_;
  std::uint32_t last_number_ = 0;
  std::vector<std::uint64_t> subscribers_;  // Connection ids; swept of the ended ones when pumped.
};

}  // namespace giro
