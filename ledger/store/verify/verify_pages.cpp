#include "ledger/store/verify/verify_pages.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "ledger/store/sqlite/summed_file.hpp"

namespace giro::store {
namespace {

constexpr std::uint32_t kPagesInSlice = 1'024;
// In the report: what is wrong on them needs room there, too.
constexpr std::size_t kPagesListed = 20;

class PageProblems {
 public:
  PageProblems(VerifyReport& report, std::string_view what) : report_(report), what_(what) {}

  void add(std::uint32_t page) {
    if (++count_ > kPagesListed) return;
    report_.add(0, LedgerPart::file, fmt::format("page {} of the file {}", page, what_));
  }
  void end() const {
    if (count_ <= kPagesListed) return;
    report_.add(0, LedgerPart::file,
                fmt::format("{} more pages of the file: each {}", count_ - kPagesListed, what_));
  }

 private:
  VerifyReport& report_;
  const std::string_view what_;
  std::size_t count_ = 0;
};

}  // namespace

bool check_pages(const LedgerFile& file, bool all_have_sums, VerifyReport& report,
                 const std::function<bool()>& cancelled) {
  auto opened = SummedFile::open(file, VfsFile::Use::read);
  if (!opened) {
    report.add(0, LedgerPart::file, "its pages can't be looked at: " + opened.error());
    return true;
  }
  if (!*opened) return true;
  SummedFile& pages = **opened;
  PageProblems damaged(report, "isn't what was written: its checksum doesn't hold");
  PageProblems without(report, "has no checksum: another program wrote it");
  for (std::uint32_t first = 1; first <= pages.page_count(); first += kPagesInSlice) {
    if (cancelled()) return false;
    const std::uint32_t count = std::min(kPagesInSlice, pages.page_count() - first + 1);
    const SummedFile::Found found = pages.look_twice(first, count);
    report.pages += count;
    report.pages_without_sum += found.without.size();
    for (const std::uint32_t page : found.damaged) damaged.add(page);
    if (!all_have_sums) continue;
    for (const std::uint32_t page : found.without) without.add(page);
  }
  damaged.end();
  without.end();
  return true;
}

}  // namespace giro::store
