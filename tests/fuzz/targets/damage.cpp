// A ledger whose files a disk changed, dropped, swapped, cut or lost in part: what it says then is what it said before, or
// nothing; it is whole, of its last commit or, where the anchor was damaged too, of an earlier one; and no old key is
// taken for a new one.
//
// But for whole pages that a disk put in each other's place, or never wrote where it said that it did: each holds what was
// written once, with its right checksum. What that makes wrong, `verify` finds.
#include <algorithm>
#include <array>
#include <memory>
#include <variant>

#include <fmt/format.h>

#include "ledger/bytes.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/small_ledger.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kPageBytes = 4'096;
// Source: "WAL-mode File Format", sqlite.org/walformat.html.
constexpr std::size_t kLogHeaderBytes = 32;
constexpr std::size_t kFrameBytes = 24 + kPageBytes;

// What a disk writes at once: a page, a frame of the log, a sector of the anchor.
struct Unit {
  std::size_t first = 0;  // Where the first one begins.
  std::size_t bytes = kSectorBytes;
};
Unit unit_of(std::string_view name) {
  if (name == "ledger.db") return {.bytes = kPageBytes};
  if (name == "ledger.db-wal") return {.first = kLogHeaderBytes, .bytes = kFrameBytes};
  return {};
}

// One file, damaged as the next bytes say.
class Damage {
 public:
  Damage(ByteReader& choices, Files& files)
      : choices_(choices), name_(kNames[choices.get<std::uint8_t>() % 3]), bytes_(files[name_]) {}

  // Whether the ledger's pages are right, each by itself, and not all of one moment.
  [[nodiscard]] bool may_mislead() const { return may_mislead_; }

  void take_place() {
    if (bytes_.empty()) return;
    switch (choices_.get<std::uint8_t>() % 7) {
      case 0:
        return flip();
      case 1:
        return overwrite();
      case 2:
        return drop();
      case 3:
        return bytes_.resize(place());
      case 4:
        return swap();
      case 5:
        return bytes_.clear();
      default:
        return forget();
    }
  }

 private:
  static constexpr std::string_view kLedger = "ledger.db";
  static constexpr std::array<std::string_view, 3> kNames{kLedger, "ledger.db-wal", "anchor"};

  std::size_t place() { return choices_.get<std::uint32_t>() % bytes_.size(); }

  void flip() {
    char& byte = bytes_[place()];
    byte = static_cast<char>(byte ^ (1 << (choices_.get<std::uint8_t>() % 8)));
  }
  void overwrite() {
    const std::size_t at = place();
    const std::string_view other = choices_.get_text<std::uint8_t>(64);
    bytes_.replace(at, std::min(other.size(), bytes_.size() - at), other);
  }
  // Sectors that were never written, or pages that were trimmed.
  void drop() {
    const std::size_t somewhere = place();
    const auto choice = choices_.get<std::uint8_t>();
    const std::size_t bytes = choice < 128 ? kSectorBytes : kPageBytes;
    const std::size_t at = somewhere / bytes * bytes;
    const std::size_t count = (choice % 16 + 1) * bytes;
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at),
                std::min(count, bytes_.size() - at), '\0');
  }
  // Two of what is written at once are in each other's place, or one in both.
  void swap() {
    const Unit unit = unit_of(name_);
    const std::size_t units = (bytes_.size() - std::min(bytes_.size(), unit.first)) / unit.bytes;
    if (units < 2) return;
    may_mislead_ = name_ == kLedger;
    const std::size_t one = unit.first + choices_.get<std::uint16_t>() % units * unit.bytes;
    const std::size_t other = unit.first + choices_.get<std::uint16_t>() % units * unit.bytes;
    const std::string kept = bytes_.substr(one, unit.bytes);
    if (choices_.get<std::uint8_t>() % 2 == 0)
      bytes_.replace(one, unit.bytes, bytes_, other, unit.bytes);
    bytes_.replace(other, unit.bytes, kept);
  }
  // A write that was lost: what was there before is there still.
  void forget() {
    const std::string& earlier = SmallLedger::instance().earlier_files().at(name_);
    const std::size_t bytes = unit_of(name_).bytes;
    const std::size_t at = place() / bytes * bytes;
    if (at + bytes <= earlier.size() && at + bytes <= bytes_.size()) {
      bytes_.replace(at, bytes, earlier, at, bytes);
      may_mislead_ = name_ == kLedger;
    }
  }

  ByteReader& choices_;
  const std::string name_;
  std::string& bytes_;
  bool may_mislead_ = false;
};

