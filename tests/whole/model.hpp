// The rules of the whole ledger a second time, written from docs/PROTOCOL.md and as plainly as they can be:
// lists that are read through at each question, sums of 128 bits, whole copies where something may have to be
// taken back. It shares values with Giro (requests, codes, postings), and no code that decides.
//
// Limits in time are modelled by their published pieces, exactly: what was paid in a thousandth of the window
// counts until all of that piece is past. Thread: one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "tests/whole/operation.hpp"

namespace giro::test {

inline constexpr Timestamp kNeverEnds{INT64_MAX};

struct ModelLimit {
  VelocityLimit terms;
  Timestamp since;  // It counts from here.
};
struct ModelPaid {
  Seq by = 0;
  Timestamp at;
  Int128 amount = 0;  // Of a hold: what wasn't let go of.
};
struct ModelUse {
  Int128 amount = 0;
  std::int64_t count = 0;
};

struct WholeAccount {
  Operation opened;
  std::optional<Amount> floor;
  std::optional<Amount> ceiling;
  Frozen frozen = Frozen::none;
  bool closed = false;
  std::string metadata;
  std::vector<ModelLimit> limits;
  AlertLines alerts;
  std::vector<ModelPaid> paid;  // All that went out in the last hours, limited or not.
  Int128 in = 0;
  Int128 out = 0;
  Int128 held_in = 0;
  Int128 held_out = 0;
  std::uint64_t version = 0;
  Seq last_seq = 0;

  [[nodiscard]] Int128 balance() const { return in - out; }
  [[nodiscard]] bool pays() const { return frozen != Frozen::debits && frozen != Frozen::all; }
  [[nodiscard]] bool is_paid() const { return frozen != Frozen::credits && frozen != Frozen::all; }
  // Nothing: it has no floor.
  [[nodiscard]] std::optional<Int128> available() const {
    if (!floor) return std::nullopt;
    return balance() - held_out - *floor;
  }
};

struct ModelHold {
  Seq seq = 0;
  AccountNumber from = 0;
  AccountNumber to = 0;
  Amount left = 0;
  Timestamp expires_at = kNeverEnds;
};
struct ModelSchedule {
  Seq seq = 0;
  std::uint32_t occurrence = 1;
  Timestamp next_at;
};

// What may change, but for the journal.
struct Standing {
  std::vector<WholeAccount> accounts;  // Number 1 is the first.
  std::vector<ModelHold> holds;        // Open ones, likewise below.
  std::vector<ModelSchedule> schedules;
  std::optional<Date> closed_until;
  std::vector<std::string> nodes;  // At which was asked, in the order of the journal.
};

// One decision.
struct Record {
  Seq seq = 0;
  Timestamp at;
  EntryKind kind = EntryKind::payment;
  std::string key;
  Rejection code = Rejection::none;
  std::vector<Posting> moved;  // Applied.
  Posting seen;                // Rejected: the accounts and what they had.
  std::size_t leg = 0;         // leg_failed: which, and why.
  Rejection leg_code = Rejection::none;
  Seq follows = 0;
  Amount left = 0;      // Of the hold, after a capture.
  Amount reversed = 0;  // Of the original, after a reversal.
  std::uint32_t occurrence = 0;
  Date day;                   // On which it counts.
  std::uint64_t members = 0;  // Of its group; 0: none.
  Seq group_first = 0;
  std::uint64_t index = 0;
  std::uint64_t failed = 0;
  Operation asked;      // Of what fell due by itself: what made it.
  NodeNumber node = 0;  // At which that was.
};

struct Answer {
  enum class How : std::uint8_t { decided, replayed, rehearsed, conflict };
  How how = How::decided;
  Record record;               // Of a replay or conflict: what stands.
  bool is_other_kind = false;  // Of a conflict.
  bool is_anothers = false;    // Of a conflict: the key is another user's.
};

class WholeModel {
 public:
  [[nodiscard]] Answer decide(const Operation& operation, Timestamp now);
  // One answer a member; one conflict alone: nothing was decided.
  [[nodiscard]] std::vector<Answer> decide_group(const std::vector<Operation>& members,
                                                 Timestamp now, bool dry_run);
  // What falls due first by now; nothing: nothing does.
  [[nodiscard]] std::optional<Record> decide_due(Timestamp now);

