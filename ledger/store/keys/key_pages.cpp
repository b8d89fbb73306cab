#include "ledger/store/keys/key_pages.hpp"

#include <array>
#include <cassert>
#include <cstring>

#include <xxhash.h>

namespace giro::store {
namespace {

constexpr std::size_t kChecksumBytes = sizeof(std::uint64_t);

std::string_view name_of(KeyPageKind kind) {
  return kind == KeyPageKind::block ? "block" : "filter page";
}

// Of the bytes in just this place of just this run: a row that was moved doesn't pass for another.
std::uint64_t checksum_of(const KeyRunInfo& run, KeyPageKind kind, std::uint64_t index,
                          std::span<const std::uint8_t> bytes) {
  const std::array<std::uint64_t, 7> place{
      run.run,     static_cast<std::uint64_t>(kind), index, run.first_seq, run.last_seq, run.keys,
      bytes.size()};
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), XXH3_64bits(place.data(), sizeof place));
}

KeyPage sealed(const KeyRunInfo& run, KeyPageKind kind, std::uint64_t index,
               std::vector<std::uint8_t> bytes) {
  const std::uint64_t checksum = checksum_of(run, kind, index, bytes);
  bytes.resize(bytes.size() + kChecksumBytes);
  std::memcpy(bytes.data() + bytes.size() - kChecksumBytes, &checksum, kChecksumBytes);
  return {.kind = kind, .id = key_page_id(run.run, index), .bytes = std::move(bytes)};
}

}  // namespace

std::int64_t KeyRunInfo::checksum() const {
  const std::array<std::uint64_t, 5> numbers{run, static_cast<std::uint64_t>(level), first_seq,
                                             last_seq, keys};
  return static_cast<std::int64_t>(XXH3_64bits(numbers.data(), sizeof numbers));
}

KeyPage make_key_block(const KeyRunInfo& run, std::uint64_t index,
                       std::span<const KeyEntry> entries) {
  std::vector<std::uint8_t> bytes(entries.size() * kKeyBytes);
  std::uint8_t* out = bytes.data();
  for (const KeyEntry& entry : entries) {
    const auto offset = static_cast<std::uint32_t>(entry.seq - run.first_seq);
    std::memcpy(out, &entry.fingerprint, sizeof entry.fingerprint);
    std::memcpy(out + sizeof entry.fingerprint, &offset, sizeof offset);
    out += kKeyBytes;
  }
  return sealed(run, KeyPageKind::block, index, std::move(bytes));
}

KeyPage make_filter_page(const KeyRunInfo& run, std::uint64_t index,
                         std::span<const BloomBlock> blocks) {
  assert(blocks.size() <= KeyRunInfo::kBloomBlocksInPage);
  std::vector<std::uint8_t> bytes(blocks.size_bytes());
  std::memcpy(bytes.data(), blocks.data(), bytes.size());
  return sealed(run, KeyPageKind::filter, index, std::move(bytes));
}

std::span<const std::uint8_t> checked_key_page(const KeyRunInfo& run, KeyPageKind kind,
                                               std::uint64_t index,
                                               std::span<const std::uint8_t> bytes) {
  if (bytes.size() >= kChecksumBytes) {
    const auto content = bytes.first(bytes.size() - kChecksumBytes);
    std::uint64_t checksum = 0;
    std::memcpy(&checksum, bytes.data() + content.size(), kChecksumBytes);
    if (checksum == checksum_of(run, kind, index, content)) return content;
  }
  throw UnreadableKeys(std::string(name_of(kind)) + " " + std::to_string(index) + " of key run " +
                       std::to_string(run.run) + (bytes.empty() ? " is missing" : " is damaged"));
}

KeyEntry KeyBlockView::operator[](std::size_t index) const {
  const std::uint8_t* in = bytes_.data() + (index * kKeyBytes);
  KeyEntry entry;
  std::uint32_t offset = 0;
  std::memcpy(&entry.fingerprint, in, sizeof entry.fingerprint);
  std::memcpy(&offset, in + sizeof entry.fingerprint, sizeof offset);
  entry.seq = first_seq_ + offset;
  return entry;
}

std::size_t KeyBlockView::lower_bound(std::uint64_t fingerprint) const {
  std::size_t first = 0;
  for (std::size_t count = size(); count > 0;) {
    const std::size_t half = count / 2;
    if ((*this)[first + half].fingerprint < fingerprint) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

}  // namespace giro::store
