#include "engine/scrubber.hpp"

#include <algorithm>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>

#include "ledger/store/sqlite/damaged_pages.hpp"
#include "ledger/store/sqlite/summed_file.hpp"

namespace giro {
namespace {

constexpr std::uint32_t kPagesInPiece = 256;
constexpr int kLowestPriority = 19;

}  // namespace

Scrubber::Scrubber(store::LedgerFile file, ScrubPace pace, std::function<void()> on_damage)
    : file_(std::move(file)), pace_(pace), on_damage_(std::move(on_damage)) {
  const auto pages = store::SummedFile::open(file_, store::VfsFile::Use::read);
  have_sums_ = pages && pages->has_value();
}

Scrubber::~Scrubber() {
  stop();
}

void Scrubber::start() {
  if (!have_sums_) return;
  thread_ = std::thread([this] { run(); });
}

void Scrubber::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

PageFigures Scrubber::figures() const {
  return {.have_sums = have_sums_,
          .damaged = store::damaged_page_count(),
          .looked_at = looked_at_,
          .last_pass = Timestamp{last_pass_ns_}};
}

void Scrubber::run() {
  ::pthread_setname_np(::pthread_self(), "scrub");
  ::setpriority(PRIO_PROCESS, 0, kLowestPriority);  // On Linux: of this thread alone.
  for (std::chrono::nanoseconds pause = pace_.first_after; wait(pause); pause = pace_.every) {
    if (!pass()) return;
  }
}

bool Scrubber::pass() {
  auto opened = store::SummedFile::open(file_, store::VfsFile::Use::read);
  if (!opened || !*opened)
    return true;  // Whoever reads it for an answer says why it can't be read.
  store::SummedFile& pages = **opened;
  for (std::uint32_t first = 1; first <= pages.page_count(); first += kPagesInPiece) {
    const std::uint32_t count = std::min(kPagesInPiece, pages.page_count() - first + 1);
    look(pages, first, count);
    const double seconds = static_cast<double>(count) * pages.page_bytes() /
                           static_cast<double>(std::max<std::size_t>(1, pace_.bytes_per_second));
    const auto pause = std::chrono::duration<double>(seconds);
    if (!wait(std::chrono::duration_cast<std::chrono::nanoseconds>(pause))) return false;
  }
  last_pass_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count();
  return true;
}

void Scrubber::look(store::SummedFile& pages, std::uint32_t first, std::uint32_t count) {
  const store::SummedFile::Found found = pages.look_twice(first, count);
  looked_at_ += count;
  for (const auto* wrong : {&found.damaged, &found.without}) {
    for (const std::uint32_t page : *wrong) store::note_damaged_page(pages.name_of(page));
  }
  if (!found.damaged.empty() || !found.without.empty()) on_damage_();
}

bool Scrubber::wait(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

}  // namespace giro
