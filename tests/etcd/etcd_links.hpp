// The network between the members of a cluster: each is reached by the others through a relay, which can hold back, lose, delay or
// throttle what one of them sends to another.
//
// What always holds: nothing is lost of what is held back, it arrives once the way is open again, as where a network
// dropped packets for a while. What goes a way that loses is gone for good, even what the kernel would have delivered
// after its sender's death; connections that lost something are silent meanwhile, and closed once their ways are open.
// Threads: any; the relay has one of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace giro::etcd::test {

// From one member to another.
struct Way {
  enum class State : std::uint8_t { open, held, lost };
  State state = State::open;
  std::chrono::milliseconds delay{0};
  std::size_t bytes_a_second = 0;  // 0: as many as go through.
};

class Links {
 public:
  // Others reach member i at port `first_port` + i of this address, and what is for it goes to `first_own_port` + i.
  Links(const std::string& address, int first_port, int first_own_port, std::size_t members);
  ~Links();
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

  // Connections are told apart by the process that made them.
  void set_process(std::size_t member, pid_t process);

  // From here on.
  void set(std::size_t from, std::size_t to, const Way& way);
  // All ways from and to this member.
  void set_all_of(std::size_t member, const Way& way);
  void heal();  // All of them are open, and fast.

 private:
  struct Flow;
  class Connection;

  void run(const std::stop_token& stop);
  void wait(const std::stop_token& stop);
  void work();
  void accept_at(std::size_t to);
  [[nodiscard]] std::size_t sender_of(int accepted) const;
  Way& between(std::size_t from, std::size_t to) { return ways_[from * members() + to]; }
  [[nodiscard]] std::size_t members() const { return listeners_.size(); }
  void wake() const;

  std::vector<int> listeners_;
  std::vector<int> own_ports_;
  std::string address_;
  int waker_;
  std::vector<std::atomic<pid_t>> processes_;

  std::mutex mutex_;  // Held while anything passes.
  std::vector<Way> ways_;
  std::list<Connection> connections_;
  std::jthread thread_;
};

}  // namespace giro::etcd::test
