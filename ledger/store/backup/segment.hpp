// A piece of the journal as a backup keeps it: whole commits, each with the digest that the audit chain has
// there. A backup is segments one behind the other, from the ledger's first commit on; nothing else is in it,
// because everything else of a ledger is made from its journal. docs/BACKUP.md has the format, byte by byte.
//
// A segment without commits is an end mark: the anchor of a backup in one file, which is whole up to there. Before it
// stands, of a ledger in a cluster, a segment that says where in the cluster's log the ledger is there.
//
// What always holds of a segment that was read: its checksum holds, and its entries lead from the digest before
// it to the digest of each of its commits.
// Values: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/sqlite/anchor.hpp"
#include "ledger/timestamp.hpp"

namespace giro::store {

// What a backup begins with.
inline constexpr std::string_view kSegmentMagic = "GIROSEG1";

struct SegmentCommit {
  std::uint64_t group_index = 0;  // 0: it doesn't say.
  Seq last_seq = 0;
  Timestamp last_at;
  std::string_view entries;  // Canonical bytes (ledger/store/journal/canonical.hpp).
  Digest digest{};
};

// Where a ledger is in the log that orders its groups: the last of them, and what the source of groups wants to find
// again with it (ledger/store/schema/meta.hpp).
struct LogPlace {
  std::uint64_t group_index = 0;
  std::string source;  // Empty: there is no such log.

  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};
// The segment that says so of a ledger at `after`. REQUIRES: a source.
[[nodiscard]] std::string place_segment(const AnchorPoint& after, const LogPlace& place);

class SegmentWriter {
 public:
  // `after`: what comes before it; seq 0: nothing does.
  explicit SegmentWriter(const AnchorPoint& after) : after_(after), end_(after) {}

  void add(const SegmentCommit& commit);
  [[nodiscard]] std::size_t size() const { return commits_.size(); }
  // Of the last commit that was added.
  [[nodiscard]] const AnchorPoint& end() const { return end_; }
  // The segment's bytes; without a commit: an end mark. The next segment goes on behind it.
  [[nodiscard]] std::string take();

 private:
  AnchorPoint after_;
  AnchorPoint end_;
  std::string commits_;
  std::string frames_;  // What the checksum is of, beside the header.
};

struct Segment {
  AnchorPoint after;
  AnchorPoint end;
  std::vector<SegmentCommit> commits;  // Views into its bytes.
  LogPlace place = {};                 // Of a segment that is one.

  [[nodiscard]] bool is_end_mark() const { return commits.empty() && place.source.empty(); }
};

inline constexpr std::size_t kSegmentHeaderBytes = 56;
inline constexpr std::size_t kSegmentFooterBytes = 32;

// What a header says of the bytes behind it.
struct SegmentHeader {
  AnchorPoint after;
  std::uint64_t commit_bytes = 0;  // Or those of the place.
  bool is_place = false;

  [[nodiscard]] std::uint64_t segment_bytes() const {
    return kSegmentHeaderBytes + commit_bytes + kSegmentFooterBytes;
  }
};
// Errors, here and below: a clause: what is wrong.
[[nodiscard]] std::expected<SegmentHeader, std::string> read_segment_header(std::string_view bytes);
// `bytes`: the whole segment, which outlives what is read.
[[nodiscard]] std::expected<Segment, std::string> read_segment(std::string_view bytes);

}  // namespace giro::store
