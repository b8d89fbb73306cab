// Groups as bytes, whatever the bytes are: what is read has one form, and a state that applies it keeps what it
// promises. `./dev fuzz` runs it.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/group_codec.hpp"
#include "ledger/entry/invariants.hpp"
#include "tests/ledger/random_commands.hpp"

namespace giro {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string random_group(std::uint64_t seed) {
  test::RandomCommands commands(seed);
  WorkGroup group{.index = seed, .now = Timestamp{static_cast<std::int64_t>(seed)}, .items = {}};
  for (std::uint64_t count = seed % 8; count > 0; --count) {
    group.items.push_back({.reply_to = {}, .uid = 7, .work = commands.next()});
  }
  std::string bytes;
  write_group(group, bytes);
  return bytes;
}

void apply(const WorkGroup& group) {
  State state;
  std::vector<Entry> entries;
  for (const WorkItem& item : group.items) {
    const auto& command = std::get<Command>(item.work);
    const auto* opening = std::get_if<CheckedOpenAccount>(&command);
    if (opening != nullptr && state.find(opening->id().view()) != 0) continue;
    entries.push_back(state.apply(command, {}, group.now, item.uid));
  }
  require(!broken_invariant(entries, 0, Timestamp{}, state));
  State again;
  for (const Entry& entry : entries) require(again.replay(entry).has_value());
}

}  // namespace
}  // namespace giro

// Names and signatures are libFuzzer's.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  giro::ByteReader in(bytes);
  const auto group = giro::read_group(in);
  if (!group) return 0;
  std::string again;
  giro::write_group(*group, again);
  giro::require(again == bytes.substr(0, size - in.rest().size()));
  giro::apply(*group);
  return 0;
}

// Groups that are right come in too, to be damaged by what follows.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  if (seed % 8 != 0) return LLVMFuzzerMutate(data, size, size_max);
  const std::string group = giro::random_group(seed);
  if (group.size() > size_max) return LLVMFuzzerMutate(data, size, size_max);
  std::memcpy(data, group.data(), group.size());
  return group.size();
}
// NOLINTEND(readability-identifier-naming)
