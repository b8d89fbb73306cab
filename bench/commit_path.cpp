// Decides and commits a number of payments, and nothing else: what callgrind counts the instructions of
// (bench/instructions.sh). Two runs of different length differ only in payments.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>

#include <sqlite3.h>

#include "bench/store_payments.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--sqlite") {
    std::puts(sqlite3_libversion());
    return 0;
  }
  if (argc != 3) {
    std::fprintf(stderr, "usage: giro_commit_path NEW-FOLDER GROUPS | --sqlite\n");
    return 64;
  }
  constexpr std::uint64_t kAccounts = 10'000;
  constexpr std::size_t kPaymentsInGroup = 1'000;
  auto ledger = giro::Ledger::open({.directory = argv[1]});
  if (!ledger) {
    std::fprintf(stderr, "%s\n", ledger.error().c_str());
    return 70;
  }
  giro::bench::open_accounts(**ledger, kAccounts);
  std::mt19937_64 random(1);
  for (int group = 0; group < std::atoi(argv[2]); ++group) {
    giro::bench::commit(**ledger, giro::bench::make_payments(random, kPaymentsInGroup, kAccounts));
  }
}
