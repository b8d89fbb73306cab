#include "queue/cluster/etcd_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace giro::cluster {
namespace {

using etcd::Compare;
using etcd::KeyValue;
using etcd::PutRequest;
using etcd::RangeAnswer;
using etcd::RangeRequest;
using etcd::TxnAnswer;
using etcd::TxnRequest;

constexpr std::string_view kOutPrefix = "/giro/out/";

// While nobody watched anything may have been appended.
constexpr Revision kUnheard = std::numeric_limits<Revision>::max();

// In the order of a pull's ranges.
enum PulledRange : std::size_t { ledger_range, head_range, out_range, floor_range, first_stream };

std::string log_prefix(const NodeName& node) {
  return fmt::format("/giro/log/{}/", node);
}
std::string log_key(const NodeName& node, std::uint64_t number) {
  return fmt::format("{}{:016x}", log_prefix(node), number);
}
std::string out_key(const NodeName& node) {
  return std::string(kOutPrefix) + node;
}

std::optional<std::uint64_t> number_in(std::string_view key) {
  const std::string_view digits = key.substr(key.rfind('/') + 1);
  std::uint64_t number = 0;
  const char* begin = digits.data();
  const char* end = begin + digits.size();
  const auto [at, error] = std::from_chars(begin, end, number, 16);
  if (error != std::errc() || at != end) return {};
  return number;
}

// Nothing: it isn't such a result.
const RangeAnswer* range_at(const TxnAnswer& answer, std::size_t index) {
  return index < answer.results.size() ? std::get_if<RangeAnswer>(&answer.results[index]) : nullptr;
}

// Of all nodes, by the head key.
std::uint64_t groups_of(const RangeAnswer& heads) {
  return heads.key_values.empty() ? 0
                                  : static_cast<std::uint64_t>(heads.key_values.front().version);
}

Streams floor_in(const RangeAnswer& floors) {
  if (floors.key_values.empty()) return {};
  return read_streams(floors.key_values.front().value).value_or(Streams());
}

std::string words_of(const etcd::Failure& failure) {
  const bool is_full = failure.code == etcd::Code::resource_exhausted &&
                       failure.message.find("space exceeded") != std::string::npos;
  if (is_full) return "etcd is full: its quota is reached; see docs/CLUSTER.md, etcd is full";
  return fmt::format("etcd: {} ({})", failure.message, etcd::name_of(failure.code));
}

}  // namespace

EtcdLog::EtcdLog(etcd::ConnectionOptions options, NodeName node, std::string identity)
    : node_(std::move(node)), identity_(std::move(identity)), etcd_(std::move(options)) {
  etcd_.watch(std::string(kHeadKey));
}

void EtcdLog::start(Purpose purpose, const etcd::Request& request) {
  calls_.emplace(etcd_.start(request, now_ + kDeadline), purpose);
}

