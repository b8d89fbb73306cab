#include "ledger/store/sqlite/summed_file.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "ledger/store/sqlite/file_header.hpp"
#include "ledger/store/sqlite/log_pages.hpp"
#include "ledger/store/sqlite/page_sum.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

std::expected<std::optional<SummedFile>, std::string> SummedFile::open(const LedgerFile& file,
                                                                       VfsFile::Use use) {
  auto opened = VfsFile::open(file.path, file.vfs, use, VfsFile::Kind::ledger);
  if (!opened) return std::unexpected(std::move(opened.error()));
  std::array<std::uint8_t, kHeaderBytes> beginning{};
  const VfsFile::Got got = opened->read(beginning, 0);
  if (got == VfsFile::Got::nothing) return std::unexpected("its first page can't be read");
  const auto header = read_header(beginning);
  if (got == VfsFile::Got::less || !header) return std::nullopt;
  SummedFile summed(file, std::move(*opened), header->page_bytes);
  if (header->reserved_bytes != 0) return summed;
  // A byte of the header that was flipped doesn't switch the sums off.
  if (!summed.read(1)) return std::unexpected("its first page can't be read");
  summed.buffer_[kReservedAt] = kPageSumBytes;
  if (sum_holds(summed.buffer_)) return summed;
  return std::nullopt;
}

bool SummedFile::read(std::uint32_t page) {
  buffer_.resize(page_bytes_);
  return file_.read(buffer_, std::int64_t{page_bytes_} * (page - 1)) == VfsFile::Got::all;
}

std::uint32_t SummedFile::page_count() const {
  return static_cast<std::uint32_t>(size_of(where_.path) / page_bytes_);
}

std::string SummedFile::name_of(std::uint32_t page) const {
  std::error_code error;
  const auto whole = std::filesystem::canonical(where_.path, error);
  return fmt::format("page {} of {}", page, (error ? where_.path : whole).string());
}

SummedFile::Found SummedFile::look(std::uint32_t first, std::uint32_t count) {
  const auto lock_page = static_cast<std::uint32_t>(kLockByte / page_bytes_) + 1;
  Found found;
  std::vector<std::uint32_t> blank;
  for (std::uint32_t page = first; page < first + count; ++page) {
    if (page == lock_page) continue;
    const PageState state = read(page) ? state_of(buffer_) : PageState::damaged;
    if (state == PageState::damaged) found.damaged.push_back(page);
    if (state == PageState::unsummed) found.without.push_back(page);
    if (state == PageState::blank) blank.push_back(page);
  }
  if (blank.empty()) return found;
  const FreePages free = free_pages();
  std::ranges::copy_if(blank, std::back_inserter(found.damaged),
                       [&free](std::uint32_t page) { return free.prove_in_use(page); });
  std::ranges::sort(found.damaged);
  return found;
}

// Source: "Database File Format", sqlite.org/fileformat2.html, section 1.5, and offsets 32 and 36 of the header.
SummedFile::FreePages SummedFile::free_pages() {
  FreePages free;
  const auto ends_at = [&free](std::uint32_t page) {
    free.broken_at = page;
    return free;
  };
  if (!read(1) || state_of(buffer_) == PageState::damaged) return ends_at(1);
  std::uint32_t trunk = big_endian(buffer_, 32);
  std::uint32_t left = big_endian(buffer_, 36);
  while (left > 0) {
    if (trunk == 0 || !read(trunk)) return ends_at(trunk);
    const PageState state = state_of(buffer_);
    if (state == PageState::blank || state == PageState::damaged) return ends_at(trunk);
    const std::uint32_t leaves = big_endian(buffer_, 4);
    if (leaves >= left || leaves > (page_bytes_ / 4) - 2) return ends_at(trunk);
    for (std::uint32_t i = 0; i < leaves; ++i) {
      free.leaves.insert(big_endian(buffer_, 8 + (std::size_t{4} * i)));
    }
    left -= leaves + 1;
    trunk = big_endian(buffer_, 0);
  }
  return free;
}

SummedFile::Found SummedFile::look_twice(std::uint32_t first, std::uint32_t count) {
  constexpr std::chrono::milliseconds kMoment{50};
  Found once = look(first, count);
  if (once.damaged.empty() && once.without.empty()) return once;
  std::this_thread::sleep_for(kMoment);
  Found twice;
  for (const auto& [before, both] :
       {std::pair(&once.damaged, &twice.damaged), std::pair(&once.without, &twice.without)}) {
    for (const std::uint32_t page : *before) {
      const Found now = look(page, 1);
      const bool still = !now.damaged.empty() || !now.without.empty();
      if (still) both->push_back(page);
    }
  }
  if (twice.damaged.empty() && twice.without.empty()) return twice;
  const auto in_log = pages_in_log(where_);
  const auto is_in_log = [&in_log](std::uint32_t page) { return in_log.contains(page); };
  std::erase_if(twice.damaged, is_in_log);
  std::erase_if(twice.without, is_in_log);
  return twice;
}

bool SummedFile::add_sum(std::uint32_t page) {
  if (!read(page)) return false;
  keep_sum(buffer_, sum_of_page(buffer_));
  const std::int64_t end = std::int64_t{page_bytes_} * page;
  return file_.write(std::span(buffer_).last(kPageSumBytes),
                     end - static_cast<std::int64_t>(kPageSumBytes));
}

std::expected<AddedSums, std::string> add_missing_sums(const LedgerFile& file) {
  AddedSums all;
  auto opened = SummedFile::open(file, VfsFile::Use::write);
  if (!opened) return std::unexpected(opened.error());
  if (!*opened) return all;
  SummedFile& pages = **opened;
  constexpr std::uint32_t kPiece = 1'024;
  for (std::uint32_t first = 1; first <= pages.page_count(); first += kPiece) {
    const auto found = pages.look(first, std::min(kPiece, pages.page_count() - first + 1));
    for (const std::uint32_t page : found.without) {
      if (!pages.add_sum(page)) return std::unexpected("its checksums can't be written");
      ++all.added;
    }
    all.damaged.insert(all.damaged.end(), found.damaged.begin(), found.damaged.end());
  }
  if (all.added > 0 && !pages.sync()) return std::unexpected("its checksums can't be synced");
  return all;
}

}  // namespace giro::store
