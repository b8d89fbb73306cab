#include "ledger/store/sqlite/page_sum.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

namespace giro::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the format's words are little-endian");

// The sum's own definition, for eight bytes at a time: each addition waits for the one before it.
PageSum add_in_turn(PageSum sum, std::span<const std::uint8_t> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += kPageSumBytes) {
    PageSum words;
    std::memcpy(&words, &bytes[at], sizeof words);
    sum.first += words.first + sum.second;
    sum.second += words.second + sum.first;
  }
  return sum;
}

// What a whole block does to the sums is linear in its words and in the sums before it. So how often each word
// ends in either sum is a table, and the words needn't wait for one another.
constexpr std::size_t kBlockBytes = 512;
constexpr std::size_t kBlockWords = kBlockBytes / sizeof(std::uint32_t);
struct Weights {
  alignas(32) std::array<std::uint32_t, kBlockWords> of_first{};
  alignas(32) std::array<std::uint32_t, kBlockWords> of_second{};
  PageSum first_before{};   // What becomes of a 1 in the first sum before the block,
  PageSum second_before{};  // and in the second.
};
constexpr Weights kWeights = [] {
  Weights weights;
  PageSum even{.first = 1, .second = 1};  // Of the first word of a step, all steps behind it done.
  PageSum odd{.first = 0, .second = 1};
  const auto step = [](PageSum& sum) {
    sum.first += sum.second;
    sum.second += sum.first;
  };
  for (std::size_t word = kBlockWords; word > 0; word -= 2) {
    weights.of_first[word - 2] = even.first;
    weights.of_second[word - 2] = even.second;
    weights.of_first[word - 1] = odd.first;
    weights.of_second[word - 1] = odd.second;
    weights.first_before = even;  // A sum before a step is added as the step's first word is,
    step(even);
    step(odd);
  }
  weights.second_before = even;
  weights.second_before.first -= weights.first_before.first;
  weights.second_before.second -= weights.first_before.second;
  return weights;
}();

// Clang builds for the fuzzing alone, which needs no speed here. What chooses among clones is run before ThreadSanitizer is
// there, which GCC has it call all the same.
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
#define GIRO_WIDEST
#elif defined(__x86_64__)
#define GIRO_WIDEST [[gnu::target_clones("avx2", "default"), gnu::optimize("O3")]]
#else
#define GIRO_WIDEST [[gnu::optimize("O3")]]
#endif
// Of all words of a block, from sums of zero.
GIRO_WIDEST PageSum add_block(const std::uint8_t* bytes) {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  for (std::size_t i = 0; i < kBlockWords; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes + (i * sizeof word), sizeof word);
    first += word * kWeights.of_first[i];
    second += word * kWeights.of_second[i];
  }
  return {.first = first, .second = second};
}
#undef GIRO_WIDEST

}  // namespace

PageSum add_to_sum(PageSum sum, std::span<const std::uint8_t> bytes) {
  assert(bytes.size() % kPageSumBytes == 0);
  for (; bytes.size() >= kBlockBytes; bytes = bytes.subspan(kBlockBytes)) {
    const PageSum block = add_block(bytes.data());
    const PageSum before = sum;
    sum.first = (before.first * kWeights.first_before.first) +
                (before.second * kWeights.second_before.first) + block.first;
    sum.second = (before.first * kWeights.first_before.second) +
                 (before.second * kWeights.second_before.second) + block.second;
  }
  return add_in_turn(sum, bytes);
}

PageState state_of(std::span<const std::uint8_t> page) {
  if (kept_sum(page) != PageSum{}) {
    return kept_sum(page) == sum_of_page(page) ? PageState::proved : PageState::damaged;
  }
  const bool is_blank = std::ranges::all_of(page, [](std::uint8_t byte) { return byte == 0; });
  return is_blank ? PageState::blank : PageState::unsummed;
}

}  // namespace giro::store
