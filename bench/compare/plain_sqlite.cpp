// What one would write first: payments in plain SQLite, a durable transaction each, on one thread.
// `./dev bench` compares Giro with it. Prints one line of JSON, or no figures at all if the ledger
// that it made isn't right.
//   giro_plain_sqlite NEW-FOLDER SECONDS
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

#include "bench/load/histogram.hpp"
#include "bench/load/report.hpp"

namespace giro::bench {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr int kAccounts = 10'000;
constexpr double kNsAMs = 1e6;

// Plain, but not careless: money can't go below a floor, and a key pays once.
constexpr const char* kSchema = R"(
  PRAGMA journal_mode = wal;
  PRAGMA synchronous = full;
  CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    balance INTEGER NOT NULL DEFAULT 0,
    floor INTEGER NOT NULL DEFAULT -1000000000000000,  -- As of Giro's accounts in this benchmark.
    CHECK (balance >= floor)
  );
  CREATE TABLE payments (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    key TEXT NOT NULL UNIQUE,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    debit_balance INTEGER NOT NULL,
    credit_balance INTEGER NOT NULL
  );
  CREATE INDEX payments_by_debit ON payments (debit, seq);
  CREATE INDEX payments_by_credit ON payments (credit, seq);
)";

struct Payment {
  std::string key;
  int debit = 0;
  int credit = 0;
  std::int64_t amount = 0;
};

Payment random_payment(std::mt19937_64& random) {
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(limit));
  };
  const int debit = below(kAccounts);
  return {.key = fmt::format("{:016x}{:016x}", random(), random()),
          .debit = debit,
          .credit = (debit + 1 + below(kAccounts - 1)) % kAccounts,
          .amount = 1'000 + below(9'000)};
}

SQLite::Database new_database(const std::string& file) {
  SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(kSchema);
  SQLite::Transaction transaction(database);
  SQLite::Statement open(database, "INSERT INTO accounts (id) VALUES (?)");
  for (int id = 0; id < kAccounts; ++id) {
    open.bind(1, id);
    open.exec();
    open.reset();
  }
  transaction.commit();
  return database;
}

class PlainLedger {
 public:
  explicit PlainLedger(const std::string& file) : database_(new_database(file)) {}

  // The payment's seq, which is on disk: a new one, or for a key that was there its own. Throws,
  // with nothing changed there, where a balance would fall below its floor.
  std::int64_t pay(const Payment& payment);

  // What is wrong with the ledger after so many payments; empty: nothing.
  [[nodiscard]] std::string problem(std::uint64_t payments);

  // The value of a PRAGMA, as it is in force.
  [[nodiscard]] std::string setting(const std::string& name) {
    return database_.execAndGet("PRAGMA " + name).getString();
  }

 private:
  std::int64_t add(int account, std::int64_t amount);

  SQLite::Database database_;
  SQLite::Statement find_{database_, "SELECT seq FROM payments WHERE key = ?"};
  SQLite::Statement add_{
      database_, "UPDATE accounts SET balance = balance + ? WHERE id = ? RETURNING balance"};
  SQLite::Statement insert_{
      database_,
      "INSERT INTO payments (key, debit, credit, amount, debit_balance, credit_balance)"
      " VALUES (?, ?, ?, ?, ?, ?)"};
};

std::int64_t PlainLedger::pay(const Payment& payment) {
  SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
  find_.bind(1, payment.key);
  const bool known = find_.executeStep();
  const std::int64_t prior = known ? find_.getColumn(0).getInt64() : 0;
  find_.reset();
  if (known) return prior;
  const std::int64_t debit_balance = add(payment.debit, -payment.amount);
  const std::int64_t credit_balance = add(payment.credit, payment.amount);
  SQLite::bind(insert_, payment.key, payment.debit, payment.credit, payment.amount, debit_balance,
               credit_balance);
  insert_.exec();
  insert_.reset();
  transaction.commit();
  return database_.getLastInsertRowid();
}

// The balance after it.
std::int64_t PlainLedger::add(int account, std::int64_t amount) {
  SQLite::bind(add_, amount, account);
  if (!add_.executeStep()) throw std::runtime_error(fmt::format("no account {}", account));
  const std::int64_t balance = add_.getColumn(0).getInt64();
  add_.reset();
  return balance;
}

