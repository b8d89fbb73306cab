#include "tests/system/cluster_nodes.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sys/wait.h>

#include "tests/system/cluster_payer.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using client::Clock;

int run(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ClusterNodes::ClusterNodes(const std::filesystem::path& folder,
                           const etcd::test::ClusterOptions& options)
    : folder_(folder), etcd_(folder / "etcd", options), nodes_(options.members) {
  for (std::size_t i = 0; i < size(); ++i) start(i);
}

std::string ClusterNodes::name_of(std::size_t i) {
  return {static_cast<char>('a' + i)};
}

std::string ClusterNodes::socket(std::size_t i) const {
  return (folder_of(i) / "giro.sock").string();
}

void ClusterNodes::start(std::size_t i) {
  std::filesystem::create_directories(folder_of(i));
  nodes_.at(i).reset();
  nodes_.at(i) = std::make_unique<DaemonProcess>(
      folder_of(i), DaemonOptions{.configuration = fmt::format(
                                      "[cluster]\nname = \"test\"\nnode = \"{}\"\netcd = \"{}\"\n",
                                      name_of(i), etcd_.socket(i))});
}

std::string ClusterNodes::last_words_of(std::size_t i) const {
  constexpr std::size_t kEnough = 4'000;
  const std::string log = nodes_.at(i)->log();
  return name_of(i) + " " + log.substr(log.size() - std::min(log.size(), kEnough));
}

bool ClusterNodes::has_ended(std::size_t i) const {
  siginfo_t ended{};
  const auto process = static_cast<id_t>(nodes_.at(i)->pid());
  ::waitid(P_PID, process, &ended, WEXITED | WNOHANG | WNOWAIT);
  return ended.si_pid != 0;
}

bool ClusterNodes::start_if_log_reaches_back(std::size_t i) {
  const std::filesystem::path log = folder_of(i) / "girod.log";
  const std::size_t before = std::filesystem::file_size(log);
  bool came_up = true;
  try {
    start(i);
    const auto deadline = Clock::now() + kCatchUpMax;
    auto stuck = Clock::now() + kSettleMax;
    std::int64_t index = -1;
    while (!has_ended(i) && Clock::now() < std::min(stuck, deadline)) {
      const json::object cluster = status_of(i).at("cluster").as_object();
      if (cluster.at("state").as_string() == "serving") return true;
      const std::int64_t now = cluster.at("index").as_int64();
      if (std::exchange(index, now) < now) stuck = Clock::now() + kSettleMax;
      std::this_thread::sleep_for(20ms);
    }
    came_up = !has_ended(i);
  } catch (const std::runtime_error&) {
    came_up = false;  // It ended before it answered, or while it was asked.
  }
  const std::string said = read_file(log).substr(before);
  if (came_up) throw std::runtime_error("the node doesn't come to serve: " + said);
  if (said.find("giro cluster join") == std::string::npos) {
    throw std::runtime_error("the node ended and doesn't say what helps: " + said);
  }
  nodes_.at(i).reset();
  return false;
}

void ClusterNodes::join_anew(std::size_t i, std::size_t from) {
  const std::string backup = (folder_of(i) / "backup.giro").string();
  const std::string what_it_said = (folder_of(i) / "join.log").string();
  const auto deadline = Clock::now() + kSettleMax;
  int code = -1;
  // The others may hold it for alive for some seconds, and a backup be too old for the log.
  while (code != 0 && Clock::now() < deadline) {
    std::filesystem::remove_all(data(i));
    std::filesystem::remove(backup);
    code = run(fmt::format(
        "{0} --socket {1} backup {2} --data {3} >{4} 2>&1 && {0} cluster join {2} --anew "
        "--node {5} --data {6} --etcd {7} >>{4} 2>&1",
        GIRO_TEST_CLI, socket(from), backup, data(from).string(), what_it_said, name_of(i),
        data(i).string(), etcd_.socket(i)));
    if (code != 0) std::this_thread::sleep_for(200ms);
  }
  if (code != 0) throw std::runtime_error("giro cluster join: " + read_file(what_it_said));
  if (start_if_log_reaches_back(i)) return;
  throw std::runtime_error("giro cluster join made a ledger that the log doesn't reach back to");
}

void ClusterNodes::machine_dies(std::size_t i) {
  etcd_.links().set_all_of(i, {.state = etcd::test::Way::State::lost});
  nodes_.at(i)->kill_now();
  etcd_.kill(i);
}

void ClusterNodes::machine_starts(std::size_t i) {
  etcd_.links().set_all_of(i, {});
  etcd_.start(i);
  start(i);
}

json::object ClusterNodes::status_of(std::size_t i) const {
  client::Connection connection = nodes_.at(i)->connect();
  return call(connection, "ledger.status");
}

std::string ClusterNodes::state_of(std::size_t i) const {
  return std::string(status_of(i).at("cluster").at("state").as_string());
}

bool ClusterNodes::are_level() const {
  std::set<std::int64_t> seqs;
  for (std::size_t i = 0; i < size(); ++i) {
    if (has_ended(i)) throw std::runtime_error("a node ended by itself: " + last_words_of(i));
    const json::object status = status_of(i);
    if (status.at("cluster").at("state").as_string() != "serving") return false;
    seqs.insert(status.at("seq").as_int64());
  }
  return seqs.size() == 1;
}

void ClusterNodes::await_level() const {
  const auto deadline = Clock::now() + kSettleMax;
  while (!are_level()) {
    if (Clock::now() > deadline) throw std::runtime_error("the nodes don't come to one end");
    std::this_thread::sleep_for(20ms);
  }
}

std::vector<std::string> ClusterNodes::verified_digests() const {
  std::set<std::string> digests;
  for (std::size_t i = 0; i < size(); ++i) {
    client::Connection connection = nodes_.at(i)->connect();
    const json::object report = call(connection, "ledger.verify");
    if (!report.at("ok").as_bool()) throw std::runtime_error(json::serialize(report));
    digests.emplace(report.at("head_digest").as_string());
  }
  return {digests.begin(), digests.end()};
}

void open_payers_accounts(ClusterNodes& nodes) {
  nodes.await_level();
  client::Connection connection = nodes[0].connect();
  open_account(connection, "world", true);
  for (int i = 0; i < ClusterPayer::kAccounts; ++i) {
    const std::string id = "acct:" + std::to_string(i);
    open_account(connection, id);
    call(connection, "payments.submit",
         json::parse(payment_params("fund-" + id, "world", id, 1'000'000)).as_object());
  }
}

}  // namespace giro::test
