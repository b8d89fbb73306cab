// events.subscribe. The feed is the journal itself: a subscriber has the seq that it gets next, and
// whenever the head is past it and its session has room, a reading thread fetches a piece.
// Catching up and following are one code path.
//
// What always holds: events go out in order of seq without a gap, after they are durable; at most
// one piece of a subscriber is under way, so a slow one costs bounded memory and no time of others.
// Thread: that of the sessions.
#pragma once

#include <vector>

#include "session/backend.hpp"
#include "session/sessions.hpp"

namespace giro {

class Feed {
 public:
  Feed(Sessions& sessions, Backend& backend, Seq head)
      : sessions_(sessions), backend_(backend), head_(head) {}

  // Replaces the session's earlier subscription.
  void start(Session& session, Seq from);
  static void stop(Session& session) { session.subscription().reset(); }
  // Everything up to `head` is durable.
  void advance(Seq head);
  // Fetches the next piece, if there is one and the session has room for it.
  void serve(Session& session);
  // The session may be gone, or subscribed anew: then the piece is dropped.
  void loaded(const ReplyAddress& to, const ReadResult& result);
  [[nodiscard]] std::size_t count() const;

 private:
  void serve_all();

  Sessions& sessions_;
  Backend& backend_;
  Seq head_;
  std::uint32_t last_number_ = 0;
  std::vector<std::uint64_t> subscribers_;  // Session ids; swept of the ended ones when served.
};

}  // namespace giro