std::string PlainLedger::problem(std::uint64_t payments) {
  const auto number = [&](const char* query) { return database_.execAndGet(query).getInt64(); };
  if (const auto count = number("SELECT count(*) FROM payments");
      static_cast<std::uint64_t>(count) != payments) {
    return fmt::format("{} payments were made and {} are there", payments, count);
  }
  if (const auto sum = number("SELECT sum(balance) FROM accounts"); sum != 0) {
    return fmt::format("the balances sum to {}, not to zero", sum);
  }
  const auto wrong = number(
      "SELECT count(*) FROM accounts WHERE balance <>"
      " (SELECT coalesce(sum(amount), 0) FROM payments WHERE credit = id)"
      " - (SELECT coalesce(sum(amount), 0) FROM payments WHERE debit = id)");
  if (wrong != 0) return fmt::format("{} balances aren't what their payments make", wrong);
  return {};
}

struct Measured {
  load::Histogram nanoseconds;
  double seconds = 0;
};

Measured measure(PlainLedger& ledger, double seconds) {
  Measured measured;
  std::mt19937_64 random(1);
  const auto begun = Clock::now();
  const auto end =
      begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  auto now = begun;
  while (now < end) {
    const Payment payment = random_payment(random);
    const auto before = Clock::now();
    (void)ledger.pay(payment);
    now = Clock::now();
    measured.nanoseconds.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - before).count()));
  }
  measured.seconds = std::chrono::duration<double>(now - begun).count();
  return measured;
}

// In the form of the workloads of `giro bench`.
json::object report(PlainLedger& ledger, const Measured& measured) {
  const load::Histogram& values = measured.nanoseconds;
  json::object latency{{"what", "a payment"}, {"count", values.count()}};
  for (const double percent : load::kPercentiles) {
    latency[fmt::format("p{:g}_ms", percent)] =
        static_cast<double>(values.at_percentile(percent)) / kNsAMs;
  }
  latency["max_ms"] = static_cast<double>(values.max()) / kNsAMs;
  json::object settings;
  for (const char* name :
       {"journal_mode", "synchronous", "wal_autocheckpoint", "cache_size", "page_size"}) {
    settings[name] = ledger.setting(name);
  }
  // Asked for by name, answered by number.
  if (settings["synchronous"] == "2") settings["synchronous"] = "full";
  return {{"id", "plain_sqlite"},
          {"title", "a transaction a payment, one thread, no server"},
          {"name", "plain SQLite"},
          {"version", sqlite3_libversion()},
          {"settings", std::move(settings)},
          {"payments",
           {{"done", values.count()},
            {"seconds", measured.seconds},
            {"per_second", static_cast<double>(values.count()) / measured.seconds}}},
          {"latencies", json::array{std::move(latency)}}};
}

int run(const std::filesystem::path& folder, double seconds) {
  if (!std::filesystem::create_directory(folder)) {
    fmt::print(stderr, "giro_plain_sqlite: {} is there already: name a new folder\n",
               folder.string());
    return 64;
  }
  PlainLedger ledger(folder / "plain.db");
  const Measured measured = measure(ledger, seconds);
  if (const std::string problem = ledger.problem(measured.nanoseconds.count()); !problem.empty()) {
    fmt::print(stderr, "giro_plain_sqlite: {}, so nothing was measured\n", problem);
    return 70;
  }
  fmt::print("{}\n", json::serialize(report(ledger, measured)));
  return 0;
}

}  // namespace
}  // namespace giro::bench

int main(int argc, char** argv) try {
  const std::string_view time = argc == 3 ? argv[2] : "";
  double seconds = 0;
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), seconds);
  if (error != std::errc() || end != time.data() + time.size() || !(seconds > 0)) {
    fmt::print(stderr, "usage: giro_plain_sqlite NEW-FOLDER SECONDS\n");
    return 64;
  }
  return giro::bench::run(argv[1], seconds);
} catch (const std::exception& error) {
  fmt::print(stderr, "giro_plain_sqlite: {}, so nothing was measured\n", error.what());
  return 70;
}
