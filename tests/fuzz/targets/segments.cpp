// A backup that somebody else made, or that a disk damaged: nothing of it is taken that isn't whole, and what is whole
// and breaks the ledger's rules is told.
#include <algorithm>

#include "ledger/store/backup/backup_replay.hpp"
#include "ledger/store/backup/segment_input.hpp"
#include "tests/fuzz/targets/bytes_as_file.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

std::string written_again(const store::Segment& segment) {
  if (!segment.place.source.empty()) return store::place_segment(segment.after, segment.place);
  store::SegmentWriter writer(segment.after);
  for (const store::SegmentCommit& commit : segment.commits) writer.add(commit);
  return writer.take();
}

// False: its entries break the rules.
bool replay(const store::Segment& segment, store::BackupReplay& replay) {
  return std::ranges::all_of(segment.commits, [&replay](const store::SegmentCommit& commit) {
    return replay.take(commit, [](Entry&&, std::string_view) {}).has_value();
  });
}

void read_file(std::string_view bytes) {
  const BytesAsFile file(bytes);
  auto input = store::SegmentInput::open(file.path());
  require(input.has_value(), "a file that is there is opened");
  State state;
  store::BackupReplay rules(state);
  bool whole = true;
  while (whole) {
    const auto segment = input->next();
    if (!segment) {
      require(!segment.error().what.empty() && !segment.error().money.empty() &&
                  !segment.error().advice.empty(),
              "a failure has three parts");
      return;
    }
    if (*segment == nullptr) return;
    require(written_again(**segment) == input->bytes(), "a segment has one form");
    whole = replay(**segment, rules);
  }
}

store::Digest digest_after(const store::Digest& before, std::string_view entries) {
  return store::digest_of(before,
                          {reinterpret_cast<const std::uint8_t*>(entries.data()), entries.size()});
}

// The bytes as the entries of a commit whose digests all hold: whoever can write a backup can make those, too.
std::string sealed(std::string_view entries) {
  const store::AnchorPoint nothing;
  store::SegmentWriter writer(nothing);
  ByteReader reader(entries);
  const Seq last = std::max<Seq>(reader.get<std::uint8_t>(), 1);
  writer.add({.group_index = 1,
              .last_seq = last,
              .last_at = Timestamp{1},
              .entries = entries,
              .digest = digest_after(nothing.digest, entries)});
  return writer.take() + writer.take();  // The second one is the mark of the end.
}

void flip_a_bit(std::string bytes, std::string_view choice) {
  ByteReader reader(choice);
  const std::size_t bit = reader.get<std::uint32_t>() % (8 * bytes.size());
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  require(!store::read_segment(bytes), "a segment with a wrong bit is refused");
}

}  // namespace

void fuzz_segments(std::string_view bytes) {
  read_file(bytes);
  const std::string made = sealed(bytes);
  read_file(made);
  flip_a_bit(made.substr(0, made.size() - store::kSegmentHeaderBytes - store::kSegmentFooterBytes),
             bytes);
}

}  // namespace giro::fuzz
