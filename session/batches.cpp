#include "session/batches.hpp"

#include <array>
#include <memory>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "engine/atomic_group.hpp"
#include "protocol/params.hpp"
#include "session/admission.hpp"
#include "session/outcome_json.hpp"
#include "session/session.hpp"

namespace giro {
namespace {

using protocol::Field;
using protocol::JsonWriter;
using protocol::Reading;
using protocol::Value;

struct GroupParams {
  std::optional<simdjson::dom::array> members;
  bool dry_run = false;
};
using GroupField = Field<GroupParams>;
constexpr std::array kGroupFields{
    GroupField{"members", true,
               [](const Value& v, GroupParams& g, Reading& r) {
                 simdjson::dom::array members;
                 if (v.get(members) != simdjson::SUCCESS) return r.wrong_type("an array");
                 g.members = members;
                 return true;
               }},
    GroupField{"dry_run", false,
               [](const Value& v, GroupParams& g, Reading& r) { return r.flag(v, g.dry_run); }},
};

struct MemberParams {
  std::string_view method;
  protocol::Params params;
};
using MemberField = Field<MemberParams>;
constexpr std::array kMemberFields{
    MemberField{"method", true,
                [](const Value& v, MemberParams& m, Reading& r) { return r.text(v, m.method); }},
    MemberField{"params", true,
                [](const Value& v, MemberParams& m, Reading& /*r*/) {
                  m.params = v;
                  return true;
                }},
};

Refusal refused(ErrorCode code, std::string_view field, std::string message) {
  return {.code = code, .field = std::string(field), .message = std::move(message)};
}

std::optional<Refusal> count_problem(std::size_t count) {
  if (count == 0)
    return refused(ErrorCode::invalid_value, "members", "members must have 1 to 1,000");
  if (count <= kGroupMembersMax) return std::nullopt;
  return refused(ErrorCode::too_large, "members",
                 "a group has at most 1,000 members; nothing was decided. Payments that needn't be "
                 "decided together may come as payments.submit_many");
}

// One of the group, that may be asked for. Errors: as if it were asked for by itself.
std::expected<Command, Refusal> read_member(Request& request, const Value& value) {
  MemberParams member;
  Reading reading;
  if (!protocol::read_object(value, std::span<const MemberField>(kMemberFields), member, reading)) {
    return std::unexpected(reading.take_refusal());
  }
  const Method* method = find_method(member.method);
  if (method == nullptr || method->command == nullptr) {
    return std::unexpected(refused(ErrorCode::invalid_value, "method",
                                   "method must be one that changes the ledger, and no group"));
  }
  if (auto problem = request.session.access().refusal(*method)) {
    return std::unexpected(std::move(*problem));
  }
  auto command = method->command(member.params, request.scratch);
  if (!command) return command;
  if (is_dry_run(*command)) {
    return std::unexpected(refused(ErrorCode::invalid_value, "dry_run",
                                   "dry_run must be the group's, and not a member's"));
  }
  if (request.scratch.received) {
    return std::unexpected(
        refused(ErrorCode::invalid_value, "ack", "ack must be left out of a member"));
  }
  if (auto problem = refusal_of_access(request, *method, *command)) {
    return std::unexpected(std::move(*problem));
  }
  return command;
}

Refusal named(Refusal refusal, std::size_t index) {
  const std::string path = fmt::format("members[{}]", index);
  refusal.message = fmt::format("{}: {}; nothing of the group was decided", path, refusal.message);
  refusal.field = refusal.field.empty() ? path : fmt::format("{}.{}", path, refusal.field);
  return refusal;
}

// --- payments.submit_many ---

// Where the payment that is `checked`th among those that passed their checks stands in the request.
std::size_t index_in_request(std::size_t checked,
                             const std::vector<protocol::RefusedPayment>& refused) {
  std::size_t index = checked;
  for (const protocol::RefusedPayment& other : refused) {
    if (other.index > index) break;
    ++index;
  }
  return index;
}

// One payment of many that isn't allowed refuses them all, so that it must be named.
Refusal named(Refusal refusal, std::size_t index, const PaymentKey& key) {
  refusal.field = fmt::format("payments[{}]", index);
  refusal.message = fmt::format("{} (key {}): {}", refusal.field, key.view(), refusal.message);
  return refusal;
}

}  // namespace

Problem submit_many(Request& request) {
  const auto read_other = [&request](const Value& value) { return read_member(request, value); };
  auto many = protocol::read_many_payments(request.params, request.scratch, read_other);
  if (!many) return std::move(many.error());
  Weight weight{.items = 0, .bytes = 0};
  for (std::size_t i = 0; i < many->checked.size(); ++i) {
    const Command& command = many->checked[i];
    // Of another method it was asked when it was read.
    const auto* payment = std::get_if<CheckedPayment>(&command);
    if (auto problem = payment == nullptr
                           ? std::nullopt
                           : request.session.access().refusal(request.method, *payment)) {
      return named(std::move(*problem), index_in_request(i, many->refused), payment->key());
    }
    weight += weight_of(command);
  }
  for (const protocol::RefusedPayment& refused : many->refused) {
    weight.bytes += sizeof refused + refused.refusal.message.size();
  }
  const std::size_t count = many->checked.size() + many->refused.size();
  if (many->checked.empty()) {
    request.session.reply(request.to, [&many](JsonWriter& json) {
      write_batch(json, BatchAnswer{}, many->refused, {});
    });
    return std::nullopt;
  }
  auto extra = std::make_unique<PendingExtra>();
  if (many->received) extra->notification = "payments.decided";
  extra->refused = std::move(many->refused);
  auto batch = std::make_unique<CommandBatch>(CommandBatch{.commands = std::move(many->checked)});
  if (auto problem = admit(request, std::move(batch), weight, std::move(extra))) return problem;
  if (many->received) {
    request.session.reply(request.to, [count](JsonWriter& json) {
      json.begin_object().field("status", "queued").field("count", count).end_object();
    });
  }
  return std::nullopt;
}

Problem submit_group(Request& request) {
  GroupParams group;
  const auto seen =
      protocol::read_params(request.params, std::span<const GroupField>(kGroupFields), group);
  if (!seen) return seen.error();
  if (auto problem = count_problem(group.members->size())) return problem;

  auto batch = std::make_unique<CommandBatch>();
  batch->all_or_none = true;
  batch->dry_run = group.dry_run;
  Weight weight{.items = 0, .bytes = 0};
  std::unordered_set<std::string> keys;
  for (const Value value : *group.members) {
    const std::size_t index = batch->commands.size();
    auto command = read_member(request, value);
    if (!command) return named(std::move(command.error()), index);
    if (!keys.insert(std::string(key_of(*command).view())).second) {
      return named(refused(ErrorCode::invalid_value, "key",
                           "key must differ from those of the other members"),
                   index);
    }
    weight += weight_of(*command);
    batch->commands.push_back(std::move(*command));
  }
  return admit(request, std::move(batch), weight);
}

}  // namespace giro
