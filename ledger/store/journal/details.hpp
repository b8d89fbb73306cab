// What a plain payment doesn't have, as the JSON text of the journal's `details` column and back. The text
// is part of what the audit chain hashes: it is written here, and by no library.
// The client's metadata has a column of its own, kept to the letter.
// Pure functions: any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/entry/entry.hpp"

namespace giro::store {

// Empty: nothing to keep. Replaces `out`.
void write_details(const Entry& entry, std::string& out);

// The metadata that belongs to the entry: the payment's, or its account's.
[[nodiscard]] std::string_view metadata_of(const Entry& entry);

// What the details say of holds, for legs that have their own rows. Throws as read_body().
void read_rest_of_legs(std::string_view details, std::span<Posting> legs);

// Gives an applied entry its legs: the one that its row has, or those that `read(postings)` adds.
template <class Read>
void fill_legs(std::string_view details, Read read, Legs& legs) {
  const Posting in_row = std::exchange(legs.seen, {});
  if (in_row.sides() > 0) return legs.postings.push_back(in_row);
  read(legs.postings);
  read_rest_of_legs(details, legs.postings);
}

// The body whose row has these texts and this posting, without the legs that table `legs` keeps; and the
// group that it is of.
// Throws std::runtime_error on text that write_details didn't write: the file was changed.
[[nodiscard]] EntryBody read_body(EntryKind kind, const Posting& posting, std::string_view text,
                                  std::string_view metadata, Membership& group);

}  // namespace giro::store
