// The ledger: the state that decides, and the file that keeps what it decided, in step.
//
//   begin()  decide()...  commit()   decides a group in memory, then writes it in one transaction
//
// What always holds: a key decides once: what it decided before is found first, and answered again; what a
// command refers to is looked up here and handed to the state, which knows nothing of the past. Of the file
// ledger/store/store.hpp says what holds: a ledger whose store is spent must be opened again.
//
// Thread: one, the commit thread; open() may run on another before it.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/outcome.hpp"
#include "ledger/command/command.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/store.hpp"

namespace giro {

// What deciding looks for in memory: the key of a keyed command, the one that it names something by, and the
// accounts of a payment.
struct Lookup {
  std::uint64_t key = 0;        // The key's fingerprint.
  std::uint64_t reference = 0;  // Of the key that it names something by.
  LegHashes leg;
  LegAccounts likely;  // A guess, for fetch_names().
};

class Ledger {
 public:
  // An entry that was decided before: where it lies in the open group, or as it was read from the journal.
  // Valid until the next one is appended.
  class Prior {
   public:
    // REQUIRES: there is such an entry.
    const Entry* find(store::Store& store, Seq seq) {
      entry_ = store.open_entry(seq);
      if (entry_ == nullptr) {
        read_ = store.entry(seq);
        entry_ = read_.get();
      }
      return entry_;
    }
    [[nodiscard]] const Entry* get() const { return entry_; }

   private:
    const Entry* entry_ = nullptr;
    std::unique_ptr<Entry> read_;
  };
  // What a command names, and what followed it.
  struct Named {
    Seq seq = 0;
    Prior entry;
    Prior latest;

    [[nodiscard]] Referred referred() const {
      return {.seq = seq, .entry = entry.get(), .latest = latest.get()};
    }
  };

  // Errors: as Store::open().
  static std::expected<std::unique_ptr<Ledger>, std::string> open(
      const store::StoreOptions& options);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // A command's look-ups in memory. LookAhead makes them some commands ahead, in these three steps.
  [[nodiscard]] Lookup look_up(const Command& command) const;
  void fetch_accounts(Lookup& lookup) const {
    lookup.likely = state_.prefetch_accounts(lookup.leg);
  }
  void fetch_names(const Lookup& lookup) const { state_.prefetch_names(lookup.likely); }

  // The node of a cluster at which all is asked that is decided from then on; empty, as at first: none.
  void ask_at(std::string_view node) { state_.ask_at(node); }

  // What the same command decided before, while nothing new may be decided; nothing: it decided nothing
  // so far. `uid` asks. REQUIRES, here and below: `lookup` is this command's.
  [[nodiscard]] std::optional<Outcome> find_decision(const Command& command, const Lookup& lookup,
                                                     std::uint32_t uid);
  [[nodiscard]] Outcome decide(const Command& command, const Lookup& lookup, Timestamp now,
                               std::uint32_t uid);
  [[nodiscard]] Outcome decide(const Command& command, Timestamp now, std::uint32_t uid) {
    return decide(command, look_up(command), now, uid);
  }

  // Decides what falls due by itself, about `count` legs at most. True: there is more.
  bool decide_due(Timestamp now, std::size_t count);
  // Whether more than that is due, or may be.
  [[nodiscard]] bool are_more_due(Timestamp now, std::size_t count) const {
    return state_.are_more_due(now, count);
  }
  // When something is due next; kNever: nothing is, as things stand.
  [[nodiscard]] Timestamp next_due() { return state_.next_due(); }

  // What this key decided; null: unknown. Sees the open group too.
  [[nodiscard]] std::expected<std::unique_ptr<Entry>, store::KeyUnreadable> find_payment(
      const PaymentKey& key) {
    return store_->find(key, store_->fingerprint(key));
  }
  // Where the account stands, the open group included.
  [[nodiscard]] store::AccountPoint account_point(AccountNumber number) const;
  [[nodiscard]] std::string account_metadata(AccountNumber number);

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const store::Store& store() const { return *store_; }

 private:
  friend class AtomicGroup;

  Ledger() = default;
  // What the journal knows of a command: what the same one decided, or another one of its key; nothing: it is
  // new. `opening`: of its account, where that exists with other terms.
  [[nodiscard]] std::optional<Outcome> find_past(const Command& command, const Lookup& lookup,
                                                 std::uint32_t uid,
                                                 std::unique_ptr<Entry>& opening);
  template <class Keyed>
    requires(Keyed::kIsKeyed)
  [[nodiscard]] std::optional<Outcome> past_of(const Keyed& command, const Lookup& lookup,
                                               std::uint32_t uid);
  [[nodiscard]] std::optional<Outcome> past_of(const CheckedOpenAccount& open,
                                               std::unique_ptr<Entry>& opening);

  // Finds what a command names. Nothing: done; otherwise why that can't be told.
  [[nodiscard]] std::optional<Refusal> resolve(const Command& command, const Lookup& lookup,
                                               Named& named);
  [[nodiscard]] std::expected<Seq, Refusal> find_referred(const Reference& reference,
                                                          std::uint64_t fingerprint);

  State state_;
  std::unique_ptr<store::Store> store_;  // Refers to the state.
};

}  // namespace giro
