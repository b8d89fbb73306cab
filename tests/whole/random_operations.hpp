// Operations of every kind by chance, over few accounts and with what was decided lately, so that they meet.
// What it knows it knows from the model. Thread: one.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/whole/model.hpp"

namespace giro::test {

// A number below the bound. It may be any, sooner or later: some are asked for until one fits.
using Chance = std::function<std::uint64_t(std::uint64_t bound)>;

inline Chance chance_of(std::uint64_t seed) {
  return [random = std::mt19937_64(seed)](std::uint64_t bound) mutable { return random() % bound; };
}

class RandomOperations {
 public:
  RandomOperations(Chance chance, const WholeModel& model)
      : model_(model), chance_(std::move(chance)) {}
  RandomOperations(std::uint64_t seed, const WholeModel& model)
      : RandomOperations(chance_of(seed), model) {}

  // The accounts that most operations are about, and their first money.
  [[nodiscard]] std::vector<Operation> beginnings();
  // A new one, or one that was sent before, as it was or changed.
  [[nodiscard]] Operation next(Timestamp now);
  // Of new ones with different keys, or a group that was sent before, as it was or changed.
  [[nodiscard]] std::vector<Operation> next_group(Timestamp now);
  // How much later the next one comes.
  [[nodiscard]] std::int64_t next_step();

  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return chance_(bound); }
  [[nodiscard]] bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  [[nodiscard]] Operation make(Timestamp now);
  [[nodiscard]] Operation changed(Operation operation);
  [[nodiscard]] Operation open_some();
  [[nodiscard]] Operation opening(const std::string& id);
  void add_legs(Operation& operation, bool may_be_several);
  void add_options(Operation& operation, Timestamp now);
  void add_end(Operation& hold, Timestamp now);
  void add_times(Operation& schedule, Timestamp now);
  void add_terms(Operation& update);
  void name(Operation& operation, EntryKind kind);
  [[nodiscard]] OperationLeg leg();
  [[nodiscard]] std::string some_account();
  [[nodiscard]] Amount some_amount(const std::string& payer);
  [[nodiscard]] std::optional<std::uint64_t> some_version(const std::string& id);

  const WholeModel& model_;
  Chance chance_;
  std::uint64_t keys_ = 0;
  std::vector<Operation> sent_;
  std::vector<std::vector<Operation>> groups_;
};

}  // namespace giro::test
