#include "queue/etcd/grpc_session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <new>

#include <nghttp2/nghttp2.h>

namespace giro::etcd {
namespace {

// With HTTP/2's own 64 KiB a member that catches up would wait for us most of the time.
constexpr std::int32_t kWindowBytes = 16 << 20;
constexpr std::uint32_t kHeaderBytesMax = 16 << 10;
constexpr std::size_t kOutputBytes = std::size_t{256} << 10;

// Of no call, unless it is said otherwise: it couldn't be sent whole.
Failure lost(Code code, std::string message, Departure departure) {
  return {.code = code,
          .message = std::move(message),
          .fate = departure == Departure::held ? Fate::not_sent : Fate::unknown};
}

// nghttp2 copies them.
nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

// At most eight digits.
std::string timeout_text(std::chrono::milliseconds timeout) {
  constexpr std::int64_t kMost = 99'999'999;
  const std::int64_t ms = std::max<std::int64_t>(timeout.count(), 1);
  if (ms <= kMost) return std::to_string(ms) + "m";
  return std::to_string(std::min(ms / 1'000, kMost)) + "S";
}

}  // namespace

// What nghttp2 calls. An exception must not pass through it: that ends the process, as having no memory does anyway.
struct GrpcSession::Callbacks {
  static GrpcSession& self(void* user) { return *static_cast<GrpcSession*>(user); }
  static Stream* stream(void* user, StreamId id) {
    const auto found = self(user).streams_.find(id);
    return found == self(user).streams_.end() ? nullptr : found->second.get();
  }

  static ssize_t read_body(nghttp2_session* /*session*/, StreamId id, std::uint8_t* out,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source* /*source*/,
                           void* user) noexcept {
    Stream* stream = Callbacks::stream(user, id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t count = std::min(size, stream->body.size() - stream->body_read);
    if (count == 0 && stream->stays_open) return NGHTTP2_ERR_DEFERRED;
    stream->body.copy(reinterpret_cast<char*>(out), count, stream->body_read);
    stream->body_read += count;
    if (stream->body_read == stream->body.size()) {
      stream->last_byte_read = true;
      stream->body = {};
      stream->body_read = 0;
      if (!stream->stays_open) *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(count);
  }

  // Its bytes are in the output.
  static int frame_sent(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                        void* user) noexcept {
    Stream* stream = Callbacks::stream(user, frame->hd.stream_id);
    if (stream != nullptr && frame->hd.type == NGHTTP2_DATA && stream->last_byte_read &&
        !stream->output_end) {
      stream->output_end = self(user).output_ends_;
    }
    return 0;
  }

  static int header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                    const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                    std::size_t value_size, std::uint8_t /*flags*/, void* user) noexcept {
    Stream* stream = Callbacks::stream(user, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status")
      std::from_chars(text.data(), text.data() + text.size(), stream->http_status);
    if (key == "grpc-status") stream->code = code_of(text);
    if (key == "grpc-message") stream->message = message_of(text);
    return 0;
  }

  static int data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, StreamId id,
                  const std::uint8_t* bytes, std::size_t size, void* user) noexcept {
    self(user).take_data(id, {reinterpret_cast<const char*>(bytes), size});
    return 0;
  }

  static int frame_received(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                            void* user) noexcept {
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!carries || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    // Our end may be open still: etcd answers a request that it refuses before it has all of it.
    const Stream* stream = Callbacks::stream(user, frame->hd.stream_id);
    if (stream != nullptr) self(user).end_by_trailer(frame->hd.stream_id, *stream);
    return 0;
  }

  static int stream_closed(nghttp2_session* /*session*/, StreamId id, std::uint32_t error,
                           void* user) noexcept {
    const Stream* stream = Callbacks::stream(user, id);
    if (stream == nullptr) return 0;
    const Departure departure = self(user).departure(id);
    const std::string reason =
        std::string("etcd reset the call's stream: ") + nghttp2_http2_strerror(error);
    Failure status =
        lost(error == NGHTTP2_CANCEL ? Code::cancelled : Code::unavailable, reason, departure);
    // It promises that it didn't look at it.
    if (error == NGHTTP2_REFUSED_STREAM) status.fate = Fate::not_sent;
    self(user).events_.emplace_back(StreamEnd{id, std::move(status)});
    self(user).streams_.erase(id);
    return 0;
  }
};

GrpcSession::GrpcSession(const SessionLimits& limits) : limits_(limits) {
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &Callbacks::frame_sent);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::stream_closed);
  const int made = nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) throw std::bad_alloc();
  const std::array settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                             static_cast<std::uint32_t>(kWindowBytes)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kHeaderBytesMax}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindowBytes);
}

