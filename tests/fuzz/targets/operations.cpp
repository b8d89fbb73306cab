// A run of commands of every kind, decided by a state without a file: it says and keeps what the second model says, its
// entries are whole, and lead another state to the same.
#include <deque>
#include <map>
#include <string>

#include "ledger/entry/invariants.hpp"
#include "tests/fuzz/targets/bytes_as_chance.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"
#include "tests/whole/history.hpp"
#include "tests/whole/random_operations.hpp"
#include "tests/whole/standing.hpp"

namespace giro::fuzz {
namespace {

void require_same(const std::string& difference, const std::string& what) {
  require(difference.empty(), "a state is what the second model says: " + difference + ": " + what);
}

class Run {
 public:
  explicit Run(BytesAsChance& chance)
      : random_([&chance](std::uint64_t bound) { return chance.below(bound); }, model_) {
    for (const test::Operation& opening : random_.beginnings()) decide(opening);
  }

  void step() {
    now_.ns += random_.next_step();
    if (!random_.one_in(8)) decide_due();
    test::Operation operation = random_.next(now_);
    if (random_.one_in(4)) ++operation.uid;
    decide(operation);
    if (random_.one_in(8)) compare(state_);
  }

  void end() {
    compare(state_);
    const std::vector<Entry> entries(std::make_move_iterator(entries_.begin()),
                                     std::make_move_iterator(entries_.end()));
    require(!broken_invariant(entries, 0, Timestamp{}, state_), "a state keeps its invariants");
    State again;
    for (const Entry& entry : entries) {
      const auto* due = std::get_if<std::unique_ptr<ScheduledBody>>(&entry.body);
      const Entry* schedule = due == nullptr ? nullptr : &entries[(*due)->schedule - 1];
      require(again.replay(entry, schedule).has_value(), "what was decided is replayed");
    }
    compare(again);
  }

 private:
  void decide(const test::Operation& operation) {
    const Command command = test::command_of(operation);
    const Resolved resolved = resolve(command, operation);
    const test::Answer answer = model_.decide(operation, now_);
    const bool is_rehearsed = answer.how == test::Answer::How::rehearsed;
    // What a key decided before is the ledger's to know (fuzz_ledgers()).
    if (!is_rehearsed && answer.how != test::Answer::How::decided) return;
    Entry entry = state_.apply(command, resolved, now_, operation.uid);
    require_same(difference_of(entry, answer.record, is_rehearsed), text_of(operation));
    require(is_rehearsed == (entry.seq == 0), "a dry run leaves no trace");
    if (is_rehearsed) return;
    if (operation.method != test::Method::open) keys_[operation.key] = entry.seq;
    keep(std::move(entry));
  }

  // As Ledger looks up what a command refers to.
  [[nodiscard]] Resolved resolve(const Command& command, const test::Operation& operation) const {
    Resolved resolved;
    if (operation.method == test::Method::open) {
      const AccountNumber number = state_.find(operation.id);
      if (number != 0) resolved.existing = entry_at(state_.opened_seq(number))->opened();
      return resolved;
    }
    const Reference* reference = reference_of(command);
    if (reference == nullptr) return resolved;
    const Seq seq = seq_of(*reference);
    resolved.referred.seq = seq;
    const bool is_open =
        state_.holds().find(seq) != nullptr || state_.schedules().find(seq) != nullptr;
    if (seq == 0 || is_open) return resolved;
    resolved.referred.entry = entry_at(seq);
    const auto latest = latest_after_.find(seq);
    if (latest != latest_after_.end()) resolved.referred.latest = entry_at(latest->second);
    return resolved;
  }
  [[nodiscard]] Seq seq_of(const Reference& reference) const {
    if (reference.key.empty()) return reference.seq <= state_.seq() ? reference.seq : 0;
    const auto known = keys_.find(reference.key.view());
    return known == keys_.end() ? 0 : known->second;
  }

  void decide_due() {
    for (;;) {
      const Seq schedule = state_.due_schedule(now_);
      auto entry = state_.decide_due(now_, schedule == 0 ? nullptr : entry_at(schedule));
      const auto record = model_.decide_due(now_);
      require(entry.has_value() == record.has_value(), "the same falls due");
      if (!entry) return;
      require_same(difference_of(*entry, *record, false), "what fell due");
      keep(std::move(*entry));
    }
  }

  void keep(Entry&& entry) {
    if (const Seq original = entry.follows(); original != 0) latest_after_[original] = entry.seq;
    entries_.push_back(std::move(entry));
  }
  [[nodiscard]] const Entry* entry_at(Seq seq) const { return &entries_[seq - 1]; }
  void compare(const State& state) const {
    require_same(test::difference_of(state, model_.standing(), now_), "where it stands");
  }

  test::WholeModel model_;
  test::RandomOperations random_;
  State state_;
  std::deque<Entry> entries_;  // Its journal.
  std::map<std::string, Seq, std::less<>> keys_;
  std::map<Seq, Seq> latest_after_;
  Timestamp now_{1'795'000'000'000'000'000};
};

}  // namespace

void fuzz_operations(std::string_view bytes) {
  BytesAsChance chance(bytes);
  Run run(chance);
  while (!chance.at_end()) run.step();
  run.end();
}

}  // namespace giro::fuzz
