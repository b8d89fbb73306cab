#include "engine/group_codec.hpp"

#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "engine/atomic_group.hpp"
#include "ledger/command/codec.hpp"

namespace giro {
namespace {

// `use(uid, members, commands)` for each part of the group: a command that decides by itself, with 0 for
// members, or all those that are decided all or none.
template <class Use>
void for_each_part(const WorkGroup& group, Use use) {
  const auto use_one = [&use](std::uint32_t uid, const Command& command) {
    if (!is_dry_run(command)) use(uid, std::uint16_t{0}, std::span(&command, 1));
  };
  for (const WorkItem& item : group.items) {
    if (const auto* command = std::get_if<Command>(&item.work)) {
      use_one(item.uid, *command);
    } else if (const auto* batch = std::get_if<std::unique_ptr<CommandBatch>>(&item.work)) {
      const std::span<const Command> commands = (*batch)->commands;
      if (!(*batch)->all_or_none) {
        for (const Command& one : commands) use_one(item.uid, one);
      } else if (!(*batch)->dry_run) {
        use(item.uid, static_cast<std::uint16_t>(commands.size()), commands);
      }
    }
  }
}

std::uint32_t parts_of(const WorkGroup& group) {
  std::uint32_t count = 0;
  for_each_part(group, [&count](auto, auto, auto) { ++count; });
  return count;
}

// Dry runs are no part of any group.
std::optional<Command> read_member(ByteReader& in) {
  auto command = read_command(in);
  if (!command || is_dry_run(*command)) in.fail();
  return command;
}

// Nothing: `in` failed.
std::optional<Work> read_work(ByteReader& in) {
  const std::size_t members = in.get<std::uint16_t>();
  if (members == 0) return read_member(in);
  if (members > kGroupMembersMax) in.fail();
  auto batch = std::make_unique<CommandBatch>();
  batch->all_or_none = true;
  std::set<std::string> keys;  // No two have one.
  while (in.ok() && batch->commands.size() < members) {
    auto member = read_member(in);
    if (!member || !keys.insert(std::string(key_of(*member).view())).second) return std::nullopt;
    batch->commands.push_back(std::move(*member));
  }
  return batch;
}

}  // namespace

bool is_empty(const WorkGroup& group) {
  return parts_of(group) == 0;
}

void write_group(const WorkGroup& group, std::string& out) {
  ByteWriter bytes(out);
  bytes.put(group.index);
  bytes.put(group.now.ns);
  bytes.put(parts_of(group));
  for_each_part(group, [&](std::uint32_t uid, std::uint16_t members, auto commands) {
    bytes.put(uid);
    bytes.put(members);
    for (const Command& command : commands) write_command(command, out);
  });
}

std::optional<WorkGroup> read_group(ByteReader& in) {
  WorkGroup group;
  group.index = in.get<std::uint64_t>();
  group.now = Timestamp{in.get<std::int64_t>()};
  // Each takes its bytes off, so that a count that lies ends with them.
  for (auto count = in.get<std::uint32_t>(); in.ok() && count > 0; --count) {
    const auto uid = in.get<std::uint32_t>();
    auto work = read_work(in);
    if (!work || !in.ok()) return std::nullopt;
    group.items.push_back({.reply_to = {}, .uid = uid, .work = std::move(*work)});
  }
  if (!in.ok()) return std::nullopt;
  return group;
}

}  // namespace giro
