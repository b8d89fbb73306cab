#include "tests/system/cluster_payer.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using client::Clock;

constexpr std::size_t kOutstanding = 64;
// After a node that takes nothing, before the next one is asked.
constexpr std::chrono::milliseconds kBreath{10};

// What a request may be refused with while nodes and members come and go: it is sent again, elsewhere.
const std::set<std::string> kSentAgain{"busy", "outcome_unknown", "shutting_down"};

std::string account(std::uint64_t number) {
  return "acct:" + std::to_string(number);
}

}  // namespace

ClusterPayer::ClusterPayer(int number, std::vector<std::string> sockets,
                           std::atomic<std::int64_t>& highest, std::chrono::milliseconds patience)
    : number_(number), sockets_(std::move(sockets)), highest_(highest), patience_(patience) {}

std::string ClusterPayer::key(std::size_t index) const {
  return "k" + std::to_string(number_) + "-" + std::to_string(index);
}

void ClusterPayer::run(const std::stop_token& stop, std::chrono::seconds end_max) {
  Clock::time_point end = client::kNoDeadline;
  answered_at_ = Clock::now();
  for (auto node = static_cast<std::size_t>(number_); wrong_.empty(); ++node) {
    if (stop.stop_requested()) {
      if (end == client::kNoDeadline) end = Clock::now() + end_max;
      if (open_.empty() || Clock::now() > end) return;
    }
    pay_at(sockets_[node % sockets_.size()], stop, end);
    sent_.clear();
    std::this_thread::sleep_for(kBreath);
  }
}

void ClusterPayer::pay_at(const std::string& socket, const std::stop_token& stop,
                          Clock::time_point end) {
  auto opened = client::Connection::open(socket, Clock::now() + patience_);
  if (!opened) {
    ++moves_["no connection"];
    return;
  }
  client::Connection connection = std::move(*opened);
  for (const std::size_t index : open_) send(connection, index);
  while (Clock::now() < end) {
    while (open_.size() < kOutstanding && !stop.stop_requested()) {
      open_.push_back(payments_.size());
      payments_.push_back({.floor = highest_.load()});
      send(connection, open_.back());
    }
    if (open_.empty()) return;
    const auto reply = connection.next_reply(Clock::now() + patience_);
    if (!reply) {
      const bool late = reply.error().kind == client::TransportError::Kind::timed_out;
      ++moves_[late ? "no answer" : "connection lost"];
      return;
    }
    if (!take(*reply)) return;
  }
}

// Of the same key always the same request.
void ClusterPayer::send(client::Connection& connection, std::size_t index) {
  std::mt19937_64 random(static_cast<std::uint64_t>(number_) << 40U | index);
  const std::uint64_t from = random() % kAccounts;
  const std::uint64_t to = (from + 1 + random() % (kAccounts - 1)) % kAccounts;
  const auto amount = static_cast<std::int64_t>(1 + random() % 2'000);
  sent_[connection.start("payments.submit",
                         payment_params(key(index), account(from), account(to), amount))] = index;
}

// False: it isn't decided here, and the next node is asked.
bool ClusterPayer::take(const client::Reply& reply) {
  const std::size_t index = sent_.extract(reply.id).mapped();
  if (!reply.answer) {
    const client::RpcError& error = reply.answer.error();
    if (!kSentAgain.contains(error.name)) {
      wrong_.push_back(key(index) + ": " + error.name + ": " + error.message);
    }
    ++moves_[error.name];
    return false;
  }
  note(index, reply.answer->as_object());
  return true;
}

void ClusterPayer::note(std::size_t index, const json::object& result) {
  const auto now = Clock::now();
  longest_pause_ = std::max(
      longest_pause_, std::chrono::duration_cast<std::chrono::milliseconds>(now - answered_at_));
  answered_at_ = now;
  Told& payment = payments_[index];
  payment.seq = result.at("seq").as_int64();
  payment.applied = result.at("status").as_string() == "applied";
  std::erase(open_, index);
  ++answered_;
  if (payment.seq <= payment.floor) {
    wrong_.push_back(key(index) + " has seq " + std::to_string(payment.seq) + ", and seq " +
                     std::to_string(payment.floor) + " had been answered before it was sent");
  }
  std::int64_t before = highest_.load();
  while (before < payment.seq && !highest_.compare_exchange_weak(before, payment.seq)) {
  }
}

}  // namespace giro::test
