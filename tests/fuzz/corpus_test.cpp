// The targets of the fuzzing over their corpora, and over seeded mutants of them: thousands, or some hundreds of those with
// a ledger's files. A failure tells its seed, and so does a crash:
//
//   GIRO_SEEDS=17-17 build/release/tests/fuzz_corpus_test --gtest_filter='*session'
//   GIRO_LONG=1 build/release/tests/fuzz_corpus_test                         a hundred times as many
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/fuzz/mutator.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"
#include "tests/store/scratch.hpp"

namespace giro::fuzz {
namespace {

struct Target {
  const char* name;  // Of its folder in the corpus, too.
  void (*feed)(std::string_view bytes);
  std::uint64_t mutants = 10'000;
};
constexpr std::uint64_t kFew = 200;  // Each is a ledger with its files.
constexpr std::array kTargets{
    Target{"session", fuzz_session},
    Target{"http", fuzz_http},
    Target{"amounts", fuzz_amounts},
    Target{"times", fuzz_times},
    Target{"girod_toml", fuzz_girod_toml},
    Target{"relay_toml", fuzz_relay_toml},
    Target{"rows", fuzz_rows},
    Target{"bank_csv", fuzz_bank_csv},
    Target{"pain001", fuzz_pain001},
    Target{"camt053", fuzz_camt053},
    Target{"groups", fuzz_groups},
    Target{"operations", fuzz_operations},
    Target{"ledgers", fuzz_ledgers, kFew},
    Target{"damage", fuzz_damage, kFew},
    Target{"segments", fuzz_segments},
    Target{"checkpoints", fuzz_checkpoints},
#ifdef GIRO_CLUSTER
    Target{"etcd_answers", fuzz_etcd_answers},
#endif
};

// --- what a crash says ---

// Of the input at hand: whoever dies of it can't make a text any more.
std::array<char, 256> last_words{};
constexpr std::array kDeaths{SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
std::array<struct sigaction, kDeaths.size()> usual_deaths{};

// Then dies as it would have: of the same instruction, or because abort() goes on.
void tell_the_seed(int death) {
  const std::string_view words(last_words.data());
  (void)!::write(STDERR_FILENO, words.data(), words.size());
  const auto which = std::ranges::find(kDeaths, death) - kDeaths.begin();
  ::sigaction(death, &usual_deaths[static_cast<std::size_t>(which)], nullptr);
}

void be_ready_to_die() {
  for (std::size_t i = 0; i < kDeaths.size(); ++i) {
    struct sigaction action{};
    action.sa_handler = tell_the_seed;
    ::sigaction(kDeaths[i], &action, &usual_deaths[i]);
  }
}

// --- inputs ---

std::vector<std::string> corpus_of(const Target& target) {
  const auto folder =
      std::filesystem::path(GIRO_TEST_SOURCE_DIR) / "tests/fuzz/corpus" / target.name;
  std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(folder), {});
  std::ranges::sort(files);
  std::vector<std::string> inputs;
  inputs.reserve(files.size());
  for (const auto& file : files) inputs.push_back(test::read_file(file));
  return inputs;
}

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
};
Seeds seeds_of(const Target& target) {
  Seeds seeds{.last = target.mutants};
  if (std::getenv("GIRO_LONG") != nullptr) seeds.last *= 100;
  if (const char* asked = std::getenv("GIRO_SEEDS")) {
    char* end = nullptr;
    seeds.first = std::strtoull(asked, &end, 10);
    seeds.last = std::strtoull(end + (*end == '-'), nullptr, 10);
  }
  return seeds;
}

std::string shown(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const bool plain = byte >= ' ' && byte <= '~';
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(byte));
    text += plain ? std::string(1, byte) : hex;
  }
  return text;
}

class Corpus : public testing::TestWithParam<Target> {
 protected:
  // False: it broke a promise, and that is told.
  static bool feed(std::string_view bytes, const std::string& input) {
    std::snprintf(last_words.data(), last_words.size(), "%s of %s\n", input.c_str(),
                  GetParam().name);
    try {
      GetParam().feed(bytes);
    } catch (const std::exception& broken) {
      ADD_FAILURE() << input << " of " << GetParam().name << ": " << broken.what() << "\n"
                    << shown(bytes);
      return false;
    }
    return true;
  }
};

TEST_P(Corpus, KeepsThePromisesOfWhatReadsIt) {
  be_ready_to_die();
  const std::vector<std::string> inputs = corpus_of(GetParam());
  ASSERT_FALSE(inputs.empty());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_LE(inputs[i].size(), 2'048U) << "inputs are kept small";
    feed(inputs[i], "input " + std::to_string(i));
  }
}

TEST_P(Corpus, KeepsThemDamaged) {
  be_ready_to_die();
  const std::vector<std::string> inputs = corpus_of(GetParam());
  const auto [first, last] = seeds_of(GetParam());
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    if (!feed(Mutator(seed).mutant_of(inputs), "seed " + std::to_string(seed))) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Corpus, testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace giro::fuzz
