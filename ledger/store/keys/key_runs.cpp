#include "ledger/store/keys/key_runs.hpp"

#include <cstring>

#include <SQLiteCpp/Exception.h>

namespace giro::store {

KeyRunReader::KeyRunReader(const SQLite::Database& db)
    : select_runs_(db,
                   "SELECT run, level, first_seq, last_seq, keys, checksum FROM key_runs "
                   "ORDER BY first_seq, last_seq DESC"),
      select_block_(db, "SELECT page FROM key_blocks WHERE id = ?"),
      select_filter_(db, "SELECT page FROM key_filters WHERE id = ?") {}

KeyRunReader::Found KeyRunReader::runs() {
  const ResetGuard guard(select_runs_);
  Found found;
  while (select_runs_.step()) {
    const KeyRunInfo run{.run = static_cast<std::uint32_t>(select_runs_.integer(0)),
                         .level = static_cast<int>(select_runs_.integer(1)),
                         .first_seq = select_runs_.number(2),
                         .last_seq = select_runs_.number(3),
                         .keys = select_runs_.number(4)};
    if (select_runs_.integer(5) == run.checksum()) {
      found.runs.push_back(run);
    } else {
      found.unusable.push_back(run.run);
    }
  }
  return found;
}

template <class Use>
void KeyRunReader::with_page(const KeyRunInfo& run, KeyPageKind kind, std::uint64_t index,
                             Use use) {
  Statement& select = kind == KeyPageKind::block ? select_block_ : select_filter_;
  const ResetGuard guard(select);
  try {
    select.bind(0, key_page_id(run.run, index));
    const auto bytes = select.step() ? select.blob(0) : std::span<const std::uint8_t>();
    use(checked_key_page(run, kind, index, bytes));
  } catch (const SQLite::Exception& error) {
    throw UnreadableKeys("key run " + std::to_string(run.run) +
                         " can't be read: " + describe(error));
  }
}

std::vector<KeyEntry> KeyRunReader::block(const KeyRunInfo& run, std::uint64_t index) {
  std::vector<KeyEntry> entries;
  with_page(run, KeyPageKind::block, index, [&](std::span<const std::uint8_t> bytes) {
    const KeyBlockView block(bytes, run.first_seq);
    entries.reserve(block.size());
    for (std::size_t i = 0; i < block.size(); ++i) entries.push_back(block[i]);
  });
  return entries;
}

std::vector<BloomBlock> KeyRunReader::filter_page(const KeyRunInfo& run, std::uint64_t index) {
  std::vector<BloomBlock> blocks;
  with_page(run, KeyPageKind::filter, index, [&](std::span<const std::uint8_t> bytes) {
    blocks.resize(bytes.size() / sizeof(BloomBlock));
    std::memcpy(blocks.data(), bytes.data(), blocks.size() * sizeof(BloomBlock));
  });
  return blocks;
}

bool KeyRunReader::maybe(const KeyRun& run, const BloomProbe& probe) {
  if (run.filter.knows(probe)) return !run.filter.rules_out(probe);
  const std::uint64_t index = part_of(probe.fingerprint(), run.info.bloom_blocks());
  const std::size_t in_page = index % KeyRunInfo::kBloomBlocksInPage;
  bool maybe = true;
  with_page(run.info, KeyPageKind::filter, index / KeyRunInfo::kBloomBlocksInPage,
            [&](std::span<const std::uint8_t> bytes) {
              BloomBlock block;
              std::memcpy(&block, bytes.data() + (in_page * sizeof block), sizeof block);
              maybe = block.maybe(probe);
            });
  return maybe;
}

void KeyRunReader::candidates(const KeyRun& run, const BloomProbe& probe, std::vector<Seq>& seqs) {
  seqs.clear();
  if (run.state == KeyRunState::lost) {
    throw UnreadableKeys("a key run is missing, and isn't made anew yet");
  }
  if (!maybe(run, probe)) return;
  const std::uint64_t fingerprint = probe.fingerprint();
  with_page(run.info, KeyPageKind::block, part_of(fingerprint, run.info.blocks()),
            [&](std::span<const std::uint8_t> bytes) {
              const KeyBlockView block(bytes, run.info.first_seq);
              for (std::size_t i = block.lower_bound(fingerprint);
                   i < block.size() && block[i].fingerprint == fingerprint; ++i) {
                seqs.push_back(block[i].seq);
              }
            });
}

}  // namespace giro::store
