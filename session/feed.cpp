#include "session/feed.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "session/entry_json.hpp"

namespace giro {
namespace {

constexpr std::size_t kEventBytes = 400;  // Of a plain payment's, about.

// Entries from `next` on, one or more, and none of them missing.
bool follows(std::span<const Entry> entries, Seq next) {
  return !entries.empty() && entries.front().seq == next &&
         entries.back().seq - next + 1 == entries.size();
}

}  // namespace

void Feed::start(Session& session, Seq from) {
  session.subscription() = Subscription{.next = from, .number = ++last_number_, .loading = false};
  if (std::ranges::find(subscribers_, session.id()) == subscribers_.end()) {
    subscribers_.push_back(session.id());
  }
  serve(session);
}

void Feed::advance(Seq head) {
  if (head <= head_) return;
  head_ = head;
  serve_all();
}

void Feed::serve_all() {
  std::erase_if(subscribers_, [this](std::uint64_t id) {
    const auto session = sessions_.find(id);
    if (!session || !session->subscription()) return true;
    serve(*session);
    return false;
  });
}

void Feed::serve(Session& session) {
  auto& subscription = session.subscription();
  if (!subscription || subscription->loading || subscription->next > head_) return;
  if (!session.has_room()) return;
  // A full queue of jobs is tried again after the next piece or group.
  subscription->loading =
      backend_.ask({.to = {.connection = session.id(), .slot = subscription->number},
                    .uid = session.peer().uid,
                    .ticket = {},
                    .question = EventsQuestion{.from = subscription->next, .until = head_},
                    .is_left = session.is_left()});
}

void Feed::loaded(const ReplyAddress& to, const ReadResult& result) {
  const auto session = sessions_.find(to.connection);
  if (session && session->subscription() && session->subscription()->number == to.slot) {
    Subscription& subscription = *session->subscription();
    const auto* found = std::get_if<EventsFound>(&result);
    if (found == nullptr || !follows(found->entries, subscription.next)) {
      // A gap must never look like silence: the client sees the end, and comes again.
      session->cut_off({.why = fmt::format("the journal can't be read at seq {}: a subscriber of "
                                           "user {} is cut off",
                                           subscription.next, session->peer().uid),
                        .is_our_fault = true});
      return session->wake();
    }
    subscription.next = found->entries.back().seq + 1;
    subscription.loading = false;
    session->make_room(kEventBytes * found->entries.size());
    for (const Entry& entry : found->entries) {
      session->send_event(entry.seq, [&](protocol::JsonWriter& json) {
        write_entry(json, entry, found->accounts);
      });
    }
    session->wake();
  }
  serve_all();
}

std::size_t Feed::count() const {
  return static_cast<std::size_t>(std::ranges::count_if(subscribers_, [this](std::uint64_t id) {
    const auto session = sessions_.find(id);
    return session && session->subscription();
  }));
}

}  // namespace giro
