// The shared log in etcd. Its keys, of which etcd's revisions are the order:
//
//   /giro/ledger           whose log it is; made once
//   /giro/log/<node>/<n>   a sealed group; n in 16 hexadecimal digits
//   /giro/out/<node>       put with each group of the node: its version counts them, those that were truncated too
//   /giro/head             put with every group: its version counts all of them; what is watched
//   /giro/floor            up to where each stream was truncated
//   /giro/node/<node>      what the node says of itself
//
// What always holds: a group is there once, behind the one before it, or not at all: one transaction compares and puts; it may
// be sent again as it is. A pull is one read-only transaction, so one moment. What is truncated is compacted at the
// revision of its removal, without which etcd would keep it. Every call has a deadline of kDeadline.
//
// Thread: one, which polls connection()'s socket between steps.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "queue/cluster/log.hpp"
#include "queue/etcd/connection.hpp"

namespace giro::cluster {

inline constexpr std::string_view kLedgerKey = "/giro/ledger";
inline constexpr std::string_view kHeadKey = "/giro/head";
inline constexpr std::string_view kFloorKey = "/giro/floor";
inline constexpr std::string_view kNodePrefix = "/giro/node/";

class EtcdLog final : public Log {
 public:
  static constexpr std::chrono::milliseconds kDeadline{1'000};
  // Of one pull: 8 groups of a stream, 32 where the last ones were small, since a node that is behind waits for each answer
  // (3,500 groups a second with 8 at any time, 8,500 so); one where the last pull failed, perhaps by its size.
  static constexpr std::int64_t kGroupsAStream = 8;
  static constexpr std::int64_t kSmallGroupsAStream = 32;
  static constexpr std::size_t kSmallGroup = std::size_t{16} << 10;  // Bytes.

  // `identity`: the value of /giro/ledger.
  EtcdLog(etcd::ConnectionOptions options, NodeName node, std::string identity);

  void append(std::uint64_t number, std::string sealed) override;
  void pull(const Streams& streams, bool latest) override;
  void announce(std::string text) override;
  void truncate(const Streams& below) override;
  void forget(const NodeName& node) override;
  [[nodiscard]] std::optional<LogEvent> next_event(Moment now) override;

  [[nodiscard]] const etcd::Connection& connection() const { return etcd_; }

 private:
  // What a call was for.
  enum class Purpose : std::uint8_t { append, pull, announce, truncate, status, nothing };

  void start(Purpose purpose, const etcd::Request& request);
  void take(const etcd::Finished& finished);
  void take_appended(const etcd::Finished& finished);
  void take_pulled(const etcd::Finished& finished);
  void take_census(const etcd::Finished& finished);
  void take_status(const etcd::Finished& finished);
  void compact(const etcd::Finished& finished);

  const NodeName node_;
  const std::string identity_;
  etcd::Connection etcd_;
  Moment now_{};
  std::map<etcd::CallId, Purpose> calls_;
  std::deque<LogEvent> events_;
  std::set<NodeName> nodes_;  // That have a stream, as far as is known.
  std::vector<NodeName>
      pulled_;  // Of the pull under way: those whose groups it asks for, in order.
  bool pull_is_latest_ = false;
  std::int64_t groups_a_stream_ = kGroupsAStream;  // Of the next pull.
  std::map<NodeName, etcd::Revision>
      said_;                           // When each node's announcement was put, at the last census.
  Streams floor_;                      // As it was at the last census,
  etcd::Revision floor_revision_ = 0;  // and the revision of its last change then.
  std::uint64_t log_bytes_ = 0;
  std::uint64_t log_bytes_used_ = 0;
  std::uint64_t log_bytes_max_ = 0;
};

}  // namespace giro::cluster
