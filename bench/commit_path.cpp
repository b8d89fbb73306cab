// Decides and commits a number of requests, and nothing else: what callgrind counts the instructions of
// (bench/instructions.sh). Two runs of different length differ only in requests.
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
  const std::string_view what = argc == 4 ? argv[3] : "";
  if (what != "payments" && what != "holds") {
    std::fprintf(stderr, "usage: giro_commit_path NEW-FOLDER GROUPS payments|holds | --sqlite\n");
    return 64;
  }
  const auto make = what == "holds" ? giro::bench::make_holds : giro::bench::make_payments;
  constexpr std::uint64_t kAccounts = 10'000;
  constexpr std::size_t kRequestsInGroup = 1'000;
  auto ledger = giro::Ledger::open({.directory = argv[1]});
  if (!ledger) {
    std::fprintf(stderr, "%s\n", ledger.error().c_str());
    return 70;
  }
  giro::bench::open_accounts(**ledger, kAccounts);
  std::mt19937_64 random(1);
  for (int group = 0; group < std::atoi(argv[2]); ++group) {
    giro::bench::commit(**ledger, make(random, kRequestsInGroup, kAccounts));
  }
}
