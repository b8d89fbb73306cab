#include "tests/etcd/etcd_links.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace giro::etcd::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Of one connection and direction under way; more waits in the sender's kernel.
constexpr std::size_t kUnderWayMax = std::size_t{8} << 20;
constexpr auto kTick = 5ms;  // Of what is throttled.

sockaddr_in address_of(const std::string& address, int port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, address.c_str(), &in.sin_addr);
  return in;
}

int listen_at(const std::string& address, int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in at = address_of(address, port);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(listener, 128) != 0) {
    throw std::system_error(errno, std::generic_category(), "a relay between members");
  }
  return listener;
}

// -1: nobody listens there.
int connect_to(const std::string& address, int port) {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = address_of(address, port);
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    return connection;
  }
  ::close(connection);
  return -1;
}

void send_at_once(int connection) {
  const int on = 1;
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// The inode of the socket at the other end, which is on this machine, too.
std::string inode_of_peer(int accepted) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  ::getpeername(accepted, reinterpret_cast<sockaddr*>(&peer), &size);
  std::array<char, 16> wanted{};
  std::snprintf(wanted.data(), wanted.size(), "%08X:%04X", peer.sin_addr.s_addr,
                ntohs(peer.sin_port));
  std::ifstream sockets("/proc/net/tcp");
  for (std::string line; std::getline(sockets, line);) {
    std::istringstream words(line);
    std::array<std::string, 10> word;
    for (std::string& one : word) words >> one;
    if (word[1] == wanted.data()) return word[9];
  }
  return {};
}

bool has_socket(pid_t process, const std::string& inode) {
  std::error_code gone;
  const std::string wanted = "socket:[" + inode + "]";
  std::filesystem::directory_iterator descriptors("/proc/" + std::to_string(process) + "/fd", gone);
  for (; !gone && descriptors != std::filesystem::directory_iterator();
       descriptors.increment(gone)) {
    std::error_code closed;
    if (std::filesystem::read_symlink(descriptors->path(), closed) == wanted) return true;
  }
  return false;
}

}  // namespace