std::optional<LogEvent> EtcdLog::next_event(Moment now) {
  now_ = now;
  etcd_.step(now);
  while (const auto finished = etcd_.take()) take(*finished);
  Revision rang = 0;
  while (const auto bell = etcd_.take_bell()) {
    if (bell->what == etcd::Bell::What::began) rang = kUnheard;
    if (bell->what != etcd::Bell::What::rang) continue;
    rang = std::max(rang, static_cast<Revision>(bell->revision));
  }
  if (rang > 0) events_.emplace_back(Rang{.revision = rang});
  if (events_.empty()) return {};
  LogEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void EtcdLog::take(const etcd::Finished& finished) {
  const auto call = calls_.extract(finished.call);
  switch (call.mapped()) {
    case Purpose::append:
      return take_appended(finished);
    case Purpose::pull:
      return take_pulled(finished);
    case Purpose::announce:
      return take_census(finished);
    case Purpose::truncate:
      return compact(finished);
    case Purpose::status:
      return take_status(finished);
    case Purpose::nothing:
      break;
  }
}

// --- append ---

void EtcdLog::append(std::uint64_t number, std::string sealed) {
  const std::string key = log_key(node_, number);
  start(Purpose::append,
        TxnRequest{
            .compares = {{.key = std::string(kLedgerKey),
                          .target = Compare::Target::value,
                          .value = identity_},
                         {.key = key},
                         {.key = out_key(node_), .number = static_cast<std::int64_t>(number) - 1}},
            .success = {PutRequest{.key = key, .value = std::move(sealed)},
                        PutRequest{.key = out_key(node_)}, PutRequest{.key = std::string(kHeadKey)},
                        RangeRequest{.key = std::string(kHeadKey), .keys_only = true}},
            .failure = {RangeRequest{.key = std::string(kLedgerKey)}, RangeRequest{.key = key}}});
}

void EtcdLog::take_appended(const etcd::Finished& finished) {
  Appended appended;
  if (!finished.answer) {
    const etcd::Failure& failure = finished.answer.error();
    appended.fate =
        failure.fate == etcd::Fate::unknown ? Appended::Fate::unknown : Appended::Fate::not_sent;
    appended.trouble = words_of(failure);
  } else if (const auto& txn = std::get<TxnAnswer>(*finished.answer); txn.succeeded) {
    appended.fate = Appended::Fate::appended;
    appended.revision = static_cast<Revision>(txn.revision);
    if (const RangeAnswer* heads = range_at(txn, 3)) appended.groups = groups_of(*heads);
  } else {
    const RangeAnswer* ledger = range_at(txn, 0);
    const RangeAnswer* group = range_at(txn, 1);
    if (ledger == nullptr || ledger->key_values.empty() ||
        ledger->key_values.front().value != identity_) {
      appended.fate = Appended::Fate::foreign;
    } else if (group == nullptr || group->key_values.empty()) {
      appended.fate = Appended::Fate::no_place;
    } else {
      appended.fate = Appended::Fate::taken;
      appended.sealed = group->key_values.front().value;
    }
  }
  events_.emplace_back(std::move(appended));
}

// --- pull ---

void EtcdLog::pull(const Streams& streams, bool latest) {
  for (const auto& stream : streams) nodes_.insert(stream.first);
  pulled_.assign(nodes_.begin(), nodes_.end());
  pull_is_latest_ = latest;
  TxnRequest txn;
  const auto ask = [&txn, latest](std::string key, std::string end, std::int64_t limit,
                                  bool keys_only) {
    txn.success.emplace_back(RangeRequest{.key = std::move(key),
                                          .range_end = std::move(end),
                                          .limit = limit,
                                          .serializable = !latest,
                                          .keys_only = keys_only});
  };
  ask(std::string(kLedgerKey), {}, 0, false);
  ask(std::string(kHeadKey), {}, 0, true);
  ask(std::string(kOutPrefix), etcd::end_of_prefix(kOutPrefix), 0, true);
  ask(std::string(kFloorKey), {}, 0, false);
  for (const NodeName& node : pulled_) {
    ask(log_key(node, count_in(streams, node) + 1), etcd::end_of_prefix(log_prefix(node)),
        groups_a_stream_, false);
  }
  start(Purpose::pull, txn);
}

void EtcdLog::take_pulled(const etcd::Finished& finished) {
  Pulled pulled{.ok = false};
  const auto fail = [&](std::string why) {
    groups_a_stream_ = 1;
    pulled.trouble = std::move(why);
    events_.emplace_back(std::move(pulled));
  };
  if (!finished.answer) return fail(words_of(finished.answer.error()));
  const auto& txn = std::get<TxnAnswer>(*finished.answer);
  if (txn.results.size() != first_stream + pulled_.size() ||
      !std::ranges::all_of(txn.results, [](const auto& result) {
        return std::holds_alternative<RangeAnswer>(result);
      })) {
    return fail("etcd: its answer isn't of the form that was asked for");
  }
  const auto found = [&txn](std::size_t index) -> const std::vector<KeyValue>& {
    return range_at(txn, index)->key_values;
  };
  pulled.ok = true;
  pulled.is_latest = pull_is_latest_;
  pulled.revision = static_cast<Revision>(txn.revision);
  pulled.is_foreign = found(ledger_range).empty() || found(ledger_range).front().value != identity_;
  pulled.groups = groups_of(*range_at(txn, head_range));
  for (const KeyValue& out : found(out_range)) {
    const NodeName node = out.key.substr(kOutPrefix.size());
    pulled.streams[node] = static_cast<std::uint64_t>(out.version);
    // It wasn't asked for what it didn't know of.
    if (nodes_.insert(node).second) pulled.cut.insert(node);
  }
  pulled.truncated = floor_in(*range_at(txn, floor_range));
  for (std::size_t i = 0; i < pulled_.size(); ++i) {
    if (range_at(txn, first_stream + i)->more) pulled.cut.insert(pulled_[i]);
    for (const KeyValue& group : found(first_stream + i)) {
      const auto number = number_in(group.key);
      if (!number) return fail("etcd: a key in the log is none of Giro's: " + group.key);
      pulled.groups_found.push_back({.node = pulled_[i],
                                     .number = *number,
                                     .revision = static_cast<Revision>(group.created),
                                     .sealed = group.value});
    }
  }
  const bool are_small = std::ranges::all_of(
      pulled.groups_found, [](const Record& group) { return group.sealed.size() <= kSmallGroup; });
  groups_a_stream_ = are_small ? kSmallGroupsAStream : kGroupsAStream;
  events_.emplace_back(std::move(pulled));
}

// --- the nodes ---

void EtcdLog::announce(std::string text) {
  start(Purpose::announce,
        TxnRequest{.success = {RangeRequest{.key = std::string(kNodePrefix),
                                            .range_end = etcd::end_of_prefix(kNodePrefix)},
                               RangeRequest{.key = std::string(kHeadKey), .keys_only = true},
                               RangeRequest{.key = std::string(kFloorKey)},
                               PutRequest{.key = std::string(kNodePrefix) + node_,
                                          .value = std::move(text)}}});
  start(Purpose::status, etcd::StatusRequest{});
}

void EtcdLog::take_census(const etcd::Finished& finished) {
  Census census{.ok = finished.answer.has_value()};
  if (census.ok) {
    const auto& txn = std::get<TxnAnswer>(*finished.answer);
    const RangeAnswer* nodes = range_at(txn, 0);
    const RangeAnswer* heads = range_at(txn, 1);
    const RangeAnswer* floors = range_at(txn, 2);
    census.ok = nodes != nullptr && heads != nullptr && floors != nullptr;
    said_.clear();
    for (const KeyValue& node : census.ok ? nodes->key_values : std::vector<KeyValue>()) {
      const NodeName name = node.key.substr(kNodePrefix.size());
      said_.emplace(name, node.modified);
      census.announcements.emplace(name, node.value);
    }
    if (census.ok) {
      census.groups = groups_of(*heads);
      floor_ = floor_in(*floors);
      floor_revision_ = floors->key_values.empty() ? 0 : floors->key_values.front().modified;
    }
  }
  census.log_bytes = log_bytes_;
  census.log_bytes_used = log_bytes_used_;
  census.log_bytes_max = log_bytes_max_;
  events_.emplace_back(std::move(census));
}

void EtcdLog::take_status(const etcd::Finished& finished) {
  if (!finished.answer) return;
  const auto& status = std::get<etcd::StatusAnswer>(*finished.answer);
  log_bytes_ = static_cast<std::uint64_t>(std::max<std::int64_t>(0, status.database_bytes));
  log_bytes_used_ =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, status.database_bytes_in_use));
  log_bytes_max_ = static_cast<std::uint64_t>(std::max<std::int64_t>(0, status.quota_bytes));
}

