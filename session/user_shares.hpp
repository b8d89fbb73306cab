// Bounds that all users share, so that one user's flood leaves others served.
//
// The law is that of dynamic thresholds (Choudhury and Hahne, "Dynamic queue length thresholds for
// shared-memory packet switches", 1998): a user may hold at most three times what is still free. One
// user alone gets three quarters of a bound, two get three sevenths each, and a newcomer always finds
// room. What a user takes while holding nothing needs only to fit, so that nothing is refused for ever.
//
// What always holds: what is held of a bound never exceeds it, and is given back by whoever took it, at
// the latest by the destructor of its Holding. Thread: that of the sessions.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace giro {

enum class Bound : std::uint8_t {
  connections,
  queue_items,  // Payments and questions without an answer, by their legs.
  queue_bytes,
  questions,    // At the reading threads.
  line_bytes,   // Buffers of lines that aren't complete or wait for their turn.
  reply_bytes,  // Replies that wait for a client, or for the rest of their array.
};
inline constexpr std::size_t kBounds = 6;

using Amounts = std::array<std::uint64_t, kBounds>;

class UserShares {
 public:
  struct User {
    UserShares* shares = nullptr;
    Amounts held{};
  };

  explicit UserShares(const Amounts& most) : most_(most) {}

  UserShares(const UserShares&) = delete;
  UserShares& operator=(const UserShares&) = delete;

  // Stays valid. A user of this machine that ever came is remembered, in some 80 bytes.
  [[nodiscard]] User& of(std::uint32_t uid) {
    return users_.try_emplace(uid, User{.shares = this, .held = {}}).first->second;
  }
  // `each(uid, held)` of every user that ever came.
  template <class Each>
  void for_each_user(Bound bound, Each each) const {
    for (const auto& [uid, user] : users_) each(uid, user.held[index(bound)]);
  }
  void set_most(Bound bound, std::uint64_t most) { most_[index(bound)] = most; }

  [[nodiscard]] bool allows(const User& user, Bound bound, std::uint64_t more) const {
    constexpr std::uint64_t kAlpha = 3;
    const std::size_t i = index(bound);
    const std::uint64_t free = most_[i] > taken_[i] ? most_[i] - taken_[i] : 0;
    if (taken_[i] == 0) return true;  // One that is larger than the bound is taken by itself.
    if (more > free) return false;
    return user.held[i] == 0 || user.held[i] + more <= kAlpha * (free - more);
  }
  void take(User& user, Bound bound, std::uint64_t amount) {
    taken_[index(bound)] += amount;
    user.held[index(bound)] += amount;
  }
  void give_back(User& user, Bound bound, std::uint64_t amount) {
    assert(user.held[index(bound)] >= amount);
    taken_[index(bound)] -= amount;
    user.held[index(bound)] -= amount;
  }

 private:
  [[nodiscard]] static std::size_t index(Bound bound) { return static_cast<std::size_t>(bound); }

  Amounts most_;
  Amounts taken_{};
  std::unordered_map<std::uint32_t, User> users_;  // Nodes: references stay valid.
};

// What one owner holds of one bound, for a user. The shares outlive it.
class Holding {
 public:
  Holding(UserShares::User& user, Bound bound) : user_(&user), bound_(bound) {}
  Holding(Holding&& other) noexcept
      : user_(other.user_), bound_(other.bound_), amount_(std::exchange(other.amount_, 0)) {}
  Holding& operator=(Holding&& other) noexcept {
    std::swap(user_, other.user_);
    std::swap(bound_, other.bound_);
    std::swap(amount_, other.amount_);
    return *this;
  }
  ~Holding() { shrink_to(0); }

  [[nodiscard]] std::uint64_t amount() const { return amount_; }
  // False: over the user's share, or over the bound; the holding stays as it was.
  [[nodiscard]] bool resize(std::uint64_t amount) {
    if (amount <= amount_) {
      shrink_to(amount);
      return true;
    }
    UserShares& shares = *user_->shares;
    if (!shares.allows(*user_, bound_, amount - amount_)) return false;
    shares.take(*user_, bound_, amount - amount_);
    amount_ = amount;
    return true;
  }

 private:
  void shrink_to(std::uint64_t amount) {
    if (amount == amount_) return;
    user_->shares->give_back(*user_, bound_, amount_ - amount);
    amount_ = amount;
  }

  UserShares::User* user_;
  Bound bound_;
  std::uint64_t amount_ = 0;
};

}  // namespace giro
