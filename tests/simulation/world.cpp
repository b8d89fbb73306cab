#include "tests/simulation/world.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/algorithm/string/replace.hpp>

#include "ledger/store/verify/verify.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;

constexpr int kAskers = 3;
constexpr int kRequests = 25;  // Of each.
constexpr std::size_t kActsMax = 20'000;

}  // namespace

// What has a moment of its own is judged by the daemon's clock, which the journal doesn't tell where it stands
// before the latest entry: the auditor couldn't follow.
World::World(std::uint64_t seed) : random_(seed), requests_(random_(), kUsualUid, model_) {
  sets_the_clock_ = draw(3) == 0;
  if (sets_the_clock_) requests_.forget_times();
  auditor_.emplace(model_, requests_, sets_the_clock_ ? 1 : 1'000);
  auditor_->remember_moments();
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
  ending_.of_many = auditor_->of_many();
  for (const Asker& asker : askers_) ending_.heard += asker.heard();
  // What is said of a page that can't be read names its file, which each run has in another folder.
  boost::algorithm::replace_all(ending_.heard, folder_.path().string(), "FOLDER");
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
  hear();
}

void World::hear() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    for (const std::string& line : clients_[i]->take_lines()) {
      askers_[i].hear(line);
      has_answered_ = has_answered_ || line.find(R"("result":)") != std::string::npos;
    }
    // A feed that can't be read isn't silent: its client is cut off.
    if (clients_[i]->session().ending() == Session::Ending::cut_off) come_again(i);
  }
}

void World::send() {
  const std::size_t client = draw(askers_.size());
  askers_[client].go_on(time_.real());
  clients_[client]->send(askers_[client].take_bytes(1 + draw(600)));
}

// Some steps ahead, so that it is met anywhere; or no more of it.
void World::trouble_the_disk() {
  ending_.faults += disk_.failed();
  ending_.reads_failed += disk_.failed() && reads_fail_;
  using Failure = FaultyDisk::Failure;
  constexpr std::array kKinds{Failure::broken_once, Failure::broken,          Failure::full_once,
                              Failure::full,        Failure::unreadable_once, Failure::unreadable,
                              Failure::short_once};
  constexpr std::size_t kOfReads = 3;  // The last ones.
  if (draw(2) == 0) return heal();
  const std::size_t kind = draw(kKinds.size());
  reads_fail_ = kind + kOfReads >= kKinds.size();
  disk_.fail_at(1 + draw(60), kKinds[kind]);
}

void World::heal() {
  disk_.heal();
  reads_fail_ = false;
}

void World::hang_up() {
  const std::size_t client = draw(askers_.size());
  hear();
  come_again(client);
}

void World::come_again(std::size_t client) {
  clients_[client]->hang_up();
  clients_[client] = life_->connect();
  askers_[client].disconnected();
}

void World::set_the_clock() {
  constexpr std::array<std::chrono::hours, 7> kAhead{0h, 1h, -1h, 24h, -24h, 87'600h, -87'600h};
  time_.set_ahead = kAhead[draw(kAhead.size())] + std::chrono::milliseconds(draw(2'000));
}

void World::audit() {
  if (!has_answered_ || reads_fail_) return;  // What the auditor reads must be what is there.
  store::Reader* reader = life_->reader();
  if (reader == nullptr) return;  // As the disk is.
  const std::string difference = auditor_->follow(*reader);
  if (!difference.empty()) ending_.wrong += difference + "\n";
}

// The daemon is gone: killed, or ended by itself. Its clients find out, and come again.
void World::die(bool power_goes) {
  hear();
  audit();
  end_life();
  for (Asker& asker : askers_) asker.disconnected();
  if (power_goes) disk_.cut_power(random_());
  be_born();
}

void World::be_born() {
  ++ending_.lives;
  if (begin_life()) return;
  // Nobody starts a daemon for ever on a disk that fails.
  end_life();
  heal();
  if (!begin_life()) throw std::runtime_error("a sound disk, and the ledger doesn't open");
}

bool World::begin_life() {
  life_ = std::make_unique<DaemonLife>(
      DaemonLife::Around{.time = time_, .options = options(), .draw = [this](std::uint64_t count) {
                           return draw(count);
                         }});
  for (int i = 0; i < kAskers; ++i) clients_.push_back(life_->connect());
  return life_->start(small_groups);
}

void World::end_life() {
  clients_.clear();
  life_.reset();
  has_answered_ = false;
}

// Everybody gets the rest of what there is to hear, and then there is a clean stop.
void World::settle_down() {
  heal();
  is_sound_ = true;
  for (int i = 0; i < 600; ++i) {
    time_.pass(20ms);
    while (worker_->waiting() > 0) worker_->run(0);
    while (life_->jobs() > 0) life_->read(0);
    for (std::size_t client = 0; client < askers_.size(); ++client) {
      askers_[client].go_on(time_.real());
      clients_[client]->send(askers_[client].take_bytes(1'000));
    }
    const bool goes_on = life_->step();
    hear();
    if (!goes_on) break;
    if (i == 500) life_->stop();
  }
  end_life();
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
