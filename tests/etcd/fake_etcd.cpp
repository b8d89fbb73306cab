#include "tests/etcd/fake_etcd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace giro::etcd::test {
namespace {

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string framed(std::string_view message) {
  std::string bytes(MessageFramer::kPrefixBytes, '\0');
  bytes += message;
  MessageFramer::frame(bytes);
  return bytes;
}

void require(bool holds, const char* what) {
  if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

struct FakeEtcd::Session {
  explicit Session(FakeEtcd& owner) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &frame);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_server_new2(&session, callbacks, &owner, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                                        static_cast<std::uint32_t>(owner.window_bytes_)};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &window, 1);
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, owner.window_bytes_);
  }
  ~Session() { nghttp2_session_del(session); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  static FakeEtcd& owner(void* user) { return *static_cast<FakeEtcd*>(user); }
  static Call& call(void* user, StreamId stream) {
    Call& call = owner(user).calls_[stream];
    call.stream = stream;
    return call;
  }
  static int header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                    const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                    std::size_t value_size, std::uint8_t /*flags*/, void* user) {
    call(user, frame->hd.stream_id)
        .fields[std::string(reinterpret_cast<const char*>(name), name_size)]
        .assign(reinterpret_cast<const char*>(value), value_size);
    return 0;
  }
  static int data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, StreamId stream,
                  const std::uint8_t* bytes, std::size_t size, void* user) {
    call(user, stream).body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_RST_STREAM) owner(user).calls_.erase(frame->hd.stream_id);
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (carries && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      call(user, frame->hd.stream_id).whole = true;
      ++owner(user).whole_calls_;
    }
    return 0;
  }
  static ssize_t reply(nghttp2_session* session, StreamId stream, std::uint8_t* out,
                       std::size_t size, std::uint32_t* flags, nghttp2_data_source* /*source*/,
                       void* user) {
    Reply& reply = owner(user).replies_[stream];
    const std::size_t count = std::min(size, reply.bytes.size());
    if (count == 0 && !reply.ends) return NGHTTP2_ERR_DEFERRED;
    reply.bytes.copy(reinterpret_cast<char*>(out), count);
    reply.bytes.erase(0, count);
    if (reply.bytes.empty() && reply.ends) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const std::array trailer{field("grpc-status", reply.status),
                               field("grpc-message", reply.text)};
      nghttp2_submit_trailer(session, stream, trailer.data(), trailer.size());
    }
    return static_cast<ssize_t>(count);
  }

  nghttp2_session* session = nullptr;
};

FakeEtcd::FakeEtcd(std::filesystem::path socket, std::int32_t window_bytes)
    : path_(std::move(socket)), window_bytes_(window_bytes) {
  listen();
}

FakeEtcd::~FakeEtcd() {
  hang_up();
  stop_listening();
}

void FakeEtcd::listen() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  require(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "bind");
  require(::listen(listener_, 8) == 0, "listen");
}

void FakeEtcd::stop_listening() {
  if (listener_ >= 0) ::close(std::exchange(listener_, -1));
  std::filesystem::remove(path_);
}

void FakeEtcd::accept() {
  if (listener_ < 0) return;
  const int handle = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (handle < 0) return;
  hang_up();
  socket_ = handle;
  ++connections_;
  calls_.clear();
  replies_.clear();
  session_ = std::make_unique<Session>(*this);
}

void FakeEtcd::step() {
  accept();
  if (socket_ < 0) return;
  std::array<char, 65'536> bytes;
  while (reads_) {
    const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count == 0) return hang_up();
    if (count < 0) break;
    nghttp2_session_mem_recv(session_->session, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                             static_cast<std::size_t>(count));
  }
  const std::uint8_t* out = nullptr;
  for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_->session, &out)) > 0;) {
    require(::send(socket_, out, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size, "send");
  }
}

std::int32_t FakeEtcd::answer_window_bytes() const {
  const auto of_each =
      nghttp2_session_get_remote_settings(session_->session, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE);
  return std::min(static_cast<std::int32_t>(of_each),
                  nghttp2_session_get_remote_window_size(session_->session));
}

void FakeEtcd::begin(StreamId stream) {
  if (!replies_.try_emplace(stream).second) {
    nghttp2_session_resume_data(session_->session, stream);
    return;
  }
  const std::array fields{field(":status", "200"), field("content-type", "application/grpc")};
  const nghttp2_data_provider body{.source = {.ptr = nullptr}, .read_callback = &Session::reply};
  nghttp2_submit_response(session_->session, stream, fields.data(), fields.size(), &body);
}

void FakeEtcd::send_bytes(StreamId stream, std::string_view bytes) {
  begin(stream);
  replies_[stream].bytes += bytes;
}

void FakeEtcd::send(StreamId stream, std::string_view message) {
  send_bytes(stream, framed(message));
}

void FakeEtcd::answer(StreamId stream, std::string_view message, std::string_view status,
                      std::string_view text) {
  send(stream, message);
  Reply& reply = replies_[stream];
  reply.ends = true;
  reply.status = status;
  reply.text = text;
}

void FakeEtcd::refuse(StreamId stream, std::string_view status, std::string_view text) {
  const std::array fields{field(":status", "200"), field("content-type", "application/grpc"),
                          field("grpc-status", status), field("grpc-message", text)};
  nghttp2_submit_response(session_->session, stream, fields.data(), fields.size(), nullptr);
}

void FakeEtcd::refuse_as_a_web_server(StreamId stream, std::string_view http_status) {
  const std::array fields{field(":status", http_status)};
  nghttp2_submit_response(session_->session, stream, fields.data(), fields.size(), nullptr);
}

void FakeEtcd::reset(StreamId stream, std::uint32_t error) {
  nghttp2_submit_rst_stream(session_->session, NGHTTP2_FLAG_NONE, stream, error);
}

void FakeEtcd::go_away() {
  nghttp2_submit_goaway(session_->session, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_->session),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

void FakeEtcd::write_nonsense() {
  constexpr std::string_view kNonsense = "HTTP/1.1 400 Bad Request\r\n\r\n";
  require(::send(socket_, kNonsense.data(), kNonsense.size(), MSG_NOSIGNAL) > 0, "send");
}

void FakeEtcd::hang_up() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

}  // namespace giro::etcd::test
