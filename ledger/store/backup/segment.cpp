#include "ledger/store/backup/segment.hpp"

#include <algorithm>
#include <utility>

#include "ledger/bytes.hpp"

namespace giro::store {
namespace {

constexpr std::string_view kPlaceMagic = "GIROPLC1";
// No commit comes near it: what says more is damaged.
constexpr std::uint64_t kCommitBytesMax = std::uint64_t{1} << 32;

void put_digest(std::string& out, const Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

Digest get_digest(ByteReader& bytes) {
  Digest digest{};
  std::ranges::generate(digest, [&bytes] { return bytes.get<std::uint8_t>(); });
  return digest;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// As an end of the chain behind the digest before the segment: so it needs no hash of its own.
Digest checksum_of(std::string_view header, std::string_view frames, const Digest& before) {
  return digest_of(before, as_bytes(std::string(header).append(frames)));
}

// A commit without its entries.
void put_frame(std::string& out, const SegmentCommit& commit) {
  ByteWriter writer(out);
  writer.put(commit.group_index);
  writer.put(commit.last_seq);
  writer.put(commit.last_at.ns);
  writer.put(std::uint64_t{commit.entries.size()});
}

std::string header_of(std::string_view magic, const AnchorPoint& after,
                      std::uint64_t commit_bytes) {
  std::string header(magic);
  ByteWriter(header).put(after.seq + 1);
  put_digest(header, after.digest);
  ByteWriter(header).put(commit_bytes);
  return header;
}

SegmentCommit get_commit(ByteReader& bytes) {
  SegmentCommit commit;
  commit.group_index = bytes.get<std::uint64_t>();
  commit.last_seq = bytes.get<Seq>();
  commit.last_at = Timestamp{bytes.get<std::int64_t>()};
  commit.entries = bytes.get_text<std::uint64_t>(kCommitBytesMax);
  commit.digest = get_digest(bytes);
  return commit;
}

std::unexpected<std::string> wrong(std::string_view what) {
  return std::unexpected(std::string(what));
}

// `contents`: between header and checksum.
std::expected<LogPlace, std::string> read_place(std::string_view contents) {
  ByteReader reader(contents);
  LogPlace place{.group_index = reader.get<std::uint64_t>(), .source = {}};
  place.source = reader.rest();
  if (!reader.ok() || place.source.empty())
    return wrong("the place in the cluster's log is damaged");
  return place;
}

}  // namespace

void SegmentWriter::add(const SegmentCommit& commit) {
  put_frame(commits_, commit);
  commits_ += commit.entries;
  put_digest(commits_, commit.digest);
  put_frame(frames_, commit);
  put_digest(frames_, commit.digest);
  end_ = {.seq = commit.last_seq, .digest = commit.digest};
}

std::string SegmentWriter::take() {
  std::string bytes = header_of(kSegmentMagic, after_, commits_.size());
  const Digest checksum = checksum_of(bytes, frames_, after_.digest);
  bytes += commits_;
  put_digest(bytes, checksum);
  commits_.clear();
  frames_.clear();
  after_ = end_;
  return bytes;
}

std::string place_segment(const AnchorPoint& after, const LogPlace& place) {
  std::string contents;
  ByteWriter(contents).put(place.group_index);
  contents += place.source;
  std::string bytes = header_of(kPlaceMagic, after, contents.size());
  const Digest checksum = checksum_of(bytes, contents, after.digest);
  bytes += contents;
  put_digest(bytes, checksum);
  return bytes;
}

std::expected<SegmentHeader, std::string> read_segment_header(std::string_view bytes) {
  const bool is_place = bytes.starts_with(kPlaceMagic);
  if (!is_place && !bytes.starts_with(kSegmentMagic))
    return wrong("it isn't a backup of giro's, or is damaged");
  ByteReader reader(bytes.substr(kSegmentMagic.size()));
  SegmentHeader header{.after = {}, .is_place = is_place};
  const auto first = reader.get<Seq>();
  header.after = {.seq = first - 1, .digest = get_digest(reader)};
  header.commit_bytes = reader.get<std::uint64_t>();
  if (!reader.ok() || first == 0 || header.commit_bytes > kCommitBytesMax) {
    return wrong("the head of a segment is damaged");
  }
  return header;
}

std::expected<Segment, std::string> read_segment(std::string_view bytes) {
  const auto header = read_segment_header(bytes);
  if (!header) return std::unexpected(header.error());
  if (bytes.size() != header->segment_bytes())
    return wrong("a segment has another size than it says");
  Segment segment{.after = header->after, .end = header->after, .commits = {}};
  std::string frames;
  const std::string_view contents = bytes.substr(kSegmentHeaderBytes, header->commit_bytes);
  if (header->is_place) {
    auto place = read_place(contents);
    if (!place) return std::unexpected(std::move(place).error());
    segment.place = std::move(*place);
    frames = contents;
  }
  ByteReader reader(header->is_place ? std::string_view() : contents);
  while (!reader.rest().empty()) {
    const SegmentCommit commit = get_commit(reader);
    if (!reader.ok() || commit.last_seq <= segment.end.seq)
      return wrong("a commit's frame is damaged");
    if (digest_of(segment.end.digest, as_bytes(commit.entries)) != commit.digest) {
      return wrong("the entries of the commit that ends at seq " + std::to_string(commit.last_seq) +
                   " don't lead to its digest");
    }
    put_frame(frames, commit);
    put_digest(frames, commit.digest);
    segment.end = {.seq = commit.last_seq, .digest = commit.digest};
    segment.commits.push_back(commit);
  }
  ByteReader footer(bytes.substr(bytes.size() - kSegmentFooterBytes));
  const std::string_view head = bytes.substr(0, kSegmentHeaderBytes);
  if (get_digest(footer) != checksum_of(head, frames, segment.after.digest)) {
    return wrong("a segment's checksum doesn't hold");
  }
  return segment;
}

}  // namespace giro::store
