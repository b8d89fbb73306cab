#include "ledger/store/journal/journal_writer.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "ledger/store/journal/author_column.hpp"
#include "ledger/store/journal/details.hpp"
#include "ledger/store/schema/totals.hpp"

namespace giro::store {
namespace {

// In order, each once.
void sort_out(std::vector<Seq>& seqs) {
  std::ranges::sort(seqs);
  const auto rest = std::ranges::unique(seqs);
  seqs.erase(rest.begin(), rest.end());
}

void add_movement(BulkInsert& insert, const Posting& posting) {
  insert.add(posting.from)
      .add(posting.to)
      .add(posting.amount)
      .add(as_integer(posting.from_prev))
      .add(as_integer(posting.to_prev))
      .add(posting.from_after)
      .add(posting.to_after);
}

// Without details, and in no table beside the journal: most entries.
bool is_plain(const Entry& entry) {
  const auto* payment = std::get_if<PaymentBody>(&entry.body);
  return payment != nullptr && payment->details == nullptr && payment->posting.is_plain() &&
         entry.group.count == 0;
}

// The schedule that it made, ended or moved on; 0: none.
Seq schedule_of(const Entry& entry) {
  switch (entry.kind()) {
    case EntryKind::schedule:
      return entry.applied() ? entry.seq : 0;
    case EntryKind::cancel:
    case EntryKind::scheduled:
      return entry.follows();
    default:
      return 0;
  }
}

}  // namespace

JournalWriter::JournalWriter(const SQLite::Database& db, const State& recovered,
                             NewestMarks& newest, VelocityRows& velocities)
    : insert_entry_(
          db, "journal",
          "seq, at, kind, outcome, uid, key, from_account, to_account, amount, from_prev, "
          "to_prev, from_after, to_after, details, metadata, digest, group_index"),
      insert_leg_(db, "legs",
                  "seq, leg, from_account, to_account, amount, from_prev, to_prev, from_after, "
                  "to_after"),
      insert_mark_(db, "marks", "seq, account, entry, level, earlier, posted_in, posted_in_high"),
      insert_reference_(db, "payment_references", "reference, seq"),
      insert_currency_(db, "INSERT INTO currencies (id, code, scale) VALUES (?, ?, ?)"),
      insert_node_(db, "INSERT INTO nodes (number, name) VALUES (?, ?)"),
      insert_account_(
          db,
          "INSERT INTO accounts (number, id, currency, floor, ceiling, metadata, "
          "opened_seq, posted_in, posted_in_high, posted_out, posted_out_high, version, "
          "last_seq, as_of_seq, marks, frozen, closed, held_in, held_out) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_account_(db,
                      "UPDATE accounts SET floor = ?, ceiling = ?, frozen = ?, closed = ?, "
                      "metadata = CASE WHEN ? THEN ? ELSE metadata END, alert_below = ?, "
                      "alert_above = ? WHERE number = ?"),
      insert_terms_(db, "account_terms", "account, seq, floor, ceiling, frozen, closed"),
      insert_followup_(db, "followups", "original, seq"),
      insert_hold_(db, "holds",
                   "seq, from_account, to_account, left, expires_at, uid, key, made_at, amount"),
      update_hold_(db, "UPDATE holds SET left = ? WHERE seq = ?"),
      delete_hold_(db, "DELETE FROM holds WHERE seq = ?"),
      meta_(db),
      effective_days_(db),
      insert_schedule_(db, "schedules", "seq, next_at, occurrence, legs"),
      update_schedule_(db, "UPDATE schedules SET next_at = ?, occurrence = ? WHERE seq = ?"),
      delete_schedule_(db, "DELETE FROM schedules WHERE seq = ?"),
      currencies_known_(recovered.currencies().size()),
      nodes_known_(recovered.nodes().size()),
      newest_(newest),
      velocities_(velocities) {}

void JournalWriter::append(std::span<const Entry> entries, std::span<GroupEnd> ends,
                           std::span<const std::string> details, const State& state, Chain& chain) {
  append_currencies_and_nodes(state);
  auto end = ends.begin();
  const auto end_groups = [&](std::size_t count) {
    for (; end != ends.end() && end->entries == count; ++end) end->digest = chain.head();
  };
  end_groups(0);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool last = i + 1 == end->entries;
    append_entry(entries[i], details.empty() ? details_of(entries[i]) : details[i],
                 last ? &*end : nullptr, state, chain);
    if (last) end_groups(i + 1);
  }
  append_tables(entries.front().seq, state);
}

std::string_view JournalWriter::details_of(const Entry& entry) {
  std::string& text = details_[insert_entry_.rows()];
  text.clear();
  if (!is_plain(entry)) write_details(entry, text);
  return text;
}

