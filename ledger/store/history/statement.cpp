#include "ledger/store/history/statement.hpp"

#include <algorithm>

#include "ledger/entry/names.hpp"
#include "ledger/store/history/pages.hpp"

namespace giro::store {
StatementLine line_of(const Visit& visit) {
  const Posting& posting = visit.posting;
  StatementLine line;
  line.seq = visit.entry.seq;
  line.at = visit.entry.at;
  line.key = visit.entry.key;
  line.amount = visit.incoming ? posting.amount : -posting.amount;
  line.type = type_of(visit.entry);
  line.balance = visit.incoming ? posting.to_after : posting.from_after;
  line.held = visit.incoming ? posting.to_held : posting.from_held;
  line.counterparty = visit.incoming ? posting.from : posting.to;
  line.leg = visit.leg;
  line.entry_number = visit.number;
  if (const PaymentOptions* options = visit.entry.options()) {
    line.reference = options->reference;
    line.description = options->description;
  }
  return line;
}

namespace {

// The account's lines with after < entry_number <= until, newest first; the first ones of them where
// they are more than a page may read.
std::vector<StatementLine> lines_back(History& history, const StatementQuery& query,
                                      std::uint64_t after, std::uint64_t until) {
  std::vector<StatementLine> lines;
  std::size_t bytes = 0;
  history.walk(query.account, query.head, after, until, [&](const Visit& visit) {
    if (lines.empty() || lines.back().seq != visit.entry.seq) bytes += bytes_of(visit.entry);
    lines.push_back(line_of(visit));
    return bytes < kPageBytesMax;
  });
  return lines;
}

}  // namespace

std::vector<StatementLine> read_statement(History& history, const StatementQuery& query) {
  const std::uint64_t after = query.after_entry;
  const std::uint64_t until = std::min(query.until_entry, query.head.version);
  if (after >= until) return {};
  std::uint64_t count = std::min<std::uint64_t>(until - after, query.limit);
  if (query.newest_first) return lines_back(history, query, until - count, until);
  // History is walked back, so a page of the oldest is entered at its end, and one that turns out to be
  // too much to read is tried again with an earlier end.
  for (;;) {
    std::vector<StatementLine> lines = lines_back(history, query, after, after + count);
    if (lines.size() == count) {
      std::ranges::reverse(lines);
      return lines;
    }
    count = std::max<std::uint64_t>(1, std::min<std::uint64_t>(count / 2, lines.size()));
  }
}

}  // namespace giro::store