GrpcSession::~GrpcSession() {
  nghttp2_session_del(session_);
}

bool GrpcSession::may_open() const {
  return error_.empty() && opened_ < limits_.streams_max &&
         nghttp2_session_check_request_allowed(session_) != 0;
}

bool GrpcSession::is_over() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

StreamId GrpcSession::open(StreamRequest request) {
  auto stream = std::make_unique<Stream>(limits_.answer_bytes_max);
  stream->body = std::move(request.body);
  stream->stays_open = request.stays_open;
  const std::string timeout = request.timeout ? timeout_text(*request.timeout) : std::string();
  std::vector<nghttp2_nv> fields{
      field(":method", "POST"),     field(":scheme", "http"),
      field(":path", request.path), field(":authority", "localhost"),
      field("te", "trailers"),      field("content-type", "application/grpc"),
      field("user-agent", "giro"),
  };
  if (request.timeout) fields.push_back(field("grpc-timeout", timeout));
  if (request.only_with_a_leader) fields.push_back(field("hasleader", "true"));
  const nghttp2_data_provider body{.source = {.ptr = nullptr},
                                   .read_callback = &Callbacks::read_body};
  const StreamId id =
      nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &body, nullptr);
  if (id < 0) throw std::bad_alloc();  // Nothing else is left, with may_open().
  streams_.emplace(id, std::move(stream));
  ++opened_;
  return id;
}

void GrpcSession::reset(StreamId stream) {
  if (streams_.erase(stream) == 0) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
}

Departure GrpcSession::departure(StreamId id) const {
  const Stream& stream = *streams_.at(id);
  if (!stream.last_byte_read) return Departure::held;
  const std::uint64_t written = output_ends_ - (output_.size() - written_);
  return stream.output_end && *stream.output_end > written ? Departure::packed : Departure::gone;
}

std::string_view GrpcSession::output() {
  if (written_ == output_.size()) fill_output();
  return std::string_view(output_).substr(written_);
}

void GrpcSession::wrote(std::size_t bytes) {
  written_ += bytes;
}

// No more at once than so much: what isn't packed can be held back.
void GrpcSession::fill_output() {
  output_.clear();
  written_ = 0;
  while (output_.size() < kOutputBytes) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0 && error_.empty()) error_ = nghttp2_strerror(static_cast<int>(size));
    if (size <= 0) return;
    output_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    output_ends_ += static_cast<std::uint64_t>(size);
  }
}

bool GrpcSession::receive(std::string_view bytes) {
  if (!error_.empty()) return false;
  const ssize_t taken = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0) error_ = nghttp2_strerror(static_cast<int>(taken));
  return taken >= 0;
}

void GrpcSession::take_data(StreamId id, std::string_view bytes) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  MessageFramer& framer = found->second->framer;
  while (auto message = framer.take(bytes))
    events_.emplace_back(StreamMessage{id, *std::move(message)});
  switch (framer.damage()) {
    case MessageFramer::Damage::none:
      return;
    case MessageFramer::Damage::compressed:
      return give_up(id, {.code = Code::internal,
                          .message = "etcd's answer is compressed, which nobody asked for"});
    case MessageFramer::Damage::too_large:
      return give_up(id,
                     {.code = Code::resource_exhausted,
                      .message = "etcd's answer has " + std::to_string(framer.length()) +
                                 " bytes, and at most " + std::to_string(limits_.answer_bytes_max) +
                                 " are taken: ask for less at once"});
  }
}

void GrpcSession::end_by_trailer(StreamId id, const Stream& stream) {
  Failure status;
  if (stream.code) {
    status = {.code = *stream.code, .message = stream.message, .fate = fate_of(*stream.code)};
  } else {
    status = lost(stream.http_status == 200 ? Code::internal : code_of_http(stream.http_status),
                  "the answer has no status of gRPC's, and the status " +
                      std::to_string(stream.http_status) + " of HTTP: does etcd listen there?",
                  departure(id));
  }
  const bool all_is_sent = stream.last_byte_read && !stream.stays_open;
  events_.emplace_back(StreamEnd{id, std::move(status)});
  if (all_is_sent) {
    streams_.erase(id);
  } else {
    reset(id);
  }
}

// Whatever of it is still on its way, to or fro, is given up.
void GrpcSession::give_up(StreamId id, Failure status) {
  events_.emplace_back(StreamEnd{id, std::move(status)});
  reset(id);
}

}  // namespace giro::etcd
