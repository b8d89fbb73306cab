// A daemon of one connection at a time for tests: a thread that answers each line with what the test's function
// says, and hangs up when that says nothing.
#pragma once

#include <atomic>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace giro::test {

// The member of a reply that refuses with this code.
inline boost::json::object error_answer(const char* code) {
  return {{"error", {{"code", -1}, {"message", "text"}, {"data", {{"code", code}}}}}};
}

class FakeDaemon {
 public:
  // The members that go into the reply beside its id, e.g. {"result": ...}; with a member
  // `without_id` the reply's id is null.
  using Answer =
      std::function<std::optional<boost::json::object>(const boost::json::object& request)>;

  explicit FakeDaemon(Answer answer) : answer_(std::move(answer)) {
    std::string folder = (std::filesystem::temp_directory_path() / "giro-fake-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    path_ = folder_ + "/giro.sock";
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    bound_ = bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
             listen(listener_, 8) == 0;
    thread_ = std::thread([this] { serve(); });
  }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;
  ~FakeDaemon() {
    ends_ = true;
    shutdown(listener_, SHUT_RDWR);
    shutdown(peer_, SHUT_RDWR);  // A client may outlive us: don't wait for it to hang up.
    thread_.join();
    close(listener_);
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool bound() const { return bound_; }

 private:
  void serve() {
    std::vector<int> peers;  // Closed at the end: the destructor may be about to shut one down.
    for (int peer = 0; (peer = accept(listener_, nullptr, nullptr)) >= 0;) {
      peers.push_back(peer);
      peer_ = peer;
      if (!ends_) converse(peer);
      shutdown(peer, SHUT_RDWR);
    }
    for (const int peer : peers) close(peer);
  }

  void converse(int peer) {
    std::string bytes;
    char chunk[4096];
    for (ssize_t count = 0; (count = read(peer, chunk, sizeof chunk)) > 0;) {
      bytes.append(chunk, static_cast<std::size_t>(count));
      if (!answer_lines(peer, bytes)) break;
    }
  }

  bool answer_lines(int peer, std::string& bytes) {
    for (std::size_t end = 0; (end = bytes.find('\n')) != std::string::npos;) {
      const boost::json::object request = boost::json::parse(bytes.substr(0, end)).as_object();
      bytes.erase(0, end + 1);
      auto reply = answer_(request);
      if (!reply) return false;
      // As of a line that the daemon couldn't read.
      const bool knows_id = reply->erase("without_id") == 0;
      (*reply)["id"] = knows_id ? request.at("id") : nullptr;
      const std::string line = boost::json::serialize(*reply) + "\n";
      if (send(peer, line.data(), line.size(), MSG_NOSIGNAL) < 0) return false;
    }
    return true;
  }

  Answer answer_;
  std::string folder_;
  std::string path_;
  int listener_ = -1;
  std::atomic<int> peer_ = -1;
  std::atomic<bool> ends_ = false;
  bool bound_ = false;
  std::thread thread_;
};

}  // namespace giro::test
