#include "tests/simulation/world.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/read_answers.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;

constexpr int kAskers = 3;
constexpr int kRequests = 25;  // Of each.
constexpr std::size_t kActsMax = 20'000;

}  // namespace

// One run of the daemon, from its start to its end or its death.
class World::Life {
 public:
  explicit Life(World& world) : world_(world) {
    Limits limits;
    limits.window = 4 + world.draw(8);
    room_.emplace(limits);
    room_->rules = default_rules(kUsualUid, kUsualUid);
    for (int i = 0; i < kAskers; ++i) clients_.push_back(connect());
  }

  // False: the ledger can't be opened as the disk is.
  bool start() {
    auto ledger = Ledger::open(world_.options());
    if (!ledger) return false;
    room_->feed.advance((*ledger)->state().seq());
    committer_.emplace(Committer::Parts{.ledger = std::move(*ledger),
                                        .source = source_,
                                        .clock = world_.time_.sources(),
                                        .deliver =
                                            [this](std::unique_ptr<CommittedGroup> group) {
                                              room_->answers.deliver(*group);
                                              committer_->give_back(std::move(group));
                                            },
                                        .on_failure = [](const std::string&) {},
                                        .tell = [](const Notice&) {}});
    return true;
  }

  void send(std::size_t client, std::string_view bytes) { clients_[client]->send(bytes); }
  void hang_up(std::size_t client) {
    clients_[client]->hang_up();
    clients_[client] = connect();
  }

  // False: the engine has ended.
  bool step() {
    auto& items = room_->backend.items;
    for (std::size_t count = items.empty() ? 0 : 1 + world_.draw(items.size()); count > 0;
         --count) {
      if (queue_.push(std::move(items.front()), {}) != Admission::accepted) break;
      items.pop_front();
    }
    return !committer_->step(world_.time_.moment()).ended;
  }

  [[nodiscard]] std::size_t jobs() const { return room_->backend.jobs.size(); }
  void read(std::size_t index) { room_->answer(index, answer_to(room_->backend.jobs[index])); }

  void stop() { queue_.close(); }
  [[nodiscard]] bool has_work() const { return !room_->backend.items.empty(); }

  void hear() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      for (const std::string& line : clients_[i]->take_lines()) {
        world_.askers_[i].hear(line);
        has_answered_ = has_answered_ || line.find(R"("result":)") != std::string::npos;
      }
    }
  }
  // Null: it can't be opened.
  [[nodiscard]] store::Reader* reader() {
    if (reader_ != nullptr) return reader_.get();
    auto opened = store::Reader::open(world_.file());
    if (opened) reader_ = std::move(*opened);
    return reader_.get();
  }
  // Then what it recovered is durable.
  [[nodiscard]] bool has_answered() const { return has_answered_; }

 private:
  // Now and then one that is read byte by byte.
  std::unique_ptr<ByteClient> connect() {
    auto client = std::make_unique<ByteClient>(*room_, kUsualUid);
    if (world_.draw(4) == 0) client->piece_bytes = 1;
    return client;
  }

  ReadResult answer_to(const ReadJob& job) {
    const auto never = [] { return false; };
    try {
      if (reader() == nullptr) throw std::runtime_error("no reader");
      return answer_question(*reader_, world_.file(), job, never);
    } catch (const std::exception& error) {
      reader_.reset();
      return Refusal{.code = ErrorCode::internal, .field = {}, .message = error.what()};
    }
  }

  World& world_;
  std::optional<Room> room_;
  std::vector<std::unique_ptr<ByteClient>> clients_;
  WorkQueue queue_{QueueLimits{}};
  LocalWork source_{queue_, {.items = 20, .bytes = std::size_t{1} << 20}};
  std::unique_ptr<store::Reader> reader_;
  std::optional<Committer> committer_;
  bool has_answered_ = false;
};

