#include "ledger/store/keys/run_writer.hpp"

#include <algorithm>
#include <stdexcept>

namespace giro::store {

RunWriter::RunWriter(const KeyRunInfo& run, const PageSink& sink) : run_(run), sink_(sink) {
  bloom_.resize(std::min(run_.bloom_blocks(), KeyRunInfo::kBloomBlocksInPage));
}

void RunWriter::add(const KeyEntry& entry) {
  const std::uint64_t block = part_of(entry.fingerprint, run_.blocks());
  while (block_ < block) end_block();
  entries_.push_back(entry);

  const std::uint64_t bloom = part_of(entry.fingerprint, run_.bloom_blocks());
  while (filter_page_ < bloom / KeyRunInfo::kBloomBlocksInPage) end_filter_page();
  bloom_[bloom % KeyRunInfo::kBloomBlocksInPage].add(entry.fingerprint);
  ++added_;
}

void RunWriter::finish() {
  if (added_ != run_.keys) throw std::logic_error("a key run was made of a wrong number of keys");
  while (block_ < run_.blocks()) end_block();
  while (filter_page_ < run_.filter_pages()) end_filter_page();
}

void RunWriter::end_block() {
  sink_.take(make_key_block(run_, block_++, entries_));
  entries_.clear();
}

void RunWriter::end_filter_page() {
  sink_.take(make_filter_page(run_, filter_page_++, bloom_));
  const std::uint64_t begun = filter_page_ * KeyRunInfo::kBloomBlocksInPage;
  const std::uint64_t left = run_.bloom_blocks() - std::min(begun, run_.bloom_blocks());
  bloom_.assign(std::min(left, KeyRunInfo::kBloomBlocksInPage), BloomBlock{});
}

}  // namespace giro::store
