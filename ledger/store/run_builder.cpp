#include "ledger/store/run_builder.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <queue>
#include <utility>

#include <pthread.h>

namespace giro::store {
namespace {

struct Stopped {};

// Reads one run from its first key to its last, a block at a time; between blocks no read
// transaction is open.
class Cursor {
 public:
  Cursor(KeyRunReader& reader, const KeyRun& run) : reader_(&reader), run_(&run) { fill(); }

  [[nodiscard]] bool at_end() const { return next_ == entries_.size(); }
  [[nodiscard]] const KeyEntry& peek() const { return entries_[next_]; }
  void advance() {
    if (++next_ == entries_.size()) fill();
  }

 private:
  void fill() {
    entries_.clear();
    next_ = 0;
    if (block_ < run_->fences.size()) entries_ = reader_->block(*run_, block_++);
  }

  KeyRunReader* reader_;
  const KeyRun* run_;
  std::uint64_t block_ = 0;
  std::vector<KeyEntry> entries_;
  std::size_t next_ = 0;
};

}  // namespace

RunBuilder::RunBuilder(KeyRun run, std::shared_ptr<const KeyTable> keys) : run_(std::move(run)) {
  thread_ = std::thread([this, table = std::move(keys)] { guarded([&] { work(*table); }); });
}

RunBuilder::RunBuilder(KeyRun run, std::filesystem::path file, std::vector<KeyRun> sources)
    : run_(std::move(run)) {
  thread_ = std::thread([this, path = std::move(file), taken = std::move(sources)] {
    guarded([&] { work(path, taken); });
  });
}

RunBuilder::~RunBuilder() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  room_.notify_one();
  thread_.join();
}

RunBuilder::Taken RunBuilder::take_blocks(std::size_t blocks_max) {
  Taken taken;
  {
    const std::scoped_lock lock(mutex_);
    while (!ready_.empty() && taken.blocks.size() < blocks_max) {
      taken.blocks.push_back(std::move(ready_.front()));
      ready_.pop_front();
    }
    taken.done = done_ && ready_.empty();
    taken.failure = failure_;
  }
  room_.notify_one();
  return taken;
}

template <class Work>
void RunBuilder::guarded(Work work) {
  ::pthread_setname_np(::pthread_self(), "run-builder");
  try {
    work();
  } catch (const Stopped&) {
    return;  // The store closes; what is half made is dropped.
  } catch (const std::exception& error) {
    const std::scoped_lock lock(mutex_);
    failure_ = error.what();
  }
}

void RunBuilder::work(const KeyTable& keys) {
  std::vector<KeyEntry> entries = keys.entries();
  std::ranges::sort(entries);
  run_.keys = entries.size();
  run_.filter = BloomFilter(run_.keys);
  for (const KeyEntry& entry : entries) add(entry);
  finish();
}

void RunBuilder::work(const std::filesystem::path& file, const std::vector<KeyRun>& sources) {
  const SQLite::Database db = open_reader(file);
  KeyRunReader reader(db);
  run_.keys = 0;
  for (const KeyRun& source : sources) run_.keys += source.keys;
  run_.filter = BloomFilter(run_.keys);

  std::vector<Cursor> cursors;
  cursors.reserve(sources.size());
  for (const KeyRun& source : sources) cursors.emplace_back(reader, source);
  const auto later = [&](std::size_t a, std::size_t b) {
    return cursors[a].peek() > cursors[b].peek();
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> smallest(later);
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    if (!cursors[i].at_end()) smallest.push(i);
  }
  while (!smallest.empty()) {
    const std::size_t i = smallest.top();
    smallest.pop();
    add(cursors[i].peek());
    cursors[i].advance();
    if (!cursors[i].at_end()) smallest.push(i);
  }
  finish();
}

void RunBuilder::add(const KeyEntry& entry) {
  run_.filter.add(entry.fingerprint);
  block_.push_back(entry);
  if (block_.size() == kKeysInBlock) hand_over_block();
}

void RunBuilder::finish() {
  if (!block_.empty()) hand_over_block();
  const std::scoped_lock lock(mutex_);
  done_ = true;
}

void RunBuilder::hand_over_block() {
  run_.fences.push_back(block_.front().fingerprint);
  std::vector<std::uint8_t> bytes = encode_block(block_, run_.first_seq);
  block_.clear();
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return stopped_ || ready_.size() < kBlocksAhead; });
  if (stopped_) throw Stopped{};
  ready_.push_back(std::move(bytes));
}

}  // namespace giro::store