// Unless it said something meanwhile.
void EtcdLog::forget(const NodeName& node) {
  const auto said = said_.find(node);
  if (said == said_.end()) return;
  const std::string key = std::string(kNodePrefix) + node;
  start(Purpose::nothing,
        TxnRequest{
            .compares = {{.key = key, .target = Compare::Target::modified, .number = said->second}},
            .success = {etcd::DeleteRangeRequest{.key = key}}});
}

// --- truncation ---

void EtcdLog::truncate(const Streams& below) {
  Streams floor = floor_;
  TxnRequest txn;
  for (const auto& [node, count] : below) {
    if (count <= count_in(floor_, node)) continue;
    floor[node] = count;
    txn.success.emplace_back(
        etcd::DeleteRangeRequest{.key = log_key(node, 0), .range_end = log_key(node, count + 1)});
  }
  if (txn.success.empty()) return;
  // Another node may have moved it since the census, or a node was let in, for which it is kept as it is.
  txn.compares.push_back({.key = std::string(kFloorKey),
                          .target = Compare::Target::modified,
                          .number = floor_revision_});
  txn.success.emplace_back(PutRequest{.key = std::string(kFloorKey), .value = text_of(floor)});
  start(Purpose::truncate, txn);
}

void EtcdLog::compact(const etcd::Finished& finished) {
  if (!finished.answer) return;
  const auto& txn = std::get<TxnAnswer>(*finished.answer);
  if (txn.succeeded) start(Purpose::nothing, etcd::CompactRequest{.revision = txn.revision});
}

}  // namespace giro::cluster
