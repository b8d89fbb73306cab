#include "cli/submit/rejects_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

std::string reason(int error_number) {
  return std::generic_category().message(error_number);
}

}  // namespace

Result<RejectsFile> RejectsFile::create(const std::string& path) {
  const int handle = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (handle >= 0) return RejectsFile(path, handle);
  if (errno == EEXIST) {
    return usage_failure(fmt::format("{} is there already, and isn't overwritten", path),
                         "Name another file for the rejects, or take this one "
                         "away once nobody needs it.");
  }
  return usage_failure(fmt::format("can't write {}: {}", path, reason(errno)),
                       "Name another file for the rejects.");
}

RejectsFile::RejectsFile(RejectsFile&& other) noexcept
    : path_(std::move(other.path_)),
      handle_(std::exchange(other.handle_, -1)),
      error_number_(other.error_number_),
      unwritten_(std::move(other.unwritten_)),
      rows_(other.rows_),
      kept_(other.kept_) {}

RejectsFile::~RejectsFile() {
  if (handle_ < 0) return;
  close(handle_);
  if (!kept_) unlink(path_.c_str());
}

void RejectsFile::add(std::string_view row, std::string_view header) {
  if (rows_++ == 0) unwritten_ += header;
  unwritten_ += row;
  // A last line of NDJSON may have come without its end.
  if (!row.ends_with('\n')) unwritten_ += '\n';
  if (unwritten_.size() >= kBytesAWrite) write_out();
}

Result<void> RejectsFile::keep() {
  write_out();
  if (error_number_ == 0 && fsync(handle_) != 0) error_number_ = errno;
  if (error_number_ != 0) {
    return std::unexpected(
        Failure{.exit = ExitCode::no_output,
                .what = fmt::format("can't write {}: {}", path_, reason(error_number_)),
                .money = "What the figures say stands; only the list of rejects is missing.",
                .advice = "Make room and submit the same file again: every row answers what it "
                          "answered now, so the list becomes the same."});
  }
  kept_ = rows_ > 0;
  return {};
}

void RejectsFile::write_out() {
  std::string_view rest = unwritten_;
  while (!rest.empty() && error_number_ == 0) {
    const ssize_t count = write(handle_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      error_number_ = errno;
    }
  }
  unwritten_.clear();
}

}  // namespace giro::cli