// One direction of a connection.
struct Links::Flow {
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };

  int in = -1;
  int out = -1;
  std::deque<Piece> pieces = {};
  std::size_t under_way = 0;
  bool ended = false;  // The sender sends no more.
  bool spoiled = false;
  double allowance = 0;  // Of bytes, where they are counted.
  Clock::time_point allowed_at = Clock::now();

  void lose() {
    spoiled = spoiled || !pieces.empty();
    pieces.clear();
    under_way = 0;
  }

  // What the sender has sent.
  void take(const Way& way, Clock::time_point now) {
    std::array<char, 65'536> buffer{};
    while (!ended && under_way < kUnderWayMax) {
      const ssize_t count = ::recv(in, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count <= 0) {
        ended = true;
        spoiled = spoiled || way.state == Way::State::lost;
        return;
      }
      pieces.push_back({.due = now + way.delay,
                        .bytes = std::string(buffer.data(), static_cast<std::size_t>(count))});
      under_way += static_cast<std::size_t>(count);
      if (way.state == Way::State::lost) lose();
    }
  }

  [[nodiscard]] std::size_t may_send(const Way& way, Clock::time_point now) {
    if (way.bytes_a_second == 0) return kUnderWayMax;
    const std::chrono::duration<double> since = now - std::exchange(allowed_at, now);
    const auto rate = static_cast<double>(way.bytes_a_second);
    allowance = std::min(allowance + rate * std::min(since.count(), 1.0), rate / 10 + 1'500);
    return static_cast<std::size_t>(allowance);
  }

  // False: there is nobody any more who takes it.
  [[nodiscard]] bool pass_on(const Way& way, Clock::time_point now) {
    if (way.state != Way::State::open) return true;
    std::size_t may = may_send(way, now);
    while (!pieces.empty() && pieces.front().due <= now && may > 0) {
      std::string& bytes = pieces.front().bytes;
      const ssize_t count =
          ::send(out, bytes.data(), std::min(bytes.size(), may), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      const auto sent = static_cast<std::size_t>(count);
      may -= sent;
      under_way -= sent;
      allowance -= static_cast<double>(sent);
      bytes.erase(0, sent);
      if (bytes.empty()) pieces.pop_front();
    }
    return true;
  }

  // When something is to be done beside what the sockets tell.
  [[nodiscard]] std::optional<Clock::time_point> next(const Way& way, Clock::time_point now) const {
    if (pieces.empty() || way.state != Way::State::open) return {};
    if (way.bytes_a_second > 0) return std::max(pieces.front().due, now + kTick);
    return pieces.front().due;
  }
};

// Between the one that made it and the one that it is for.
class Links::Connection {
 public:
  Connection(std::size_t from, std::size_t to, int made, int taken)
      : from_(from), to_(to), made_(made), taken_(taken) {
    there_.in = back_.out = made;
    there_.out = back_.in = taken;
    for (const int end : {made, taken}) send_at_once(end);
  }
  ~Connection() {
    ::close(made_);
    if (taken_ >= 0) ::close(taken_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: it is over.
  [[nodiscard]] bool work(Links& links, Clock::time_point now) {
    const Way& there = links.between(from_, to_);
    const Way& back = links.between(to_, from_);
    if (there.state == Way::State::lost) there_.lose();
    if (back.state == Way::State::lost) back_.lose();
    there_.take(there, now);
    if (taken_ >= 0) back_.take(back, now);
    const bool loses = there.state == Way::State::lost || back.state == Way::State::lost;
    // It never got there, or lost something.
    if (taken_ < 0 || there_.spoiled || back_.spoiled) {
      return loses;
    }
    if (!there_.pass_on(there, now) || !back_.pass_on(back, now)) return loses;
    return !is_over(there_, there) && !is_over(back_, back);
  }
  void wait_for(Links& links, Clock::time_point now, std::vector<pollfd>& all,
                Clock::time_point& until) {
    add(there_, links.between(from_, to_), now, all, until);
    if (taken_ >= 0) add(back_, links.between(to_, from_), now, all, until);
  }

 private:
  static bool is_over(const Flow& flow, const Way& way) {
    return flow.ended && flow.pieces.empty() && way.state == Way::State::open;
  }
  static void add(const Flow& flow, const Way& way, Clock::time_point now, std::vector<pollfd>& all,
                  Clock::time_point& until) {
    if (!flow.ended && flow.under_way < kUnderWayMax) {
      all.push_back({.fd = flow.in, .events = POLLIN, .revents = 0});
    }
    const auto next = flow.next(way, now);
    if (!next) return;
    if (*next > now) {
      until = std::min(until, *next);
    } else {
      all.push_back({.fd = flow.out, .events = POLLOUT, .revents = 0});
    }
  }

  const std::size_t from_;
  const std::size_t to_;
  const int made_;
  const int taken_;  // -1: it never got there.
  Flow there_;
  Flow back_;
};

Links::Links(const std::string& address, int first_port, int first_own_port, std::size_t members)
    : address_(address),
      waker_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      processes_(members),
      ways_(members * members) {
  for (std::size_t i = 0; i < members; ++i) {
    listeners_.push_back(listen_at(address, first_port + static_cast<int>(i)));
    own_ports_.push_back(first_own_port + static_cast<int>(i));
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Links::~Links() {
  thread_.request_stop();
  wake();
  thread_.join();
  connections_.clear();
  for (const int listener : listeners_) ::close(listener);
  ::close(waker_);
}

void Links::set_process(std::size_t member, pid_t process) {
  processes_.at(member) = process;
}

void Links::set(std::size_t from, std::size_t to, const Way& way) {
  {
    const std::scoped_lock lock(mutex_);
    between(from, to) = way;
  }
  wake();
}

void Links::set_all_of(std::size_t member, const Way& way) {
  for (std::size_t other = 0; other < members(); ++other) {
    if (other == member) continue;
    set(member, other, way);
    set(other, member, way);
  }
}

void Links::heal() {
  {
    const std::scoped_lock lock(mutex_);
    // First they learn what they lost: otherwise a way that opens would deliver only what comes behind.
    work();
    std::ranges::fill(ways_, Way{});
  }
  wake();
}

void Links::wake() const {
  const std::uint64_t one = 1;
  (void)!::write(waker_, &one, sizeof one);
}

void Links::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      const std::scoped_lock lock(mutex_);
      work();
    }
    wait(stop);
  }
}

// Under mutex_.
void Links::work() {
  for (std::size_t to = 0; to < members(); ++to) accept_at(to);
  const auto now = Clock::now();
  std::erase_if(connections_, [&](Connection& one) { return !one.work(*this, now); });
}

void Links::wait(const std::stop_token& stop) {
  std::vector<pollfd> all{{.fd = waker_, .events = POLLIN, .revents = 0}};
  for (const int listener : listeners_)
    all.push_back({.fd = listener, .events = POLLIN, .revents = 0});
  const auto now = Clock::now();
  auto until = now + 1s;
  {
    const std::scoped_lock lock(mutex_);
    for (Connection& one : connections_) one.wait_for(*this, now, all, until);
  }
  if (stop.stop_requested()) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  ::poll(all.data(), all.size(), static_cast<int>(std::max<std::int64_t>(0, left)));
  std::uint64_t rung = 0;
  (void)!::read(waker_, &rung, sizeof rung);
}

void Links::accept_at(std::size_t to) {
  for (;;) {
    const int made = ::accept4(listeners_[to], nullptr, nullptr, SOCK_CLOEXEC);
    if (made < 0) return;
    const std::size_t from = sender_of(made);
    // Its process died meanwhile.
    if (from == members()) {
      ::close(made);
      continue;
    }
    const bool gets_there =
        between(from, to).state != Way::State::lost && between(to, from).state != Way::State::lost;
    const int taken = gets_there ? connect_to(address_, own_ports_[to]) : -1;
    if (gets_there && taken < 0) {
      ::close(made);
    } else {
      connections_.emplace_back(from, to, made, taken);
    }
  }
}

// The number of members: none of them.
std::size_t Links::sender_of(int accepted) const {
  const std::string inode = inode_of_peer(accepted);
  std::size_t member = 0;
  while (member < members() && (inode.empty() || !has_socket(processes_[member], inode))) ++member;
  return member;
}

}  // namespace giro::etcd::test
