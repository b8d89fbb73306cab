#include "engine/group_codec.hpp"

#include <memory>
#include <utility>
#include <variant>

#include "ledger/command/codec.hpp"

namespace giro {
namespace {

// `use(uid, command)` for each command that is a part of the group.
template <class Use>
void for_each_command(const WorkGroup& group, Use use) {
  const auto use_part = [&use](std::uint32_t uid, const Command& command) {
    if (!is_dry_run(command)) use(uid, command);
  };
  for (const WorkItem& item : group.items) {
    if (const auto* command = std::get_if<Command>(&item.work)) {
      use_part(item.uid, *command);
    } else if (const auto* batch = std::get_if<std::unique_ptr<CommandBatch>>(&item.work)) {
      for (const Command& one : (*batch)->commands) use_part(item.uid, one);
    }
  }
}

}  // namespace

void write_group(const WorkGroup& group, std::string& out) {
  ByteWriter bytes(out);
  bytes.put(group.index);
  bytes.put(group.now.ns);
  std::uint32_t count = 0;
  for_each_command(group, [&count](std::uint32_t, const Command&) { ++count; });
  bytes.put(count);
  for_each_command(group, [&](std::uint32_t uid, const Command& command) {
    bytes.put(uid);
    write_command(command, out);
  });
}

std::optional<WorkGroup> read_group(ByteReader& in) {
  WorkGroup group;
  group.index = in.get<std::uint64_t>();
  group.now = Timestamp{in.get<std::int64_t>()};
  // Each takes its bytes off, so that a count that lies ends with them.
  for (auto count = in.get<std::uint32_t>(); in.ok() && count > 0; --count) {
    const auto uid = in.get<std::uint32_t>();
    auto command = read_command(in);
    if (command && is_dry_run(*command)) in.fail();  // No part of any group.
    if (!command || !in.ok()) return std::nullopt;
    group.items.push_back({.reply_to = {}, .uid = uid, .work = std::move(*command)});
  }
  if (!in.ok()) return std::nullopt;
  return group;
}

}  // namespace giro
