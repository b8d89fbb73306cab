// Questions to a ledger that a PaymentPlan filled, at random, and the subscription to its events.
//
// What always holds: an answer about something else than was asked is a Failure, and so is a gap
// between events. Thread: the one of the driver.
#pragma once

#include <cstdint>
#include <string>

#include "bench/load/traffic.hpp"

namespace giro::load {

// What a question may be about.
struct FilledLedger {
  PaymentPlan plan;
  std::uint64_t payments = 0;   // Numbers below this one were sent.
  std::uint64_t first_seq = 0;  // Of the payments.
  std::uint64_t last_seq = 0;   // 0: it still grows.
};

// Random numbers of its own: the questions of a run are the same ones each time.
class Questions : public Traffic {
 public:
  Questions(const FilledLedger& ledger, std::uint64_t limit) : ledger_(ledger), limit_(limit) {}
  bool append_next(std::string& out, std::uint64_t id) final;

 protected:
  virtual void append_question(std::string& out, std::uint64_t id) = 0;
  // Below `limit`.
  [[nodiscard]] std::uint64_t random(std::uint64_t limit);
  [[nodiscard]] std::string random_account();
  [[nodiscard]] std::uint64_t random_seq();
  [[nodiscard]] const FilledLedger& ledger() const { return ledger_; }

 private:
  FilledLedger ledger_;
  std::uint64_t limit_;
  std::uint64_t asked_ = 0;
  std::uint64_t draws_ = 0;
};

// accounts.statement: the newest rows up to any seq, or in a ledger that still grows the newest of
// all. A unit is a page.
class StatementPages : public Questions {
 public:
  StatementPages(const FilledLedger& ledger, std::uint64_t limit, unsigned rows)
      : Questions(ledger, limit), rows_(rows) {}
  Result<std::uint64_t> take(std::string_view result) override;
  [[nodiscard]] std::uint64_t rows_seen() const { return rows_seen_; }

 protected:
  void append_question(std::string& out, std::uint64_t id) override;

 private:
  unsigned rows_;
  std::uint64_t rows_seen_ = 0;
};

// accounts.get with `at`: the balance after any seq.
class BalancesAt : public Questions {
 public:
  using Questions::Questions;
  Result<std::uint64_t> take(std::string_view result) override;

 protected:
  void append_question(std::string& out, std::uint64_t id) override;
};

// payments.get by key. REQUIRES: one outstanding at a time, so that the answer's key is the one
// asked for.
class PaymentsByKey : public Questions {
 public:
  PaymentsByKey(const FilledLedger& ledger, std::uint64_t limit)
      : Questions(ledger, limit), maker_(ledger.plan) {}
  Result<std::uint64_t> take(std::string_view result) override;

 protected:
  void append_question(std::string& out, std::uint64_t id) override;

 private:
  PaymentMaker maker_;
  std::string key_;
};

// events.subscribe from a seq on; then counts the events.
class Subscription : public Traffic {
 public:
  explicit Subscription(std::uint64_t from_seq) : next_seq_(from_seq) {}
  bool append_next(std::string& out, std::uint64_t id) override;
  Result<std::uint64_t> take(std::string_view result) override;
  Result<void> take_notification(std::string_view line) override;
  [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  std::uint64_t next_seq_;
  std::uint64_t events_ = 0;
  bool asked_ = false;
};

}  // namespace giro::load
