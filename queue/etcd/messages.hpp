// What etcd is asked and answers: the calls that Giro needs, with the fields that it needs (etcd's api/, rpc.proto).
//
// What always holds: what is decoded is within the limits below, whatever the bytes are, so that an answer takes at
// most a few times its bytes of memory. Values: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace giro::etcd {

inline constexpr std::size_t kRequestBytesMax = std::size_t{3} << 19U;  // etcd takes 1.5 MiB.
inline constexpr std::size_t kKeyBytesMax = 4'096;
inline constexpr std::size_t kValueBytesMax = kRequestBytesMax;
inline constexpr std::size_t kTextBytesMax = 1'024;
inline constexpr std::size_t kKeyValuesMax = 65'536;  // Of all ranges of one answer.
inline constexpr std::size_t kResultsMax = 128;  // etcd takes as many operations in a transaction.
inline constexpr std::size_t kMembersMax = 128;  // And alarms, URLs, errors.

// Counts every change of the store; the order of all of them.
using Revision = std::int64_t;

struct KeyValue {
  std::string key;
  std::string value;  // Empty where keys alone were asked for.
  Revision created = 0;
  Revision modified = 0;
  std::int64_t version = 0;  // How often it was put since it was created.

  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

// The end of the range of all keys that begin with `prefix`. REQUIRES: one of its bytes isn't 0xFF.
[[nodiscard]] std::string end_of_prefix(std::string_view prefix);

// --- keys and values ---

struct RangeAnswer {
  Revision revision = 0;  // Of the store.
  std::vector<KeyValue> key_values;
  bool more = false;  // `limit` left some out.
  std::int64_t count = 0;
};

struct RangeRequest {
  using Answer = RangeAnswer;
  std::string key;
  std::string range_end = {};  // Behind the last one; empty: the key alone.
  std::int64_t limit = 0;      // 0: all.
  bool serializable = false;   // What the member itself has, which may be old; asks no other one.
  bool keys_only = false;
  bool count_only = false;
};

struct PutAnswer {
  Revision revision = 0;
};

struct PutRequest {
  using Answer = PutAnswer;
  std::string key;
  std::string value = {};
};

struct DeleteRangeAnswer {
  Revision revision = 0;
  std::int64_t deleted = 0;
};

struct DeleteRangeRequest {
  using Answer = DeleteRangeAnswer;
  std::string key;
  std::string range_end = {};
};

struct Compare {
  enum class Relation : std::uint8_t { equal = 0, greater = 1, less = 2, not_equal = 3 };
  enum class Target : std::uint8_t { version = 0, created = 1, modified = 2, value = 3 };

  std::string key;
  Target target = Target::version;
  Relation relation = Relation::equal;
  std::int64_t number =
      0;  // Beside which a version or a revision is held; of a key that isn't there it is 0.
  std::string value = {};  // Beside which a value is held.
};

using Operation = std::variant<RangeRequest, PutRequest, DeleteRangeRequest>;
using OperationAnswer = std::variant<RangeAnswer, PutAnswer, DeleteRangeAnswer>;

struct TxnAnswer {
  Revision revision = 0;
  bool succeeded = false;                // Which of the two was done.
  std::vector<OperationAnswer> results;  // Of each of its operations, in order.
};

// All compares hold: `success` is done, else `failure`; in either case at one revision.
struct TxnRequest {
  using Answer = TxnAnswer;
  std::vector<Compare> compares = {};
  std::vector<Operation> success = {};
  std::vector<Operation> failure = {};
};

struct CompactAnswer {
  Revision revision = 0;
};

// Forgets what was before that revision.
struct CompactRequest {
  using Answer = CompactAnswer;
  Revision revision = 0;
  bool physical = false;  // Answered only once the file has the room.
};

// --- the member and its cluster ---

using MemberId = std::uint64_t;

struct StatusAnswer {
  MemberId cluster = 0;
  MemberId member = 0;
  Revision revision = 0;
  std::string version;
  std::int64_t database_bytes = 0;         // The file's size, which the quota counts.
  std::int64_t database_bytes_in_use = 0;  // The rest of it is free for new pages.
  std::int64_t quota_bytes = 0;            // 0: the member is older than 3.6 and doesn't tell.
  MemberId leader = 0;                     // 0: it knows none.
  std::uint64_t raft_term = 0;
  std::uint64_t raft_index = 0;
  std::uint64_t raft_applied_index = 0;
  bool is_learner = false;
  std::vector<std::string> errors;
};

struct StatusRequest {
  using Answer = StatusAnswer;
};

enum class AlarmType : std::uint8_t {
  none = 0,      // Of a request: all.
  no_space = 1,  // The quota is reached: nothing is written until it is disarmed.
  corrupt = 2,   // Members differ.
};

struct Alarm {
  MemberId member = 0;
  AlarmType type = AlarmType::none;

  friend bool operator==(const Alarm&, const Alarm&) = default;
};

struct AlarmAnswer {
  std::vector<Alarm> alarms;  // That are there, or that were disarmed.
};

struct AlarmRequest {
  using Answer = AlarmAnswer;
  enum class Action : std::uint8_t { list = 0, disarm = 2 };
  Action action = Action::list;
  Alarm alarm = {};
};

struct DefragmentAnswer {};

// The member does nothing else meanwhile.
struct DefragmentRequest {
  using Answer = DefragmentAnswer;
};

struct Member {
  MemberId id = 0;
  std::string name;  // Empty until it has started once.
  std::vector<std::string> peer_urls;
  std::vector<std::string> client_urls;
  bool is_learner = false;
};

struct MemberListAnswer {
  std::vector<Member> members;
};

struct MemberListRequest {
  using Answer = MemberListAnswer;
  bool linearizable = false;  // 3.5 on.
};

// --- any of them ---

using Request =
    std::variant<RangeRequest, PutRequest, DeleteRangeRequest, TxnRequest, CompactRequest,
                 StatusRequest, AlarmRequest, DefragmentRequest, MemberListRequest>;
// The answer to a request has its index.
using Answer = std::variant<RangeAnswer, PutAnswer, DeleteRangeAnswer, TxnAnswer, CompactAnswer,
                            StatusAnswer, AlarmAnswer, DefragmentAnswer, MemberListAnswer>;

// The method of gRPC, as a path of HTTP.
[[nodiscard]] std::string_view path_of(const Request& request);
void append(std::string& out, const Request& request);
// Nothing: it isn't an answer to a request of that index, or it is beyond the limits.
[[nodiscard]] std::optional<Answer> read_answer(std::size_t index, std::string_view bytes);

// --- watches ---

inline constexpr std::string_view kWatchPath = "/etcdserverpb.Watch/Watch";

struct WatchAnswer {
  Revision revision = 0;
  bool created = false;
  bool cancelled = false;
  Revision compacted = 0;  // Not 0: why it is cancelled.
  std::string reason;
  std::size_t events =
      0;  // 0 in an answer that tells of none of these: up to `revision` there is nothing.
};

// The request for a watch of the key, from the next revision on.
void append_watch(std::string& out, std::string_view key);
[[nodiscard]] std::optional<WatchAnswer> read_watch_answer(std::string_view bytes);

}  // namespace giro::etcd
