// Ledgers of earlier versions, as those wrote them: tests/store/fixtures says how they were made.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include <SQLiteCpp/Database.h>

#include "ledger/command/reference.hpp"
#include "tests/store/scratch.hpp"

namespace giro::test {

struct OldLedger {
  int version = 0;
  Seq head = 0;
  std::string digest;

  [[nodiscard]] std::string text() const { return "version_" + std::to_string(version); }
  // In place of what is there.
  void make_in(const std::filesystem::path& directory) const {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    SQLite::Database db((directory / "ledger.db").string(),
                        SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(
        read_file(std::string(GIRO_TEST_SOURCE_DIR) + "/tests/store/fixtures/" + text() + ".sql"));
    db.exec("PRAGMA journal_mode = WAL");
  }
};
inline const OldLedger kVersion2{
    .version = 2,
    .head = 527,
    .digest = "4a402ef2fd8a822268255677fbd7b2ffec7ddab3ef44c96918960255cfce7820"};
inline const OldLedger kVersion3{
    .version = 3,
    .head = 535,
    .digest = "8fae49ffef82bdeff0647fc64fbfff31d88a09bf88e37d1811d2b0d6d7291273"};
inline const OldLedger kVersion4{
    .version = 4,
    .head = 535,
    .digest = "8f368638b5d3c607485b895f1934335c62c17ab7ee6a4b8b6924db4687c5e65e"};
inline const OldLedger kVersion5{
    .version = 5,
    .head = 558,
    .digest = "88fe45f9ed45fd362f4694ff395e035a9b67311481ae299808949a2701562f44"};

inline const OldLedger kVersion6{
    .version = 6,
    .head = 562,
    .digest = "fd1856e3dcdc8e34f8a0be247c40890b5e905bf07b1a8c1db38ee21049a9e542"};

// How GoogleTest shows them.
inline void PrintTo(const OldLedger& old, std::ostream* out) {
  *out << old.text();
}

}  // namespace giro::test
