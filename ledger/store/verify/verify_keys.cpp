#include "ledger/store/verify/verify_keys.hpp"

#include <algorithm>
#include <vector>

namespace giro::store {
namespace {

// A sum over a set of keys that doesn't depend on their order: it tells whether a run holds just
// the keys of its payments without looking each up. The mixing is the finalizer of splitmix64.
std::uint64_t mixed(const KeyEntry& entry) {
  std::uint64_t x = entry.fingerprint + entry.seq * 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// The pages of a run's filter, one at a time, asked for keys in order.
class FilterPages {
 public:
  FilterPages(KeyRunReader& reader, const KeyRunInfo& run) : reader_(reader), run_(run) {}

  [[nodiscard]] bool maybe(std::uint64_t fingerprint) {
    const std::uint64_t block = part_of(fingerprint, run_.bloom_blocks());
    const std::uint64_t page = block / KeyRunInfo::kBloomBlocksInPage;
    while (read_ <= page) read_next();
    return page + 1 != read_ || page_[block % KeyRunInfo::kBloomBlocksInPage].maybe(fingerprint);
  }
  void read_rest() {
    while (read_ < run_.filter_pages()) read_next();
  }

 private:
  void read_next() { page_ = reader_.filter_page(run_, read_++); }

  KeyRunReader& reader_;
  const KeyRunInfo& run_;
  std::uint64_t read_ = 0;  // So many pages; the last of them is at hand.
  std::vector<BloomBlock> page_;
};

}  // namespace

KeyVerification::KeyVerification(const SQLite::Database& db, const HashSecret& secret,
                                 VerifyReport& report)
    : runs_(db), secret_(secret), report_(report) {
  for (const KeyRunInfo& run : runs_.runs().runs) sums_[run.last_seq] = 0;
}

void KeyVerification::note(const Entry& entry) {
  if (facts_of(entry.kind()).keyed) {
    sum_ += mixed({.fingerprint = hash(secret_, entry.key.view()), .seq = entry.seq});
  }
  if (const auto sum = sums_.find(entry.seq); sum != sums_.end()) sum->second = sum_;
}

void KeyVerification::check_runs(Seq noted) {
  const KeyRunReader::Found found = runs_.runs();
  if (!found.unusable.empty()) problem(0, "a row of table key_runs was changed");
  Seq covered = 0;
  for (const KeyRunInfo& run : found.runs) {
    if (run.first_seq != covered + 1) {
      problem(covered + 1, "the key run of the payments from here is missing, or isn't true");
    }
    covered = run.last_seq;
    check_run(run, noted);
  }
}

// The run holds the keys of its payments, all of them and no others, where a look-up finds them.
void KeyVerification::check_run(const KeyRunInfo& run, Seq noted) {
  const auto before =
      run.first_seq == 1 ? std::optional<std::uint64_t>(0) : sum_at(run.first_seq - 1, noted);
  const auto after = sum_at(run.last_seq, noted);
  if (!before || !after) return;  // Made after this check had passed its payments.
  FilterPages filter(runs_, run);
  std::uint64_t sum = 0;
  std::uint64_t keys = 0;
  try {
    for (std::uint64_t index = 0; index < run.blocks(); ++index) {
      const std::vector<KeyEntry> block = runs_.block(run, index);
      const bool in_place =
          std::ranges::is_sorted(block) && std::ranges::all_of(block, [&](const KeyEntry& entry) {
            return part_of(entry.fingerprint, run.blocks()) == index;
          });
      if (!in_place) problem(run.first_seq, "a block of keys is out of order");
      for (const KeyEntry& entry : block) {
        sum += mixed(entry);
        if (!filter.maybe(entry.fingerprint)) {
          problem(entry.seq, "its key isn't in its filter");
        }
      }
      keys += block.size();
    }
    filter.read_rest();
  } catch (const UnreadableKeys& error) {
    if (still_there(run)) problem(run.first_seq, error.what());
    return;
  }
  if (keys != run.keys || sum != *after - *before) {
    problem(run.first_seq, "the key run from here to " + std::to_string(run.last_seq) +
                               " doesn't hold just the keys of its payments");
  }
}

std::optional<std::uint64_t> KeyVerification::sum_at(Seq seq, Seq noted) const {
  const auto sum = sums_.find(seq);
  if (sum == sums_.end() || seq > noted) return std::nullopt;
  return sum->second;
}

// A run may be merged into another while it is checked.
bool KeyVerification::still_there(const KeyRunInfo& run) {
  return std::ranges::count(runs_.runs().runs, run) > 0;
}

}  // namespace giro::store