// What has a moment of its own is judged by the daemon's clock, which the journal doesn't tell where it stands
// before the latest entry: the auditor couldn't follow.
World::World(std::uint64_t seed) : random_(seed), requests_(random_(), kUsualUid, model_) {
  sets_the_clock_ = draw(3) == 0;
  if (sets_the_clock_) requests_.forget_times();
  auditor_.emplace(model_, requests_, sets_the_clock_ ? 1 : 1'000);
  {
    TestLedger made(options());
    made.now = Timestamp{time_.real().ns - 1'000'000'000};
    for (const Sent* opening : requests_.beginnings())
      (void)made.submit(command_of(opening->members[0]));
    made.commit();
    made.close();
  }
  ending_.wrong = auditor_->follow(*must_open(store::Reader::open(file())));
  for (int i = 0; i < kAskers; ++i) askers_.emplace_back(i, random_(), requests_, kRequests);
}

World::~World() = default;

store::StoreOptions World::options() {
  return {.directory = folder_.path() / "ledger",
          .keys_in_run = 12,
          .wal_pages_max = 40,
          .surroundings = {.vfs = disk_.vfs(),
                           .clock = [this] { return time_.moment(); },
                           .random =
                               [this](std::span<std::uint8_t> bytes) {
                                 for (std::uint8_t& byte : bytes) {
                                   byte = static_cast<std::uint8_t>(random_());
                                 }
                               },
                           .worker = worker_}};
}

Ending World::run() {
  be_born();
  std::size_t acts = 0;
  while (!std::ranges::all_of(askers_, &Asker::is_done) && acts++ < kActsMax) {
    is_sound_ = is_sound_ || acts > kActsMax / 2;
    act();
    if (acts % 32 == 0) audit();
  }
  settle_down();
  ending_.wrong += what_is_wrong();
  ending_.entries = model_.journal().size();
  ending_.by_itself = auditor_->by_itself();
  ending_.in_groups = auditor_->in_groups();
  for (const Asker& asker : askers_) ending_.heard += asker.heard();
  return std::move(ending_);
}

void World::act() {
  switch (draw(16)) {
    case 0:
      if (!is_sound_) trouble_the_disk();
      return;
    case 1:
      if (!is_sound_ && draw(8) == 0) die(draw(2) == 0);
      return;
    case 2:
      if (!is_sound_ && draw(16) == 0) hang_up();
      if (sets_the_clock_ && draw(12) == 0) set_the_clock();
      time_.pass(draw(10) == 0 ? 1'500ms : std::chrono::milliseconds(draw(60)));
      return;
    case 3:
    case 4:
      if (worker_->waiting() > 0) worker_->run(draw(worker_->waiting()));
      return;
    case 5:
    case 6:
    case 7:
      if (life_->jobs() > 0) life_->read(draw(life_->jobs()));
      break;
    case 8:
    case 9:
    case 10:
    case 11:
      send();
      break;
    default:
      if (!life_->step()) return die(false);
  }
  life_->hear();
}

void World::send() {
  const std::size_t client = draw(askers_.size());
  askers_[client].go_on(time_.real());
  life_->send(client, askers_[client].take_bytes(1 + draw(600)));
}

// Some steps ahead, so that it is met anywhere; or no more of it.
void World::trouble_the_disk() {
  ending_.faults += disk_.failed();
  using Failure = FaultyDisk::Failure;
  constexpr std::array kKinds{Failure::broken_once, Failure::broken, Failure::full_once,
                              Failure::full};
  if (draw(2) == 0) return disk_.heal();
  disk_.fail_at(1 + draw(60), kKinds[draw(kKinds.size())]);
}

void World::hang_up() {
  const std::size_t client = draw(askers_.size());
  life_->hear();
  life_->hang_up(client);
  askers_[client].disconnected();
}

void World::set_the_clock() {
  constexpr std::array<std::chrono::hours, 7> kAhead{0h, 1h, -1h, 24h, -24h, 87'600h, -87'600h};
  time_.set_ahead = kAhead[draw(kAhead.size())] + std::chrono::milliseconds(draw(2'000));
}

void World::audit() {
  if (!life_->has_answered()) return;
  store::Reader* reader = life_->reader();
  if (reader == nullptr) return;  // As the disk is.
  const std::string difference = auditor_->follow(*reader);
  if (!difference.empty()) ending_.wrong += difference + "\n";
}

// The daemon is gone: killed, or ended by itself. Its clients find out, and come again.
void World::die(bool power_goes) {
  life_->hear();
  audit();
  life_.reset();
  for (Asker& asker : askers_) asker.disconnected();
  if (power_goes) disk_.cut_power(random_());
  be_born();
}

void World::be_born() {
  ++ending_.lives;
  life_ = std::make_unique<Life>(*this);
  if (life_->start()) return;
  // Nobody starts a daemon for ever on a disk that fails.
  life_.reset();
  disk_.heal();
  life_ = std::make_unique<Life>(*this);
  if (!life_->start()) throw std::runtime_error("a sound disk, and the ledger doesn't open");
}

// Everybody gets the rest of what there is to hear, and then there is a clean stop.
void World::settle_down() {
  disk_.heal();
  is_sound_ = true;
  for (int i = 0; i < 600; ++i) {
    time_.pass(20ms);
    while (worker_->waiting() > 0) worker_->run(0);
    while (life_->jobs() > 0) life_->read(0);
    for (std::size_t client = 0; client < askers_.size(); ++client) {
      askers_[client].go_on(time_.real());
      life_->send(client, askers_[client].take_bytes(1'000));
    }
    const bool goes_on = life_->step();
    life_->hear();
    if (!goes_on) break;
    if (i == 500) life_->stop();
  }
  life_.reset();
}

std::string World::what_is_wrong() {
  std::string wrong;
  const auto say = [&wrong](const std::string& what) {
    if (!what.empty()) wrong += what + "\n";
  };
  const store::VerifyReport report = store::verify(file(), [] { return false; });
  for (const store::Problem& problem : report.problems) say("verify: " + problem.what);
  ending_.digest = report.head_digest;
  say(auditor_->follow(*must_open(store::Reader::open(file()))));
  say(auditor_->check_answers());
  for (const Asker& asker : askers_) {
    for (const std::string& what : asker.contradictions()) say(what);
    if (!asker.is_done()) say("a request never got an outcome");
  }
  if (askers_.front().events() != report.head_seq) say("the feed lacks events at its end");
  return wrong;
}

store::LedgerFile World::file() const {
  return {folder_.path() / "ledger" / "ledger.db", disk_.vfs()};
}

}  // namespace giro::test
