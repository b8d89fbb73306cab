#include "ledger/store/sqlite/damaged_pages.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace giro::store {
namespace {

struct Met {
  std::mutex mutex;
  std::vector<std::string> pages;  // Guarded by mutex.
  std::atomic<std::size_t> count = 0;
};

Met& met() {
  static Met all;
  return all;
}

std::string& last_of_thread() {
  thread_local std::string page;
  return page;
}

}  // namespace

void note_damaged_page(std::string page) {
  last_of_thread() = page;
  const std::scoped_lock lock(met().mutex);
  auto& pages = met().pages;
  if (std::ranges::find(pages, page) != pages.end()) return;
  if (pages.size() < kDamagedPagesMax) pages.push_back(std::move(page));
  ++met().count;
}

std::vector<std::string> damaged_pages() {
  const std::scoped_lock lock(met().mutex);
  return met().pages;
}

std::size_t damaged_page_count() {
  return met().count;
}

const std::string& last_damaged_page() {
  return last_of_thread();
}

}  // namespace giro::store
