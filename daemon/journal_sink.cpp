#include "daemon/journal_sink.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/message_ids.hpp"

namespace giro {
namespace {

thread_local const Notice* current = nullptr;

// Of syslog(3), in the order of spdlog's levels: trace, debug, info, warn, err, critical, off.
constexpr std::array<char, 7> kPriorities{'7', '7', '6', '4', '3', '2', '6'};

char priority_of(spdlog::level::level_enum level) {
  const auto at = static_cast<std::size_t>(level);
  return kPriorities[at < kPriorities.size() ? at : 2];
}

class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::array<char, 3> text{'<', priority_of(message.level), '>'};
    out.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityFlag>();
  }
};

// A value of several lines has its length before it, 64 bits, the lowest byte first.
void add(std::string& fields, std::string_view name, std::string_view value) {
  fields += name;
  if (value.find('\n') == std::string_view::npos) {
    fields += '=';
  } else {
    static_assert(std::endian::native == std::endian::little);
    const std::uint64_t size = value.size();
    std::array<char, sizeof size> bytes{};
    std::memcpy(bytes.data(), &size, sizeof size);
    fields += '\n';
    fields.append(bytes.data(), bytes.size());
  }
  fields += value;
  fields += '\n';
}

std::string fields_of(const spdlog::details::log_msg& message, const Notice& notice) {
  std::string fields;
  add(fields, "MESSAGE", {message.payload.data(), message.payload.size()});
  add(fields, "PRIORITY", std::string(1, priority_of(message.level)));
  add(fields, "SYSLOG_IDENTIFIER", ::program_invocation_short_name);
  add(fields, "MESSAGE_ID", message_id(notice.event));
  if (notice.seq != 0) add(fields, "GIRO_SEQ", std::to_string(notice.seq));
  if (notice.uid) add(fields, "GIRO_UID", std::to_string(*notice.uid));
  if (!notice.node.empty()) add(fields, "GIRO_NODE", notice.node);
  if (!notice.key.empty()) add(fields, "GIRO_KEY", notice.key);
  for (const std::string& account : notice.accounts) add(fields, "GIRO_ACCOUNT", account);
  return fields;
}

}  // namespace

JournalSink::JournalSink(int stream, std::string socket_path)
    : stream_(stream),
      socket_path_(std::move(socket_path)),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PriorityFlag>('*').set_pattern("%*%v");
  stream_.set_formatter(std::move(formatter));
}

JournalSink::~JournalSink() {
  if (socket_ >= 0) ::close(socket_);
}

void JournalSink::about(const Notice* notice) {
  current = notice;
}

void JournalSink::sink_it_(const spdlog::details::log_msg& message) {
  const bool is_event = current != nullptr && current->event != Event::other;
  if (is_event && send(fields_of(message, *current))) return;
  stream_.log(message);
}

bool JournalSink::send(const std::string& fields) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_ < 0 || socket_path_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size() + 1);
  const auto sent = ::sendto(socket_, fields.data(), fields.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return sent == static_cast<ssize_t>(fields.size());
}

}  // namespace giro
