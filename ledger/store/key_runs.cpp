#include "ledger/store/key_runs.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace giro::store {

std::vector<std::uint8_t> encode_block(std::span<const KeyEntry> entries, Seq first_seq) {
  std::vector<std::uint8_t> bytes(entries.size() * kKeyBytes);
  std::uint8_t* out = bytes.data();
  for (const KeyEntry& entry : entries) {
    const auto offset = static_cast<std::uint32_t>(entry.seq - first_seq);
    std::memcpy(out, &entry.fingerprint, sizeof entry.fingerprint);
    std::memcpy(out + sizeof entry.fingerprint, &offset, sizeof offset);
    out += kKeyBytes;
  }
  return bytes;
}

std::vector<KeyEntry> decode_block(std::span<const std::uint8_t> bytes, Seq first_seq) {
  if (bytes.size() % kKeyBytes != 0) throw std::runtime_error("a block of keys has a wrong size");
  std::vector<KeyEntry> entries(bytes.size() / kKeyBytes);
  const std::uint8_t* in = bytes.data();
  for (KeyEntry& entry : entries) {
    std::uint32_t offset = 0;
    std::memcpy(&entry.fingerprint, in, sizeof entry.fingerprint);
    std::memcpy(&offset, in + sizeof entry.fingerprint, sizeof offset);
    entry.seq = first_seq + offset;
    in += kKeyBytes;
  }
  return entries;
}

KeyRunReader::KeyRunReader(const SQLite::Database& db)
    : select_runs_(db,
                   "SELECT run, level, first_seq, last_seq, keys, fences, filter FROM key_runs "
                   "ORDER BY first_seq"),
      select_block_(db, "SELECT entries FROM key_blocks WHERE id = ?") {}

std::vector<KeyRun> KeyRunReader::load() {
  const ResetGuard guard(select_runs_);
  std::vector<KeyRun> runs;
  while (select_runs_.step()) {
    KeyRun& run = runs.emplace_back();
    run.run = static_cast<std::uint32_t>(select_runs_.integer(0));
    run.level = static_cast<int>(select_runs_.integer(1));
    run.first_seq = select_runs_.number(2);
    run.last_seq = select_runs_.number(3);
    run.keys = select_runs_.number(4);
    const auto fences = select_runs_.blob(5);
    run.fences.resize(fences.size() / sizeof(std::uint64_t));
    std::copy_n(fences.data(), run.fences.size() * sizeof(std::uint64_t),
                reinterpret_cast<std::uint8_t*>(run.fences.data()));
    run.filter = BloomFilter(select_runs_.blob(6));
  }
  return runs;
}

std::vector<KeyEntry> KeyRunReader::block(const KeyRun& run, std::uint64_t block) {
  const ResetGuard guard(select_block_);
  select_block_.bind(0, block_id(run.run, block));
  if (!select_block_.step()) {
    throw std::runtime_error("block " + std::to_string(block) + " of key run " +
                             std::to_string(run.run) + " is missing");
  }
  return decode_block(select_block_.blob(0), run.first_seq);
}

std::uint64_t KeyRunReader::first_block(const KeyRun& run, std::uint64_t fingerprint) {
  // Equal fingerprints may cross from one block into the next, so the search starts one before the
  // first fence that isn't below.
  const auto fence = std::ranges::lower_bound(run.fences, fingerprint);
  const auto index = static_cast<std::uint64_t>(fence - run.fences.begin());
  return index == 0 ? 0 : index - 1;
}

}  // namespace giro::store
