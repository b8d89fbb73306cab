// The requests of one session that have no answer yet.
//
// What always holds: a slot is taken once, by its answer, and used again only after that, so that an
// answer never meets another request. Thread: that of the session.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/read_work.hpp"
#include "protocol/payment_params.hpp"
#include "session/user_shares.hpp"

namespace giro {

// Of a session's arrays, before their complete replies: then long answers to their members are refused.
inline constexpr std::size_t kArrayReplyBytesMax = std::size_t{16} << 20;

// The reply to a JSON-RPC array: sent once every member has its own.
struct ArrayReply {
  std::string text = "[";
  std::size_t counted = 0;  // Of its bytes, those that the session has counted.
  std::uint32_t open = 1;   // Members without a reply, and the array itself while it is being read.
};

struct ReplyTo {
  std::string id;  // As JSON text; empty: a notification.
  std::shared_ptr<ArrayReply> array;
  bool bare = false;  // The result alone, for HTTP's form.
};

// events.subscribe and events.unsubscribe take effect when their tickets are back.
struct Subscribe {
  std::optional<Seq> from;  // Nothing: the next decision.
};
struct Unsubscribe {};
// What to do with a ticket: ask a reading thread, or this.
using WithTicket = std::variant<Question, Subscribe, Unsubscribe>;

// What most requests don't have.
struct PendingExtra {
  std::optional<WithTicket> with_ticket;
  // The reply was sent, and the outcome follows as a notification of this name; empty: it is the reply.
  std::string_view notification;
  PaymentKey key;  // Of that payment: whatever becomes of it, the notification names it.
  std::vector<protocol::RefusedPayment> refused;  // submit_many
  std::optional<AccountsFound> page;              // accounts.list
  // A reading thread has the question: the commit thread is done with it.
  std::optional<Holding> at_reader;
};

struct Pending {
  Holding items;  // Of the queue's bounds, until the answer.
  Holding bytes;
  ReplyTo to;
  std::uint32_t weight = 1;  // In the session's window.
  std::unique_ptr<PendingExtra> extra;
};

class SlotTable {
 public:
  std::uint32_t add(Pending&& pending) {
    weight_ += pending.weight;
    ++used_;
    if (free_.empty()) {
      slots_.emplace_back(std::move(pending));
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot] = std::move(pending);
    return slot;
  }

  [[nodiscard]] bool in_use(std::uint32_t slot) const {
    return slot < slots_.size() && slots_[slot].has_value();
  }
  // REQUIRES: the slot is in use. It stays so.
  [[nodiscard]] Pending& at(std::uint32_t slot) {
    assert(in_use(slot));
    return *slots_[slot];
  }

  // REQUIRES: the slot is in use.
  [[nodiscard]] Pending take(std::uint32_t slot) {
    Pending pending = std::move(at(slot));
    slots_[slot].reset();
    free_.push_back(slot);
    weight_ -= pending.weight;
    if (--used_ == 0 && slots_.capacity() > kSlotsKept) {  // Idle connections cost nothing.
      std::vector<std::optional<Pending>>().swap(slots_);
      std::vector<std::uint32_t>().swap(free_);
    }
    return pending;
  }

  [[nodiscard]] std::uint32_t used() const { return used_; }
  [[nodiscard]] std::uint64_t weight() const { return weight_; }

  template <class Each>
  void for_each_slot(Each each) const {
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot]) each(slot);
    }
  }

 private:
  static constexpr std::size_t kSlotsKept = 16;

  std::vector<std::optional<Pending>> slots_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
  std::uint64_t weight_ = 0;
};

}  // namespace giro