  [[nodiscard]] const Standing& standing() const { return standing_; }
  [[nodiscard]] const std::vector<Record>& journal() const { return journal_; }
  [[nodiscard]] AccountNumber find(const std::string& id) const;
  // Null: nothing was decided under it.
  [[nodiscard]] const Record* find_key(const std::string& key) const;
  [[nodiscard]] const Record* find_seq(Seq seq) const;
  // Of a schedule's payment, the first of which is 1; nothing: there is no such time.
  [[nodiscard]] static std::optional<Timestamp> time_of(const Operation& schedule,
                                                        std::uint32_t occurrence);
  [[nodiscard]] static ModelUse used(const WholeAccount& account, const ModelLimit& limit,
                                     Timestamp at);

  // All that was decided after this point is forgotten, as by a crash before the commit.
  struct Mark {
    Standing standing;
    std::size_t journal = 0;
  };
  [[nodiscard]] Mark mark() const { return {.standing = standing_, .journal = journal_.size()}; }
  void go_back(Mark mark);

 private:
  // --- model.cpp ---
  Record begin(EntryKind kind, const Operation& operation, Timestamp now);
  Record judge_and_do(const Operation& operation, Timestamp now);
  void keep(const Record& record);
  [[nodiscard]] std::optional<Answer> known(const Operation& operation) const;
  // 0: nothing was decided under it.
  [[nodiscard]] Seq named_by(const Operation& operation) const;
  [[nodiscard]] const Record* latest_after(Seq seq) const;
  [[nodiscard]] WholeAccount& account(AccountNumber number) {
    return standing_.accounts[number - 1];
  }

  // --- model_accounts.cpp ---
  void open(const Operation& operation, Record& record);
  void change(const Operation& operation, Record& record);
  [[nodiscard]] Rejection why_not_change(const Operation& operation, AccountNumber number) const;
  void set_terms(const Operation& operation, WholeAccount& changed, Timestamp at);
  void close_books(const Operation& operation, Record& record);
  void open_books(const Operation& operation, Record& record);

  // --- model_payments.cpp ---
  [[nodiscard]] Posting see(AccountNumber from, AccountNumber to) const;
  void pay(const Operation& operation, Timestamp now, Record& record);
  [[nodiscard]] bool lies_in_closed_time(const Operation& operation) const {
    return operation.effective_date && standing_.closed_until &&
           *operation.effective_date <= *standing_.closed_until;
  }
  [[nodiscard]] Rejection judge(const Operation& operation, const OperationLeg& leg, Timestamp now,
                                const Record& record, Posting& posting);
  // `posting.amount` may fall by up_to. `holds`: it is only to be reserved.
  [[nodiscard]] Rejection judge_movement(const Operation& operation, bool holds,
                                         const Record& record, Posting& posting);
  // Moves the amount of the posting, and what is held, and says what that left.
  void move(Posting& posting, const Record& record);

  // --- model_holds.cpp ---
  void hold(const Operation& operation, Timestamp now, Record& record);
  void capture(const Operation& operation, Timestamp now, Record& record);
  void release(const Operation& operation, Timestamp now, Record& record);
  [[nodiscard]] Rejection why_not_open(Seq hold, Timestamp now) const;
  [[nodiscard]] ModelHold* find_hold(Seq seq);
  void take_from_hold(Seq seq, Amount captured, Amount let_go, Record& record);
  void reverse(const Operation& operation, Timestamp now, Record& record);
  [[nodiscard]] Amount reversed_of(Seq original) const;

  // --- model_schedules.cpp ---
  void schedule(const Operation& operation, Timestamp now, Record& record);
  void cancel(const Operation& operation, Timestamp now, Record& record);
  [[nodiscard]] Rejection why_not_cancel(Seq schedule, Timestamp now) const;
  Record pay_scheduled(const ModelSchedule& due, Timestamp now);
  Record expire(const ModelHold& due, Timestamp now);

  // --- model_limits.cpp ---
  [[nodiscard]] static bool allows(const WholeAccount& payer, Amount amount, const Record& record);
  static void note_paid(WholeAccount& payer, Amount amount, const Record& record);
  static void note_let_go(WholeAccount& payer, Seq hold, Amount amount);
  [[nodiscard]] static unsigned crossed(const AlertLines& alerts, Int128 before, Int128 after);

  // --- model_groups.cpp ---
  [[nodiscard]] std::optional<std::vector<Answer>> known_group(
      const std::vector<Operation>& members) const;
  [[nodiscard]] bool is_there_already(const Operation& operation) const;
  Record reject(const Operation& operation, Timestamp now);

  Standing standing_;
  std::vector<Record> journal_;
  std::map<std::string, Seq> keys_;
  std::map<Seq, std::vector<Seq>> followups_;
};

}  // namespace giro::test
