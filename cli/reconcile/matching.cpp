#include "cli/reconcile/matching.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace giro::cli {
namespace {

using Indexes = std::vector<std::size_t>;

class Matcher {
 public:
  Matcher(const std::vector<StatementLine>& here, const std::vector<StatementLine>& there, int days)
      : here_(here),
        there_(there),
        days_(days),
        here_taken_(here.size(), false),
        there_taken_(there.size(), false) {
    for (std::size_t i = 0; i < here.size(); ++i) {
      if (!here[i].key.empty()) by_key_[here[i].key].push_back(i);
      if (!here[i].reference.empty()) by_reference_[here[i].reference].push_back(i);
    }
  }

  Matching run() {
    match_by_names(true);
    match_by_names(false);
    for (int apart = 0; apart <= days_; ++apart) match_by_amount(apart);
    for (std::size_t i = 0; i < here_.size(); ++i) {
      if (!here_taken_[i]) matching_.only_here.push_back(i);
    }
    for (std::size_t i = 0; i < there_.size(); ++i) {
      if (!there_taken_[i]) matching_.only_there.push_back(i);
    }
    const auto by_place = [](const Match& match) { return match.there; };
    std::ranges::sort(matching_.matched, {}, by_place);
    std::ranges::sort(matching_.differing, {}, by_place);
    return std::move(matching_);
  }

 private:
  using ByName = std::unordered_map<std::string_view, Indexes>;

  [[nodiscard]] int days_apart(std::size_t here, std::size_t there) const {
    return std::abs(here_[here].date.days - there_[there].date.days);
  }
  [[nodiscard]] bool agree(std::size_t here, std::size_t there) const {
    return here_[here].amount == there_[there].amount && days_apart(here, there) <= days_;
  }

  void match_by_names(bool only_equal) {
    for (std::size_t there = 0; there < there_.size(); ++there) {
      if (there_taken_[there]) continue;
      const StatementLine& line = there_[there];
      // A bank tells a payment's key as its reference.
      if (take_named(by_key_, line.key, there, only_equal, MatchedBy::key)) continue;
      if (take_named(by_key_, line.reference, there, only_equal, MatchedBy::key)) continue;
      take_named(by_reference_, line.reference, there, only_equal, MatchedBy::reference);
    }
  }

  bool take_named(const ByName& names, std::string_view name, std::size_t there, bool only_equal,
                  MatchedBy by) {
    const auto found = name.empty() ? names.end() : names.find(name);
    if (found == names.end()) return false;
    std::optional<std::size_t> nearest;
    for (const std::size_t here : found->second) {
      if (here_taken_[here] || (only_equal && !agree(here, there))) continue;
      if (!nearest || days_apart(here, there) < days_apart(*nearest, there)) nearest = here;
    }
    if (!nearest) return false;
    take({*nearest, there, by}, only_equal ? matching_.matched : matching_.differing);
    return true;
  }

  void match_by_amount(int apart) {
    std::map<std::pair<Amount, std::int32_t>, Indexes> open;
    // The first one last, where it is taken from.
    for (std::size_t i = here_.size(); i-- > 0;) {
      if (!here_taken_[i]) open[{here_[i].amount, here_[i].date.days}].push_back(i);
    }
    for (std::size_t there = 0; there < there_.size(); ++there) {
      const StatementLine& line = there_[there];
      for (const std::int32_t day : {line.date.days - apart, line.date.days + apart}) {
        const auto found = open.find({line.amount, day});
        if (there_taken_[there] || found == open.end() || found->second.empty()) continue;
        take({found->second.back(), there, MatchedBy::amount}, matching_.matched);
        found->second.pop_back();
      }
    }
  }

  void take(const Match& match, std::vector<Match>& matches) {
    here_taken_[match.here] = true;
    there_taken_[match.there] = true;
    matches.push_back(match);
  }

  const std::vector<StatementLine>& here_;
  const std::vector<StatementLine>& there_;
  int days_;
  std::vector<bool> here_taken_;
  std::vector<bool> there_taken_;
  ByName by_key_;
  ByName by_reference_;
  Matching matching_;
};

}  // namespace

Matching match_lines(const std::vector<StatementLine>& here,
                     const std::vector<StatementLine>& there, int days) {
  return Matcher(here, there, days).run();
}

}  // namespace giro::cli
