// HTTP/1.1 requests from bytes, one after the other, by Boost.Beast's parser (RFC 9112).
//
//   put() bytes until state() isn't `incomplete`; request() until next() begins another
//
// What always holds: a header has at most 8 KiB, a body 16 MiB; bytes behind a request are left to the caller,
// so that nothing is read ahead of what was answered. Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace giro::http {

struct Request {
  std::string_view method;  // In capitals, as it came.
  std::string_view target;  // Path and query, as they came.
  std::string_view idempotency_key;
  std::string_view last_event_id;
  std::string_view traceparent;
  std::string_view host;
  std::string_view origin;
  std::string_view authorization;
  std::string* body = nullptr;
  bool amounts_as_text = false;  // Accept: application/json;amounts=string
  bool keeps_alive = true;
  bool takes_pieces = true;  // HTTP/1.0 knows no chunks.
};

// Whether a conversation that begins so is HTTP's; nothing: too few bytes to tell. A line of JSON never is.
[[nodiscard]] std::optional<bool> is_http(std::string_view beginning);

class RequestReader {
 public:
  enum class State : std::uint8_t { incomplete, complete, malformed, too_large };

  RequestReader();
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // How many of the bytes it took.
  [[nodiscard]] std::size_t put(std::string_view bytes);
  [[nodiscard]] State state() const { return state_; }
  // Once for a request: its client waits for a word before it sends the body.
  [[nodiscard]] bool asks_to_continue();
  // REQUIRES: state() is complete. Valid until next().
  [[nodiscard]] Request request();
  void next();

  // A request has begun, and isn't complete.
  [[nodiscard]] bool is_within_one() const { return begun_ && state_ == State::incomplete; }
  // Of the body at hand.
  [[nodiscard]] std::size_t received() const;
  // What the request at hand takes, as far as it was announced.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
  State state_ = State::incomplete;
  bool begun_ = false;
  bool told_to_continue_ = false;
};

}  // namespace giro::http
