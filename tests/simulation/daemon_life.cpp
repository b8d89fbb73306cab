#include "tests/simulation/daemon_life.hpp"

#include "engine/read_answers.hpp"
#include "tests/whole/requests.hpp"

namespace giro::test {

DaemonLife::DaemonLife(Around around) : around_(std::move(around)) {
  Limits limits;
  limits.window = 4 + around_.draw(8);
  room_.emplace(limits);
  room_->rules = default_rules(kUsualUid, kUsualUid);
}

bool DaemonLife::start(const MakeSource& make_source) {
  auto ledger = Ledger::open(around_.options);
  if (!ledger) return false;
  source_ = make_source(queue_, **ledger);
  room_->feed.advance((*ledger)->state().seq());
  (void)room_->postponed.advance((*ledger)->state().seq());
  committer_.emplace(Committer::Parts{.ledger = std::move(*ledger),
                                      .source = *source_,
                                      .clock = around_.time.sources(),
                                      .deliver =
                                          [this](std::unique_ptr<CommittedGroup> group) {
                                            room_->answers.deliver(*group);
                                            committer_->give_back(std::move(group));
                                          },
                                      .on_failure = [](const std::string&) {},
                                      .tell = [](const Notice&) {}});
  return true;
}

std::unique_ptr<ByteClient> DaemonLife::connect() {
  auto client = std::make_unique<ByteClient>(*room_, kUsualUid);
  if (around_.draw(4) == 0) client->piece_bytes = 1;
  return client;
}

bool DaemonLife::step() {
  auto& items = room_->backend.items;
  for (std::size_t count = items.empty() ? 0 : 1 + around_.draw(items.size()); count > 0; --count) {
    if (queue_.push(std::move(items.front()), {}) != Admission::accepted) break;
    items.pop_front();
  }
  return !committer_->step(around_.time.moment()).ended;
}

store::Reader* DaemonLife::reader() {
  if (reader_ != nullptr) return reader_.get();
  auto opened = store::Reader::open(file());
  if (opened) reader_ = std::move(*opened);
  return reader_.get();
}

store::LedgerFile DaemonLife::file() const {
  return {around_.options.directory / "ledger.db", around_.options.surroundings.vfs};
}

ReadResult DaemonLife::answer_to(const ReadJob& job) {
  const auto never = [] { return false; };
  try {
    if (reader() == nullptr) throw std::runtime_error("no reader");
    return answer_question(*reader_, file(), job, never);
  } catch (const std::exception& error) {
    reader_.reset();
    return Refusal{.code = ErrorCode::internal, .field = {}, .message = error.what()};
  }
}

std::shared_ptr<WorkSource> small_groups(WorkQueue& queue, const Ledger& /*ledger*/) {
  return std::make_shared<LocalWork>(queue, Weight{.items = 20, .bytes = std::size_t{1} << 20});
}

}  // namespace giro::test
