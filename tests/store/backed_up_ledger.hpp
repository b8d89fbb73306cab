// A ledger with entries of every kind, asked at nodes of a cluster and at none, which keeps what it was after each of its commits: the model that a
// restore is compared with.
#pragma once

#include <array>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/atomic_group.hpp"
#include "ledger/store/backup/backup.hpp"
#include "ledger/store/backup/restore.hpp"
#include "tests/store/settling.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {

inline void tell_nobody(const store::BackupProgress& /*progress*/) {}

// What a backup or a restore made. Throws what kept it from that.
template <class Made>
Made must_succeed(std::expected<Made, store::BackupFailure> made) {
  if (!made) throw std::runtime_error(made.error().what);
  return std::move(*made);
}

class BackedUpLedger {
 public:
  struct Model {
    Snapshot state;
    store::Digest digest;
  };

  explicit BackedUpLedger(std::uint64_t seed, store::StoreOptions options = {.keys_in_run = 500})
      : ledger(std::move(options)), workload_(seed) {
    keep_model();
    workload_.open_accounts(ledger);
    keep_model();
    open_few_accounts(ledger);
    keep_model();
    ledger.pay("start", eur("world", "ada", 1'000'000));
    commit();
  }

  // So many commits of some entries each.
  void run(int commits, std::size_t entries_max = 30) {
    for (int i = 0; i < commits; ++i) {
      ledger.ledger().ask_at(kNodes.at(static_cast<std::size_t>(i) % kNodes.size()));
      workload_.decide(ledger, 1 + workload_.pick(entries_max));
      if (i % 3 == 0) decide_one_of_each(std::to_string(++rounds_));
      (void)ledger.ledger().decide_due(ledger.now, 100);
      commit();
    }
  }

  [[nodiscard]] Seq head() const { return ledger.state().seq(); }
  // Of the last commit that was over at this seq.
  [[nodiscard]] const Model& at(Seq seq) const {
    return std::prev(models_.upper_bound(seq))->second;
  }
  [[nodiscard]] std::size_t pick(std::size_t count) { return workload_.pick(count); }

  TestLedger ledger;

 private:
  static constexpr std::array kNodes{"", "two", "one", "", "two", "three"};

  void commit() {
    ledger.commit();
    keep_model();
  }
  void keep_model() {
    models_[head()] = {.state = snapshot(ledger.state()), .digest = ledger.store().chain_digest()};
  }

  // What goes on with something, and what falls due: keys begin with the round.
  void decide_one_of_each(const std::string& round) {
    const auto key = [&round](const char* name) { return round + name; };
    ledger.submit(hold_of(key("hold"), eur("ada", "bob", 300), "24h"));
    ledger.submit(capture_of(key("part"), by_key(key("hold")), 100));
    ledger.submit(reversal_of(key("back"), by_key(key("part")), 40));
    ledger.submit(hold_of(key("brief"), eur("ada", "bob", 5), "1s"));
    ledger.submit(hold_of(key("void"), eur("ada", "bob", 7)));
    ledger.submit(void_of(key("voided"), by_key(key("void"))));
    ledger.submit(standing_order(key("rent")));
    if (rounds_ % 2 == 0) ledger.submit(cancel_of(key("stop"), by_key(key("rent"))));
    change_account(key("change"));
    close_books_once();
    decide_group(key("group"));
    ledger.now.ns += 2'000'000'000;
  }

  [[nodiscard]] CheckedSchedule standing_order(const std::string& key) const {
    const std::string at = format_rfc3339({ledger.now.ns + 1'500'000'000});
    ScheduleRequest request = schedule(payment(eur("ada", "bob", 3)), at);
    request.payment.key = key;
    request.every = "P1D";
    return checked(request);
  }

  void change_account(const std::string& key) {
    const std::string id = "change:" + key;
    ledger.open(id);
    AccountChangeRequest request;
    request.action = AccountAction::close;
    request.key = key;
    request.id = id;
    ledger.submit(checked(request));
  }

  void close_books_once() {
    if (rounds_ > 1) return;
    BooksRequest request = close_books("2001-01-01");
    request.key = "books";
    ledger.submit(checked(request));
  }

  void decide_group(const std::string& key) {
    std::vector<Command> members;
    members.emplace_back(payment_of(key + "1", 50));
    members.emplace_back(payment_of(key + "2", rounds_ % 2 == 0 ? 10 : kAmountMax));
    AtomicGroup group(ledger.ledger(), members, TestLedger::kUid);
    ledger.now.ns += 1'000;
    if (!group.find_decision()) (void)group.decide(ledger.now);
  }
  [[nodiscard]] static CheckedPayment payment_of(const std::string& key, Amount amount) {
    PaymentRequest request = payment(eur("ada", "bob", amount));
    request.key = key;
    return checked(request);
  }

  Workload workload_;
  std::size_t rounds_ = 0;
  std::map<Seq, Model> models_;
};

// The rows of the journal and its legs up to a seq, each as one text.
inline std::vector<std::string> journal_rows(const std::filesystem::path& ledger, Seq to) {
  const SQLite::Database db((ledger / "ledger.db").string(), SQLite::OPEN_READWRITE);
  std::vector<std::string> rows;
  for (const char* const sql :
       {"SELECT seq || '|' || at || '|' || kind || '|' || outcome || '|' || uid || '|' || key || "
        "'|' || from_account || '|' || to_account || '|' || amount || '|' || from_prev || '|' || "
        "to_prev || '|' || from_after || '|' || to_after || '|' || ifnull(details, 'NULL') || '|' "
        "|| ifnull(metadata, 'NULL') || '|' || ifnull(hex(digest), 'NULL') || '|' || "
        "ifnull(group_index, 'NULL') FROM journal WHERE seq <= ? ORDER BY seq",
        "SELECT seq || '|' || leg || '|' || from_account || '|' || to_account || '|' || amount || "
        "'|' || from_prev || '|' || to_prev || '|' || from_after || '|' || to_after FROM legs "
        "WHERE seq <= ? ORDER BY seq, leg"}) {
    SQLite::Statement row(db, sql);
    row.bind(1, static_cast<std::int64_t>(to));
    while (row.executeStep()) rows.push_back(row.getColumn(0).getString());
  }
  return rows;
}

}  // namespace giro::test
