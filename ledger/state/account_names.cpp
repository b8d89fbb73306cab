#include "ledger/state/account_names.hpp"

#include <cassert>
#include <cstring>
#include <utility>

#include "ledger/state/prefetch.hpp"

namespace giro {
namespace {

constexpr std::size_t kArenaBytes = std::size_t{256} << 10;
constexpr std::size_t kSlotsAtFirst = 1024;

std::uint32_t tag_of(std::uint64_t hashed) {
  return static_cast<std::uint32_t>(hashed >> 32);
}

}  // namespace

AccountNames::AccountNames(const HashSecret& secret) : secret_(secret), slots_(kSlotsAtFirst) {}

std::uint32_t AccountNames::add(std::string_view id) {
  assert(find(id) == 0);
  if ((texts_.size() + 1) * 2 > slots_.size()) grow();
  if (id.size() > arena_left_) {
    arena_.push_back(std::make_unique<char[]>(kArenaBytes));
    arena_left_ = kArenaBytes;
  }
  char* text = arena_.back().get() + (kArenaBytes - arena_left_);
  std::memcpy(text, id.data(), id.size());
  arena_left_ -= id.size();
  texts_.emplace_back(text, id.size());
  const auto number = static_cast<std::uint32_t>(texts_.size());
  place(hash_of(id), number);
  return number;
}

// Nobody's search passes its slot: the others were placed before it, also when the table grew.
void AccountNames::remove_last() {
  const auto number = static_cast<std::uint32_t>(texts_.size());
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash_of(texts_.back()) & mask;
  while (slots_[i].number != number) i = (i + 1) & mask;
  slots_[i] = {};
  arena_left_ += texts_.back().size();
  texts_.pop_back();
}

std::uint32_t AccountNames::find(std::string_view id, std::uint64_t hashed) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hashed & mask; slots_[i].number != 0; i = (i + 1) & mask) {
    if (slots_[i].tag == tag_of(hashed) && texts_[slots_[i].number - 1] == id) {
      return slots_[i].number;
    }
  }
  return 0;
}

std::string_view AccountNames::name(std::uint32_t number) const {
  return texts_[number - 1];
}

void AccountNames::prefetch_slot(std::uint64_t hashed) const {
  prefetch(&slots_[hashed & (slots_.size() - 1)]);
}

std::uint32_t AccountNames::prefetch_entry(std::uint64_t hashed) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hashed & mask; slots_[i].number != 0; i = (i + 1) & mask) {
    if (slots_[i].tag != tag_of(hashed)) continue;
    prefetch(&texts_[slots_[i].number - 1]);
    return slots_[i].number;
  }
  return 0;
}

void AccountNames::prefetch_text(std::uint32_t likely) const {
  if (likely != 0) prefetch(texts_[likely - 1].data());
}

void AccountNames::place(std::uint64_t hashed, std::uint32_t number) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hashed & mask;
  while (slots_[i].number != 0) i = (i + 1) & mask;
  slots_[i] = {.tag = tag_of(hashed), .number = number};
}

void AccountNames::grow() {
  slots_ = std::vector<Slot>(slots_.size() * 2);
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    place(hash_of(texts_[i]), static_cast<std::uint32_t>(i + 1));
  }
}

}  // namespace giro
