#include "tests/etcd/etcd_cluster.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store/scratch.hpp"

namespace giro::etcd::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kStartMax{60};

std::filesystem::path known_etcd() {
  const auto found = find_etcd();
  if (!found) throw std::runtime_error(kNoEtcd);
  return *found;
}

int version_of(const std::filesystem::path& program) {
  const std::string command = program.string() + " --version";
  std::FILE* said = ::popen(command.c_str(), "r");
  int major = 0;
  int minor = 0;
  const int read = std::fscanf(said, "etcd Version: %d.%d", &major, &minor);
  // All of it, so that etcd isn't ended by what it says.
  while (std::fgetc(said) != EOF) {
  }
  ::pclose(said);
  if (read != 2) throw std::runtime_error("this is no etcd: " + program.string());
  return 100 * major + minor;
}

constexpr int kPortsEach = 10;  // Half of them for members, the others for their links.

// Everything in 127.0.0.0/8 is this machine: a process has an address of its own there, and so no other's ports.
std::string address() {
  const auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(64 + (pid >> 16U & 63U)) + "." + std::to_string(pid >> 8U & 255U) +
         "." + std::to_string(pid & 255U);
}

int next_port() {
  static std::atomic<int> next{20'000};
  return next.fetch_add(kPortsEach);
}

bool is_dead(pid_t process) {
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED | WNOHANG | WNOWAIT);
  return ended.si_pid == process;
}

[[noreturn]] void run(const std::filesystem::path& folder,
                      const std::vector<std::string>& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = ::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(log, STDERR_FILENO);
  ::dup2(log, STDOUT_FILENO);
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::setenv("GOMEMLIMIT", "160MiB", 1);  // As giro-etcd.service has it.
  if (::chdir(folder.c_str()) == 0) ::execv(words.front(), words.data());
  ::_exit(127);
}

}  // namespace

