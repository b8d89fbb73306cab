// Groups that are right come in among libFuzzer's, to be damaged by what follows.
#include <cstdint>
#include <cstring>
#include <string>

#include "engine/group_codec.hpp"
#include "tests/ledger/random_commands.hpp"

namespace giro::fuzz {
namespace {

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

}  // namespace
}  // namespace giro::fuzz

// Names and signatures are libFuzzer's.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  if (seed % 8 != 0) return LLVMFuzzerMutate(data, size, size_max);
  const std::string group = giro::fuzz::random_group(seed);
  if (group.size() > size_max) return LLVMFuzzerMutate(data, size, size_max);
  std::memcpy(data, group.data(), group.size());
  return group.size();
}
// NOLINTEND(readability-identifier-naming)