void JournalWriter::append_entry(const Entry& entry, std::string_view details, GroupEnd* end,
                                 const State& state, Chain& chain) {
  const bool plain = is_plain(entry);
  const std::string_view metadata = plain ? std::string_view() : metadata_of(entry);
  chain.add(entry,
            {.node = state.node(entry.author.node), .details = details, .metadata = metadata});
  if (end != nullptr) end->digest = chain.close();
  append_row(entry, details, metadata, end);
  if (end != nullptr) {
    insert_entry_.run();
    check_number(entry.seq);
  }
  if (!plain) append_rest(entry, state);
}

void JournalWriter::append_tables(Seq first, const State& state) {
  if (!holds_.empty()) append_holds(first, state);
  effective_days_.write();
  if (!schedules_.empty()) append_schedules(first, state);
  append_marks();
  append_terms();
  for (BulkInsert* rest : {&insert_leg_, &insert_reference_, &insert_followup_}) rest->run();
}

void JournalWriter::append_rest(const Entry& entry, const State& state) {
  const std::span<const Posting> postings = entry.postings();
  if (postings.size() > 1) append_legs(entry.seq, postings);
  if (postings.size() == 1 && postings.front().held != 0) {
    holds_.push_back(entry.follows() == 0 ? entry.seq : entry.follows());
  }
  if (const Seq schedule = schedule_of(entry); schedule != 0) schedules_.push_back(schedule);
  if (entry.follows() != 0) {
    insert_followup_.add(as_integer(entry.follows())).add(as_integer(entry.seq)).end_row();
  }
  if (entry.applied()) {
    if (const auto* opening = std::get_if<std::unique_ptr<OpeningBody>>(&entry.body)) {
      append_account(entry.seq, **opening, state);
    } else if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body)) {
      append_change(**change, state);
    } else if (entry.kind() == EntryKind::books) {
      meta_.write("books_seq", entry.seq);
    }
  }
  effective_days_.note(entry);
  const PaymentOptions* options = entry.options();
  if (options != nullptr && !options->reference.empty()) {
    insert_reference_.add(std::string_view(options->reference))
        .add(as_integer(entry.seq))
        .end_row();
  }
}

void JournalWriter::append_row(const Entry& entry, std::string_view details,
                               std::string_view metadata, const GroupEnd* end) {
  // SQLite gives the row the number after the last one's, which is its seq, and needn't look whether it has it.
  insert_entry_.add_null()
      .add(entry.at.ns)
      .add(static_cast<int>(entry.kind()))
      .add(static_cast<int>(entry.outcome))
      .add(column_of(entry.author))
      .add(entry.key.view());
  add_movement(insert_entry_, entry.row_posting());
  insert_entry_.add_text_or_null(details).add_text_or_null(metadata);
  if (end == nullptr) {
    insert_entry_.add_null().add_null();
  } else {
    insert_entry_.add_blob(end->digest);
    // Commits of before schema version 4 don't say which group they were.
    if (end->group_index == 0) {
      insert_entry_.add_null();
    } else {
      insert_entry_.add(as_integer(end->group_index));
    }
  }
  insert_entry_.end_row();
}

void JournalWriter::check_number(Seq last) const {
  if (insert_entry_.last_rowid() == last) return;
  throw std::runtime_error("the journal's last row isn't entry " + std::to_string(last) +
                           ": another program wrote to it");
}

void JournalWriter::append_legs(Seq seq, std::span<const Posting> postings) {
  std::int64_t leg = 0;
  for (const Posting& posting : postings) {
    insert_leg_.add(as_integer(seq)).add(leg++);
    add_movement(insert_leg_, posting);
    insert_leg_.end_row();
  }
}

// The row is written as of the end of the commit, later entries of the same commit included.
void JournalWriter::append_account(Seq seq, const OpeningBody& opening, const State& state) {
  const Account& account = state.account(opening.number);
  const AccountLimits& limits = state.limits(account);
  const MarkTower marks = newest_.of(opening.number);
  bind_total(insert_account_, 7, 8, account.posted_in);
  bind_total(insert_account_, 9, 10, account.posted_out());
  insert_account_.bind(0, opening.number)
      .bind(1, opening.opened.id.view())
      .bind(2, account.currency + 1)
      .bind_optional(3, limits.floor_or_none())
      .bind_optional(4, limits.ceiling_or_none())
      .bind_text_or_null(5, opening.opened.metadata)
      .bind(6, as_integer(seq))
      .bind(11, as_integer(account.version))
      .bind(12, as_integer(account.last_seq))
      .bind(13, as_integer(state.seq()))
      .bind_blob(14, marks.bytes())
      .bind(15, static_cast<int>(limits.frozen))
      .bind(16, static_cast<int>(limits.closed))
      .bind(17, account.held.in)
      .bind(18, account.held.out)
      .run();
}

