// Groups as bytes: what is read has one form, and a state that applies it keeps what it promises.
#include <string>
#include <vector>

#include "engine/group_codec.hpp"
#include "ledger/entry/invariants.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

// Those that are decided all or none are decided one by one here: what becomes of them together is the engine's.
std::vector<const Command*> commands_of(const WorkItem& item) {
  if (const auto* command = std::get_if<Command>(&item.work)) return {command};
  std::vector<const Command*> members;
  for (const Command& member : std::get<std::unique_ptr<CommandBatch>>(item.work)->commands) {
    members.push_back(&member);
  }
  return members;
}

void apply(const WorkGroup& group) {
  State state;
  std::vector<Entry> entries;
  for (const WorkItem& item : group.items) {
    for (const Command* command : commands_of(item)) {
      const auto* opening = std::get_if<CheckedOpenAccount>(command);
      if (opening != nullptr && state.find(opening->id().view()) != 0) continue;
      entries.push_back(state.apply(*command, {}, group.now, item.uid));
    }
  }
  const auto broken = broken_invariant(entries, 0, Timestamp{}, state);
  require(!broken, "a state keeps its invariants");
  State again;
  for (const Entry& entry : entries) {
    require(again.replay(entry).has_value(), "what was decided is replayed");
  }
}

}  // namespace

void fuzz_groups(std::string_view bytes) {
  ByteReader in(bytes);
  const auto group = read_group(in);
  if (!group) return;
  std::string again;
  write_group(*group, again);
  require(again == bytes.substr(0, bytes.size() - in.rest().size()), "a group has one form");
  apply(*group);
}

}  // namespace giro::fuzz