// What is left of a file without a byte isn't there.
void lay_out(const Files& files, const std::filesystem::path& folder) {
  std::filesystem::create_directory(folder);
  for (const auto& [name, bytes] : files) {
    if (!bytes.empty()) test::write_file(folder / name, bytes);
  }
}

// Nothing: it doesn't start, and says why.
std::unique_ptr<test::TestLedger> start(const std::filesystem::path& folder) {
  store::StoreOptions options = SmallLedger::options_in(folder);
  options.make = store::MakeLedger::never;
  try {
    return std::make_unique<test::TestLedger>(options);
  } catch (const std::runtime_error& error) {
    const std::string_view why = error.what();
    require(why.find("othing was") != std::string_view::npos ||
                why.find("was acknowledged before") != std::string_view::npos,
            "who doesn't start says what that means: " + std::string(why));
    return nullptr;
  }
}

// What it says otherwise than at that moment; empty: nothing.
std::string wrong_answer(test::TestLedger& ledger, const SmallLedger::Moment& moment) {
  for (const auto& [question, answer] : test::AllAnswers(ledger, ledger.state().seq()).ask()) {
    if (answer == test::kNoAnswer) continue;
    const auto right = moment.answers.find(question);
    if (right == moment.answers.end())
      return fmt::format("{}, which wasn't there: {}", question, answer);
    if (answer != right->second) {
      return fmt::format("{}: {}, not {}", question, answer, right->second);
    }
  }
  return "";
}

// A payment of before that is decided once more; empty: none.
std::string decided_again(test::TestLedger& ledger, const SmallLedger::Moment& moment) {
  const auto& sent = SmallLedger::instance().sent();
  for (std::size_t i = 0; i < moment.sent; ++i) {
    try {
      const Outcome again = ledger.submit(sent[i].check());
      if (std::holds_alternative<Decided>(again)) return sent[i].key + " decides twice";
    } catch (const std::runtime_error&) {
      continue;  // It isn't answered.
    }
  }
  return "";
}

// What it shows that isn't so; empty: nothing. `is_anchored`: its anchor is as it was.
std::string wrong_in(test::TestLedger& ledger, bool is_anchored) {
  const SmallLedger& whole = SmallLedger::instance();
  const Seq seq = ledger.state().seq();
  if (is_anchored && seq != whole.head()) return "acknowledged entries are missing";
  const SmallLedger::Moment* moment = whole.moment_at(seq);
  if (moment == nullptr) return "it ends within a commit, at seq " + std::to_string(seq);
  std::string wrong = wrong_answer(ledger, *moment);
  return wrong.empty() ? decided_again(ledger, *moment) : wrong;
}

bool does_verify_find_it(const std::filesystem::path& folder) {
  const auto report = store::verify_at_rest(folder, [] { return false; });
  return !report || !report->ok();
}

}  // namespace

void fuzz_damage(std::string_view bytes) {
  const SmallLedger& whole = SmallLedger::instance();
  Files files = whole.files();
  bool may_mislead = false;
  for (ByteReader choices(bytes); !choices.rest().empty() && choices.ok();) {
    Damage damage(choices, files);
    damage.take_place();
    may_mislead = may_mislead || damage.may_mislead();
  }
  const test::ScratchFolder scratch(test::folder_in_memory());
  const std::filesystem::path folder = scratch.path() / "ledger";
  lay_out(files, folder);
  const auto ledger = start(folder);
  if (ledger == nullptr) return;
  const std::string wrong = wrong_in(*ledger, files.at("anchor") == whole.files().at("anchor"));
  ledger->crash();
  if (wrong.empty()) return;
  require(may_mislead, "nothing wrong is shown: " + wrong);
  require(does_verify_find_it(folder), "what is wrong is found by verify: " + wrong);
}

}  // namespace giro::fuzz