std::optional<std::filesystem::path> find_etcd() {
  const char* asked = std::getenv("GIRO_ETCD");
  const std::filesystem::path built =
      std::filesystem::path(GIRO_TEST_SOURCE_DIR) / "build/etcd/bin/etcd";
  for (const std::filesystem::path& path : {std::filesystem::path(asked == nullptr ? "" : asked),
                                            built, std::filesystem::path("/usr/bin/etcd")}) {
    if (!path.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

EtcdCluster::EtcdCluster(std::filesystem::path folder, const ClusterOptions& options)
    : folder_(std::move(folder)),
      more_arguments_(options.arguments),
      program_(known_etcd()),
      version_(version_of(program_)),
      first_port_(next_port()),
      members_(options.members, -1),
      links_(options.linked ? std::make_unique<Links>(address(), first_port_ + kPortsEach / 2,
                                                      first_port_, options.members)
                            : nullptr) {
  try {
    for (std::size_t i = 0; i < size(); ++i) {
      std::filesystem::create_directories(folder_of(i));
      start(i);
    }
    for (std::size_t i = 0; i < size(); ++i) await(i);
  } catch (...) {
    kill_all();
    throw;
  }
}

EtcdCluster::~EtcdCluster() {
  kill_all();
}

void EtcdCluster::kill_all() {
  for (std::size_t i = 0; i < size(); ++i) end(i, SIGKILL);
}

std::filesystem::path EtcdCluster::folder_of(std::size_t member) const {
  return folder_ / std::to_string(member);
}

// 3.4 takes no path: its socket is a file `name:port` where it runs.
std::string EtcdCluster::socket(std::size_t member) const {
  return (folder_of(member) / (version_ < 305 ? "client:1" : "client.sock")).string();
}

std::filesystem::path EtcdCluster::data(std::size_t member) const {
  return folder_of(member) / "data";
}

std::string EtcdCluster::own_url(std::size_t member) const {
  return "http://" + address() + ":" + std::to_string(first_port_ + static_cast<int>(member));
}

std::string EtcdCluster::peer_url(std::size_t member) const {
  return links_ == nullptr ? own_url(member) : own_url(member + kPortsEach / 2);
}

std::string EtcdCluster::log(std::size_t member) const {
  return giro::test::read_file(folder_of(member) / "log");
}

std::vector<std::string> EtcdCluster::arguments_of(std::size_t member) const {
  std::string all;
  for (std::size_t i = 0; i < size(); ++i) {
    all += (i == 0 ? "m" : ",m") + std::to_string(i) + "=" + peer_url(i);
  }
  std::vector<std::string> arguments{program_.string(),
                                     "--name=m" + std::to_string(member),
                                     "--data-dir=data",
                                     version_ < 305
                                         ? "--listen-client-urls=unix://client:1"
                                         : "--listen-client-urls=unix://" + socket(member),
                                     "--advertise-client-urls=http://127.0.0.1:2379",
                                     "--listen-peer-urls=" + own_url(member),
                                     "--initial-advertise-peer-urls=" + peer_url(member),
                                     "--initial-cluster=" + all,
                                     "--initial-cluster-token=giro-test",
                                     "--heartbeat-interval=50",
                                     "--election-timeout=500",
                                     "--snapshot-count=200"};
  if (version_ >= 306) {
    arguments.insert(arguments.end(), {"--snapshot-catchup-entries=100",
                                       "--feature-gates=InitialCorruptCheck=true"});
  }
  arguments.insert(arguments.end(), more_arguments_.begin(), more_arguments_.end());
  return arguments;
}

void EtcdCluster::start(std::size_t member, const std::vector<std::string>& more) {
  if (members_.at(member) > 0) throw std::logic_error("it runs");
  // 3.4 doesn't start over a socket that a dead one left.
  if (version_ < 305) std::filesystem::remove(socket(member));
  std::vector<std::string> arguments = arguments_of(member);
  arguments.insert(arguments.end(), more.begin(), more.end());
  const pid_t child = ::fork();
  if (child == 0) run(folder_of(member), arguments);
  members_[member] = child;
  if (links_ != nullptr) links_->set_process(member, child);
}

void EtcdCluster::end(std::size_t member, int signal) {
  const pid_t process = std::exchange(members_.at(member), -1);
  if (process <= 0) return;
  ::kill(process, signal);
  ::waitpid(process, nullptr, 0);
}

void EtcdCluster::kill(std::size_t member) {
  end(member, SIGKILL);
}

void EtcdCluster::stop(std::size_t member) {
  end(member, SIGTERM);
}

void EtcdCluster::pause(std::size_t member) {
  ::kill(members_.at(member), SIGSTOP);
  // Its threads stop a moment later, and may answer meanwhile.
  siginfo_t stopped{};
  for (int ms = 0; ms < 1'000 && stopped.si_pid == 0; ++ms) {
    ::waitid(P_PID, static_cast<id_t>(members_.at(member)), &stopped, WSTOPPED | WNOHANG);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void EtcdCluster::resume(std::size_t member) {
  ::kill(members_.at(member), SIGCONT);
}

void EtcdCluster::replace(std::size_t member) {
  end(member, SIGKILL);
  const std::string name = "m" + std::to_string(member);
  const std::size_t other = (member + 1) % size();
  const auto list = Client({.socket = socket(other)}).call(MemberListRequest{}, 5s);
  if (!list) throw std::runtime_error(list.error().message);
  for (const Member& one : list->members) {
    if (one.name != name) continue;
    std::array<char, 17> id{};
    std::snprintf(id.data(), id.size(), "%" PRIx64, one.id);
    change_members(other, std::string("remove ") + id.data());
  }
  change_members(other, "add " + name + " --peer-urls=" + peer_url(member));
  std::filesystem::remove_all(data(member));
  start(member, {"--initial-cluster-state=existing"});
}

// Members must be well before their number may change: for some seconds they may be held for new.
void EtcdCluster::change_members(std::size_t asked, const std::string& how) const {
  const std::string command = (program_.parent_path() / "etcdctl").string() +
                              " --endpoints unix://" + socket(asked) + " member " + how + " >>" +
                              (folder_ / "etcdctl.log").string() + " 2>&1";
  const Clock::time_point deadline = Clock::now() + kStartMax;
  while (std::system(command.c_str()) != 0) {
    if (Clock::now() > deadline)
      throw std::runtime_error(giro::test::read_file(folder_ / "etcdctl.log"));
    std::this_thread::sleep_for(200ms);
  }
}

bool EtcdCluster::has_ended(std::size_t member) const {
  return members_.at(member) <= 0 || is_dead(members_[member]);
}

void EtcdCluster::await(std::size_t member) const {
  Client client({.socket = socket(member)});
  const Clock::time_point deadline = Clock::now() + kStartMax;
  while (Clock::now() < deadline) {
    // Linearizable: a leader answers it.
    if (client.call(RangeRequest{.key = "none"}, 1s)) return;
    if (has_ended(member)) break;
    std::this_thread::sleep_for(10ms);
  }
  throw std::runtime_error("etcd doesn't serve: " + log(member));
}

std::size_t EtcdCluster::leader() const {
  const Clock::time_point deadline = Clock::now() + kStartMax;
  while (Clock::now() < deadline) {
    for (std::size_t i = 0; i < size(); ++i) {
      if (has_ended(i)) continue;
      const auto status = Client({.socket = socket(i)}).call(StatusRequest{}, 200ms);
      if (status && status->leader == status->member) return i;
    }
    std::this_thread::sleep_for(10ms);
  }
  throw std::runtime_error("the cluster has no leader");
}

}  // namespace giro::etcd::test