// What it is about changes at once: the sweeper leaves it alone.
void JournalWriter::append_change(const AccountChangeBody& change, const State& state) {
  const AccountNumber number = change.posting.from;
  const AccountLimits& limits = state.limits(state.account(number));
  const Watch* watch = state.watches().find(number);
  const AlertLines alerts = watch == nullptr ? AlertLines{} : watch->alerts;
  const std::string_view metadata =
      change.terms.metadata ? std::string_view(*change.terms.metadata) : std::string_view();
  update_account_.bind_optional(0, limits.floor_or_none())
      .bind_optional(1, limits.ceiling_or_none())
      .bind(2, static_cast<int>(limits.frozen))
      .bind(3, static_cast<int>(limits.closed))
      .bind(4, static_cast<int>(change.terms.metadata.has_value()))
      .bind_text_or_null(5, metadata)
      .bind_optional(6, alerts.below)
      .bind_optional(7, alerts.above)
      .bind(8, number)
      .run();
  if (change.terms.limits) velocities_.replace(number, state);
}

// As the group leaves them: one that was made and closed in it never gets a row. `first`: of the group.
void JournalWriter::append_holds(Seq first, const State& state) {
  sort_out(holds_);
  for (const Seq seq : holds_) {
    const OpenHold* hold = state.holds().find(seq);
    if (hold == nullptr) {
      if (seq < first) delete_hold_.bind(0, as_integer(seq)).run();
    } else if (seq < first) {
      update_hold_.bind(0, hold->left).bind(1, as_integer(seq)).run();
    } else {
      insert_hold_.add(as_integer(seq))
          .add(hold->from)
          .add(hold->to)
          .add(hold->left)
          .add_optional(hold->expires_at == kNever ? std::nullopt
                                                   : std::optional(hold->expires_at.ns))
          .add(column_of(hold->author))
          .add(hold->key.view())
          .add(hold->made_at.ns)
          .add(hold->amount)
          .end_row();
    }
  }
  insert_hold_.run();
  holds_.clear();
}

// Likewise.
void JournalWriter::append_schedules(Seq first, const State& state) {
  sort_out(schedules_);
  for (const Seq seq : schedules_) {
    const OpenSchedule* open = state.schedules().find(seq);
    if (open == nullptr) {
      if (seq < first) delete_schedule_.bind(0, as_integer(seq)).run();
    } else if (seq < first) {
      update_schedule_.bind(0, open->next_at.ns)
          .bind(1, open->occurrence)
          .bind(2, as_integer(seq))
          .run();
    } else {
      insert_schedule_.add(as_integer(seq))
          .add(open->next_at.ns)
          .add(open->occurrence)
          .add(open->legs)
          .end_row();
    }
  }
  insert_schedule_.run();
  schedules_.clear();
}

void JournalWriter::append_marks() {
  for (const Mark& mark : marks_) {
    const auto [low, high] = split_total(mark.posted_in);
    insert_mark_.add(as_integer(mark.seq))
        .add(mark.account)
        .add(as_integer(mark.entry))
        .add(as_integer(mark.level))
        .add_blob(mark.earlier.bytes())
        .add(low)
        .add(high)
        .end_row();
  }
  insert_mark_.run();
  marks_.clear();
}

void JournalWriter::append_terms() {
  for (const Terms& terms : terms_) {
    insert_terms_.add(terms.account)
        .add(as_integer(terms.seq))
        .add_optional(terms.limits.floor_or_none())
        .add_optional(terms.limits.ceiling_or_none())
        .add(static_cast<int>(terms.limits.frozen))
        .add(static_cast<int>(terms.limits.closed))
        .end_row();
  }
  insert_terms_.run();
  terms_.clear();
}

void JournalWriter::append_currencies_and_nodes(const State& state) {
  for (; currencies_known_ < state.currencies().size(); ++currencies_known_) {
    const Currency& currency = state.currencies()[currencies_known_];
    insert_currency_.bind(0, as_integer(currencies_known_ + 1))
        .bind(1, currency.code.view())
        .bind(2, currency.scale)
        .run();
  }
  for (; nodes_known_ < state.nodes().size(); ++nodes_known_) {
    insert_node_.bind(0, as_integer(nodes_known_ + 1)).bind(1, state.nodes()[nodes_known_]).run();
  }
}

}  // namespace giro::store
