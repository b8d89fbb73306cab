// Turns keys in order of their fingerprints into the pages of a run: blocks, and the filter's pages as
// far as no later key can touch them. Holds one of each, whatever the size of the run. Thread: any.
#pragma once

#include <functional>
#include <vector>

#include "ledger/store/keys/key_pages.hpp"

namespace giro::store {

// Who wants the pages.
struct PageSink {
  std::function<void(KeyPage)> take;
  // Called now and then by what works long between two pages; throws when nobody wants them any more.
  std::function<void()> pause = [] {};
};

class RunWriter {
 public:
  // REQUIRES: run.keys says how many are going to be added.
  RunWriter(const KeyRunInfo& run, const PageSink& sink);

  // REQUIRES: not before the one added last. Throws what the sink throws.
  void add(const KeyEntry& entry);
  // After the last key. Throws if there were more or less of them than run.keys.
  void finish();

 private:
  void end_block();
  void end_filter_page();

  KeyRunInfo run_;
  const PageSink& sink_;  // Outlives this.
  std::uint64_t added_ = 0;
  std::uint64_t block_ = 0;  // The one being filled.
  std::vector<KeyEntry> entries_;
  std::uint64_t filter_page_ = 0;  // The one being filled.
  std::vector<BloomBlock> bloom_;
};

}  // namespace giro::store
