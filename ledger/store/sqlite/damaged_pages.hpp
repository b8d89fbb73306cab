// The damaged pages that this program met: in answers, in upkeep, in looking through the file. Known here because
// who reads a page is seldom who tells the operator. Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace giro::store {

// "page 17 of /srv/giro/ledger.db". Each once; beyond kDamagedPagesMax they only count.
void note_damaged_page(std::string page);
inline constexpr std::size_t kDamagedPagesMax = 100;

// Since the program began, in the order in which they were met.
[[nodiscard]] std::vector<std::string> damaged_pages();
[[nodiscard]] std::size_t damaged_page_count();

// The one that this thread met last; empty: none.
[[nodiscard]] const std::string& last_damaged_page();

}  // namespace giro::store
