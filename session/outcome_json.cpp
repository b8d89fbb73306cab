#include "session/outcome_json.hpp"

#include <algorithm>
#include <optional>

namespace giro {
namespace {

using protocol::JsonWriter;

void write_exception(JsonWriter& json, std::uint32_t index, const Outcome& outcome,
                     std::span<const Entry> entries) {
  json.begin_object().field("index", index);
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    if (!refused->key.empty()) json.field("key", refused->key);
    json.key("error");
    protocol::write_refusal(json, error_of(*refused));
  } else {
    const Entry& entry = entry_of(outcome, entries);
    json.field("key", entry.key);
    write_verdict(json, entry);
    json.field("seq", entry.seq).field("replayed", std::holds_alternative<Replayed>(outcome));
  }
  json.end_object();
}

void write_refused(JsonWriter& json, const protocol::RefusedPayment& refused) {
  json.begin_object().field("index", refused.index);
  if (!refused.key.empty()) json.field("key", refused.key);
  json.key("error");
  protocol::write_refusal(json, protocol::error_of(refused.refusal));
  json.end_object();
}

// Both lists are in the order sent. The batch counts only what reached the queue, so an index of it
// is moved up by the refused ones before it.
void write_not_applied(JsonWriter& json, const BatchAnswer& batch,
                       const std::vector<protocol::RefusedPayment>& refused,
                       std::span<const Entry> entries) {
  std::uint32_t before = 0;
  for (const BatchAnswer::Exception& exception : batch.exceptions) {
    while (before < refused.size() && refused[before].index <= exception.index + before) {
      write_refused(json, refused[before++]);
    }
    write_exception(json, exception.index + before, exception.outcome, entries);
  }
  while (before < refused.size()) write_refused(json, refused[before++]);
}

}  // namespace

protocol::RpcError error_of(const Refused& refused) {
  protocol::RpcError error = protocol::error_of(refused.refusal);
  error.conflict_seq = refused.conflict_seq;
  return error;
}

void write_refused_payment(JsonWriter& json, const PaymentKey& key, const Refused& refused) {
  json.begin_object();
  if (!key.empty()) json.field("key", key);  // A submit_many has none.
  json.key("error");
  protocol::write_refusal(json, error_of(refused));
  json.end_object();
}

void write_batch(JsonWriter& json, const BatchAnswer& batch,
                 const std::vector<protocol::RefusedPayment>& refused,
                 std::span<const Entry> entries) {
  const auto is_error = [](const BatchAnswer::Exception& exception) {
    return std::holds_alternative<Refused>(exception.outcome);
  };
  const std::size_t errors =
      refused.size() + static_cast<std::size_t>(std::ranges::count_if(batch.exceptions, is_error));
  const auto seq = [](Seq of) { return of == 0 ? std::nullopt : std::optional(of); };
  json.begin_object().field("status", "decided");
  json.field("count", batch.applied + batch.rejected + batch.replayed + errors);
  json.field("applied", batch.applied).field("rejected", batch.rejected);
  json.field("replayed", batch.replayed).field("errors", errors);
  json.field("first_seq", seq(batch.first_seq)).field("last_seq", seq(batch.last_seq));
  json.key("not_applied").begin_array();
  write_not_applied(json, batch, refused, entries);
  json.end_array().end_object();
}

namespace {

bool was_there(const Outcome& outcome) {
  return std::holds_alternative<Replayed>(outcome);
}

Seq first_seq_of(const Entry& entry) {
  return entry.seq - entry.group.place;
}

// Where the group's own entries begin: a new one's do, and those that one of its keys decided. Nothing: accounts
// that were there already, by themselves or by other groups, are all of it.
std::optional<Seq> own_first_seq(const GroupAnswer& group, std::span<const Entry> entries) {
  for (const Outcome& outcome : group.outcomes) {
    const Entry& entry = entry_of(outcome, entries);
    if (!was_there(outcome) || facts_of(entry.kind()).keyed) return first_seq_of(entry);
  }
  return std::nullopt;
}

}  // namespace

void write_group(JsonWriter& json, const GroupAnswer& group, std::span<const Entry> entries) {
  const std::optional<Seq> own = own_first_seq(group, entries);
  const Entry* first = nullptr;
  const Entry* last = nullptr;
  bool dry_run = false;
  for (const Outcome& outcome : group.outcomes) {
    const Entry& entry = entry_of(outcome, entries);
    dry_run = dry_run || std::holds_alternative<Rehearsed>(outcome);
    if (first_seq_of(entry) != own) continue;
    if (first == nullptr) first = &entry;
    last = &entry;
  }
  const bool applied = last == nullptr || last->applied();
  json.begin_object().field("status", applied ? "applied" : "rejected");
  if (!applied) json.field("failed", last->group.failed);
  json.field("count", group.outcomes.size());
  if (dry_run) {
    json.field("dry_run", true);
  } else {
    if (first != nullptr) json.field("first_seq", first->seq).field("last_seq", last->seq);
    json.field("replayed", std::ranges::all_of(group.outcomes, was_there));
  }
  json.key("members").begin_array();
  for (const Outcome& outcome : group.outcomes) write_outcome(json, outcome, entries);
  json.end_array().end_object();
}

}  // namespace giro
