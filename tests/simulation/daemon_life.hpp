// One run of a girod without its threads, its sockets and its clock, from its start to its end or its death: sessions,
// queue, engine and reader, each of which does something when it is told to. Thread: the test's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "engine/committer.hpp"
#include "tests/engine/engine_fixture.hpp"
#include "tests/session/room.hpp"

namespace giro::test {

class DaemonLife {
 public:
  struct Around {
    FakeTime& time;
    store::StoreOptions options;
    std::function<std::uint64_t(std::uint64_t count)> draw;
  };
  // Where its groups come from: given its queue, and its ledger as it was opened.
  using MakeSource =
      std::function<std::shared_ptr<WorkSource>(WorkQueue& queue, const Ledger& ledger)>;

  explicit DaemonLife(Around around);

  // False: the ledger can't be opened as the disk is.
  [[nodiscard]] bool start(const MakeSource& make_source);

  // Now and then one that is read byte by byte.
  [[nodiscard]] std::unique_ptr<ByteClient> connect();
  // Some of what waits goes to the commit thread, which takes a step. False: it has ended.
  [[nodiscard]] bool step();
  [[nodiscard]] std::size_t jobs() const { return room_->backend.jobs.size(); }
  // REQUIRES: index < jobs().
  void read(std::size_t index) { room_->answer(index, answer_to(room_->backend.jobs[index])); }
  // Null: it can't be opened.
  [[nodiscard]] store::Reader* reader();
  void stop() { queue_.close(); }
  [[nodiscard]] bool has_work() const { return !room_->backend.items.empty(); }
  [[nodiscard]] const Ledger& ledger() const { return committer_->ledger(); }

 private:
  [[nodiscard]] store::LedgerFile file() const;
  [[nodiscard]] ReadResult answer_to(const ReadJob& job);

  Around around_;
  std::optional<Room> room_;
  WorkQueue queue_{QueueLimits{}};
  std::shared_ptr<WorkSource> source_;
  std::unique_ptr<store::Reader> reader_;
  std::optional<Committer> committer_;
};

// This machine's own order, in groups so small that there are many.
[[nodiscard]] std::shared_ptr<WorkSource> small_groups(WorkQueue& queue, const Ledger& ledger);

}  // namespace giro::test
