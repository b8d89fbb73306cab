#include "bench/load/target.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace giro::load {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::chrono::seconds kStartMax{120};
constexpr std::chrono::minutes kAnswerMax{10};
constexpr std::chrono::milliseconds kReadyInterval{1};
constexpr std::size_t kLogEndBytes = 1'000;

std::string message_of(const client::CallError& error) {
  if (const auto* rpc = std::get_if<client::RpcError>(&error)) return rpc->message;
  const auto& transport = std::get<client::TransportError>(error);
  if (!transport.detail.empty()) return transport.detail;
  return transport.error_number != 0 ? std::strerror(transport.error_number) : "it hung up";
}

// In the child; ends with its parent, so that a benchmark that was killed leaves nothing behind.
[[noreturn]] void become(const fs::path& program, const std::vector<std::string>& words,
                         const fs::path& log, pid_t parent) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // An interrupt at the terminal is for the benchmark, which then ends the daemon.
  (void)::setpgid(0, 0);
  if (::getppid() != parent) ::_exit(127);
  const int handle = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(handle, STDERR_FILENO);
  ::dup2(handle, STDOUT_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  ::_exit(127);
}

std::uint64_t size_of(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make(const fs::path& parent) {
  std::string name = (parent / "giro-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return failed(
        fmt::format("can't make a folder in {}: {}", parent.string(), std::strerror(errno)),
        "Name a folder on a disk with --dir.");
  }
  return ScratchFolder(fs::absolute(name));
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<Target> Target::start(const fs::path& program, const fs::path& scratch) {
  Target target;
  target.own_ = true;
  target.program_ = program;
  std::string folder = (scratch / "XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return failed(
        fmt::format("can't make a folder in {}: {}", scratch.string(), std::strerror(errno)));
  }
  target.folder_ = folder;
  target.data_ = target.folder_ / "data";
  target.nodes_ = {{.socket = (target.folder_ / "giro.sock").string()}};
  if (target.socket().size() >= sizeof sockaddr_un{}.sun_path) {
    return failed(fmt::format("the path of the socket would be too long: {}", target.socket()),
                  "Name a folder of a shorter path with --dir.");
  }
  // Empty: the machine's own configuration of Giro is none of the benchmark's.
  std::ofstream(target.folder_ / "girod.toml").flush();
  if (auto spawned = target.spawn(); !spawned) return std::unexpected(spawned.error());
  return target;
}

Result<Target> Target::running(const std::vector<std::string>& sockets) {
  Target target;
  for (const std::string& socket : sockets) {
    Node& node = target.nodes_.emplace_back(Node{.socket = socket});
    const auto info = ask(node, "server.info");
    if (!info) return std::unexpected(info.error());
    node.process = static_cast<pid_t>(info->at("pid").as_int64());
    if (target.nodes_.size() > 1) continue;
    target.data_ = std::string(info->at("data").as_string());
    target.sqlite_version_ = std::string(info->at("sqlite").as_string());
  }
  return target;
}

Target::Target(Target&& other) noexcept
    : own_(other.own_),
      nodes_(std::exchange(other.nodes_, {})),
      program_(std::move(other.program_)),
      folder_(std::exchange(other.folder_, {})),
      data_(std::move(other.data_)),
      sqlite_version_(std::move(other.sqlite_version_)) {}

Target::~Target() {
  if (!own_) return;
  kill_now();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

FileSizes Target::file_sizes() const {
  return {size_of(data_ / "ledger.db"), size_of(data_ / "ledger.db-wal")};
}

std::vector<std::string> Target::sockets() const {
  std::vector<std::string> sockets;
  sockets.reserve(nodes_.size());
  for (const Node& node : nodes_) sockets.push_back(node.socket);
  return sockets;
}

Result<json::object> Target::ask(const Node& node, std::string_view method) {
  const auto deadline = client::Clock::now() + kAnswerMax;
  auto connection = client::Connection::open(node.socket, deadline);
  if (!connection) {
    return failed(
        fmt::format("no daemon answers at {}: {}", node.socket, message_of(connection.error())),
        "Start it, or name the socket of one that runs; without --socket the benchmark starts its "
        "own.");
  }
  auto answer = connection->call(method, "{}", deadline);
  if (!answer) return failed(fmt::format("{}: {}", method, message_of(answer.error())));
  if (!answer->is_object()) return failed(fmt::format("{} answered no object", method));
  return std::move(answer->get_object());
}

Result<double> Target::kill_and_restart() {
  kill_now();
  const auto before = std::chrono::steady_clock::now();
  if (auto spawned = spawn(); !spawned) return std::unexpected(spawned.error());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

std::string Target::log_end() const {
  if (folder_.empty()) return {};
  std::ifstream file(folder_ / "girod.log");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string log = text.str();
  return log.size() > kLogEndBytes ? log.substr(log.size() - kLogEndBytes) : log;
}

Result<void> Target::spawn() {
  const std::vector<std::string> words{
      program_.string(), "--config", (folder_ / "girod.toml").string(), "--data", data_.string(),
      "--socket",        socket()};
  const pid_t self = ::getpid();
  pid_t& process = nodes_.front().process;
  process = ::fork();
  if (process < 0) return failed(fmt::format("fork: {}", std::strerror(errno)));
  if (process == 0) become(program_, words, folder_ / "girod.log", self);
  return wait_until_ready();
}

Result<void> Target::wait_until_ready() {
  const auto deadline = client::Clock::now() + kStartMax;
  while (client::Clock::now() < deadline) {
    if (const auto info = ask("server.info")) {
      sqlite_version_ = std::string(info->at("sqlite").as_string());
      return {};
    }
    if (has_ended()) {
      return failed(fmt::format("{} ended at its start", program_.string()), log_end());
    }
    std::this_thread::sleep_for(kReadyInterval);
  }
  return failed(fmt::format("{} doesn't answer", program_.string()), log_end());
}

void Target::kill_now() {
  if (nodes_.empty() || process() <= 0) return;
  ::kill(process(), SIGKILL);
  ::waitpid(process(), nullptr, 0);
  nodes_.front().process = -1;
}

bool Target::has_ended() {
  if (::waitpid(process(), nullptr, WNOHANG) != process()) return false;
  nodes_.front().process = -1;
  return true;
}

Result<fs::path> find_girod() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  fs::path beside = self.parent_path() / "girod";
  if (::access(beside.c_str(), X_OK) == 0) return beside;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    fs::path program = fs::path(folder) / "girod";
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return failed(fmt::format("there is no girod beside {} and none in $PATH", self.string()),
                "Name it with --daemon.");
}

}  // namespace giro::load
