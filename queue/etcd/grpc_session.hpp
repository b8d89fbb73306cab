// A client's end of one connection that speaks gRPC: streams of HTTP/2 as bytes in and bytes out. It has no socket,
// no clock and no thread.
//
//   StreamId id = session.open({.path = ..., .body = ...});
//   write(session.output()); session.wrote(count);
//   if (!session.receive(bytes)) ...; for (auto& event : session.take_events()) ...
//
// What always holds:
//   - Each stream ends once, with an event, unless it was reset; what it brought before comes in order.
//   - departure() never says less than what etcd may have: a request that is `held` can't be carried out once its
//     stream is reset or the connection is gone.
//   - Memory is bounded by the requests that were opened and an answer's bound for each of them.
// Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "queue/etcd/failure.hpp"
#include "queue/etcd/message_framer.hpp"

struct nghttp2_session;

namespace giro::etcd {

using StreamId = std::int32_t;

struct SessionLimits {
  std::size_t answer_bytes_max = std::size_t{32} << 20;
  // A connection has 2^30 streams, which a busy day or ten use up: then it is replaced.
  std::size_t streams_max = std::size_t{1} << 29U;
};

struct StreamRequest {
  std::string_view path;
  std::string body;  // Framed messages.
  std::optional<std::chrono::milliseconds> timeout = {};
  bool stays_open = false;          // Our end; for a watch.
  bool only_with_a_leader = false;  // Ends as soon as the member misses a leader for long.
};

struct StreamMessage {
  StreamId stream = 0;
  std::string bytes;
};

struct StreamEnd {
  StreamId stream = 0;
  Failure status;  // Code::ok: all is well.
};

using StreamEvent = std::variant<StreamMessage, StreamEnd>;

// Where the last byte of a request is.
enum class Departure : std::uint8_t {
  held,    // Not in the output yet.
  packed,  // In the output, and wasn't written.
  gone,    // It was written.
};

class GrpcSession {
 public:
  explicit GrpcSession(const SessionLimits& limits);
  GrpcSession(const GrpcSession&) = delete;
  GrpcSession& operator=(const GrpcSession&) = delete;
  ~GrpcSession();

  // False: etcd takes none any more, or it had too many. What is open goes on.
  [[nodiscard]] bool may_open() const;
  // REQUIRES: may_open().
  StreamId open(StreamRequest request);
  // Gives the stream up: nothing of it comes any more. One that has ended may be reset.
  void reset(StreamId stream);
  // REQUIRES: it is open.
  [[nodiscard]] Departure departure(StreamId id) const;

  // What is to be written next; empty: nothing for now. It stays valid until anything else is called.
  [[nodiscard]] std::string_view output();
  void wrote(std::size_t bytes);

  // False: it can't be used any more; error() says why.
  [[nodiscard]] bool receive(std::string_view bytes);
  // Nothing comes or goes any more: both ends said so, or what came broke the rules of HTTP/2.
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::vector<StreamEvent> take_events() { return std::exchange(events_, {}); }

 private:
  struct Callbacks;
  struct Stream {
    explicit Stream(std::size_t answer_bytes_max) : framer(answer_bytes_max) {}
    std::string body;
    std::size_t body_read = 0;
    bool stays_open = false;
    bool last_byte_read = false;
    std::optional<std::uint64_t> output_end = {};  // How much output there is up to its last byte.
    MessageFramer framer;
    int http_status = 0;
    std::optional<Code> code = {};
    std::string message;
  };

  void fill_output();
  void give_up(StreamId id, Failure status);
  void end_by_trailer(StreamId id, const Stream& stream);
  void take_data(StreamId id, std::string_view bytes);

  const SessionLimits limits_;
  nghttp2_session* session_ = nullptr;
  std::map<StreamId, std::unique_ptr<Stream>> streams_;  // nghttp2 keeps no pointer to them.
  std::size_t opened_ = 0;
  std::string output_;
  std::size_t written_ = 0;        // Of output_.
  std::uint64_t output_ends_ = 0;  // How much output there ever was.
  std::vector<StreamEvent> events_;
  std::string error_;
};

}  // namespace giro::etcd
