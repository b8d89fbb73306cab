#include "cli/submit/byte_source.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/interrupts.hpp"

namespace giro::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;

}  // namespace

Result<ByteSource> ByteSource::open(const std::string& path) {
  if (path == "-") return ByteSource(STDIN_FILENO);
  const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) {
    return usage_failure(
        fmt::format("can't read {}: {}", path, std::generic_category().message(errno)));
  }
  return ByteSource(handle);
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)),
      at_end_(other.at_end_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      consumed_(other.consumed_) {}

ByteSource::~ByteSource() {
  if (handle_ > STDIN_FILENO) close(handle_);
}

bool ByteSource::would_wait() const {
  if (at_end_) return false;
  pollfd interest{.fd = handle_, .events = POLLIN, .revents = 0};
  return poll(&interest, 1, 0) == 0;
}

Result<void> ByteSource::fill() {
  if (at_end_) return {};
  buffer_.erase(0, std::exchange(begin_, 0));
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  ssize_t count = 0;
  do {
    count = read(handle_, buffer_.data() + before, kReadBytes);
  } while (count < 0 && errno == EINTR && !Interrupts::asked());
  const int error_number = errno;
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0 && error_number == EINTR) return std::unexpected(Interrupts::failure());
  if (count < 0) {
    return usage_failure(
        fmt::format("can't read the input: {}", std::generic_category().message(error_number)));
  }
  at_end_ = count == 0;
  return {};
}

void ByteSource::consume(std::size_t bytes) {
  assert(bytes <= view().size());
  begin_ += bytes;
  consumed_ += bytes;
}

std::optional<std::uint64_t> ByteSource::size() const {
  struct stat status{};
  if (fstat(handle_, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

Result<LineResult> next_line(ByteSource& source, bool may_wait, std::size_t bytes_max) {
  std::size_t searched = 0;
  for (;;) {
    const std::string_view view = source.view();
    const std::size_t end = view.find('\n', searched);
    if (end != std::string_view::npos) {
      std::string line(view.substr(0, end));
      source.consume(end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return LineResult{std::move(line), false};
    }
    if (source.at_end() && !view.empty()) {
      return usage_failure("the last line of the input has no line end, so it may be cut off",
                           "If it is whole, end it with a line end and send the input again.");
    }
    if (source.at_end()) return LineResult{};
    if (view.size() > bytes_max) {
      return usage_failure(fmt::format("a line of the input is longer than {} bytes", bytes_max));
    }
    if (!may_wait && source.would_wait()) return LineResult{std::nullopt, true};
    searched = view.size();
    if (auto filled = source.fill(); !filled) return std::unexpected(std::move(filled).error());
  }
}

}  // namespace giro::cli
