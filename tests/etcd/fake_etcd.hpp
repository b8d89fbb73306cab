// A server of gRPC on a Unix socket that does what a test tells it, byte by byte and step by step.
// Thread: the test's.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queue/etcd/grpc_session.hpp"

namespace giro::etcd::test {

class FakeEtcd {
 public:
  struct Call {
    StreamId stream = 0;
    std::map<std::string, std::string> fields;
    std::string body;    // As it came, with the frames of its messages.
    bool whole = false;  // Its end is there.
  };

  // It takes so many bytes of requests in sum, and then no more.
  explicit FakeEtcd(std::filesystem::path socket, std::int32_t window_bytes = 65'535);
  ~FakeEtcd();
  FakeEtcd(const FakeEtcd&) = delete;
  FakeEtcd& operator=(const FakeEtcd&) = delete;

  // Takes what has come, and writes what is to be written.
  void step();
  // Of the connection that there is; by their streams. What was reset is gone.
  [[nodiscard]] std::map<StreamId, Call>& calls() { return calls_; }
  // That ever came whole, whatever came of them: etcd may have carried out each.
  [[nodiscard]] std::size_t whole_calls() const { return whole_calls_; }
  // How much may be answered before the client has taken any of it.
  [[nodiscard]] std::int32_t answer_window_bytes() const;
  [[nodiscard]] std::size_t connections() const { return connections_; }

  // A message, and the status behind it.
  void answer(StreamId stream, std::string_view message, std::string_view status = "0",
              std::string_view text = "");
  // One of several messages of a stream.
  void send(StreamId stream, std::string_view message);
  void send_bytes(StreamId stream, std::string_view bytes);
  // A status without a message.
  void refuse(StreamId stream, std::string_view status, std::string_view text);
  void refuse_as_a_web_server(StreamId stream, std::string_view http_status);
  void reset(StreamId stream, std::uint32_t error);
  void go_away();
  void write_nonsense();
  void hang_up();
  void stop_listening();
  void listen();
  void read(bool reads) { reads_ = reads; }

 private:
  struct Session;
  struct Reply {
    std::string bytes;
    bool ends = false;
    std::string status;
    std::string text;
  };

  void accept();
  void begin(StreamId stream);

  const std::filesystem::path path_;
  const std::int32_t window_bytes_;
  int listener_ = -1;
  int socket_ = -1;
  bool reads_ = true;
  std::size_t connections_ = 0;
  std::size_t whole_calls_ = 0;
  std::unique_ptr<Session> session_;
  std::map<StreamId, Call> calls_;
  std::map<StreamId, Reply> replies_;
};

}  // namespace giro::etcd::test
