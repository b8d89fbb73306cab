#include "tests/daemon/daemon_process.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kStartMax{60};  // A sanitizer's build on a busy machine is slow.

std::string message_of(const client::CallError& error) {
  if (const auto* rpc = std::get_if<client::RpcError>(&error))
    return rpc->name + ": " + rpc->message;
  const auto& transport = std::get<client::TransportError>(error);
  return "connection: " + transport.detail + " (errno " + std::to_string(transport.error_number) +
         ")";
}

sockaddr_un address_of(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

// What systemd does for a unit with a socket (sd_listen_fds(3)): the first descriptor after stderr.
void hand_over_socket(const std::string& path) {
  constexpr int kFirstHandedOver = 3;
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(path);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 128) != 0) {
    ::_exit(127);  // In the child: the test sees a daemon that doesn't start.
  }
  if (listener != kFirstHandedOver) ::dup2(listener, kFirstHandedOver);
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
}

[[noreturn]] void run_daemon(const std::filesystem::path& folder, const DaemonOptions& options) {
  const int log = ::open((folder / "girod.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(log, STDERR_FILENO);
  ::dup2(log, STDOUT_FILENO);
  const std::string data = (folder / "data").string();
  const std::string socket = (folder / "giro.sock").string();
  const std::string config = (folder / "girod.toml").string();
  std::vector<const char*> arguments{GIRO_TEST_GIROD, "--data", data.c_str(), "--socket",
                                     socket.c_str()};
  if (!options.configuration.empty()) {
    arguments.insert(arguments.end(), {"--config", config.c_str()});
  }
  for (const std::string& argument : options.arguments) arguments.push_back(argument.c_str());
  arguments.push_back(nullptr);
  for (const std::string& variable : options.environment) {
    const std::size_t equals = variable.find('=');
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  if (options.activated) hand_over_socket(socket);
  if (options.prepare != nullptr) options.prepare();
  ::execv(GIRO_TEST_GIROD, const_cast<char* const*>(arguments.data()));
  ::_exit(127);
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::vector<std::string> StuckDisk::environment() const {
  // The sanitizers' runtimes want to be the first library; behind this one they work, too.
  const char* options = std::getenv("ASAN_OPTIONS");
  return {"LD_PRELOAD=" GIRO_TEST_STUCK_DISK, "GIRO_TEST_DISK=" + folder_.string(),
          std::string("ASAN_OPTIONS=") + (options == nullptr ? "" : options) +
              ":verify_asan_link_order=0"};
}

void StuckDisk::heal() const {
  set("fails", false);
  set("hangs", false);
}

void StuckDisk::set(const char* what, bool on) const {
  if (on) {
    std::ofstream(folder_ / what).flush();
  } else {
    std::filesystem::remove(folder_ / what);
  }
}

DaemonProcess::DaemonProcess(std::filesystem::path folder, const DaemonOptions& options)
    : folder_(std::move(folder)) {
  if (!options.configuration.empty()) {
    std::ofstream(folder_ / "girod.toml") << options.configuration;
  }
  pid_ = ::fork();
  if (pid_ == 0) run_daemon(folder_, options);
  const auto deadline = client::Clock::now() + kStartMax;
  while (client::Clock::now() < deadline) {
    if (auto connection = client::Connection::open(socket(), deadline)) {
      if (connection->call("server.info", "{}", deadline)) return;
    }
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("girod ended at its start: " + log());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  throw std::runtime_error("girod doesn't answer: " + log());
}

void DaemonProcess::start_and_kill(const std::filesystem::path& folder,
                                   std::chrono::microseconds after) {
  const pid_t child = ::fork();
  if (child == 0) run_daemon(folder, {});
  std::this_thread::sleep_for(after);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

DaemonProcess::~DaemonProcess() {
  kill_now();
}

void DaemonProcess::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void DaemonProcess::kill_now() {
  signal(SIGKILL);
  wait();
}

int DaemonProcess::stop() {
  signal(SIGTERM);
  return wait();
}

int DaemonProcess::wait() {
  if (pid_ <= 0) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return exit_code(status);
}

client::Connection DaemonProcess::connect() const {
  auto connection = client::Connection::open(socket());
  if (!connection) throw std::runtime_error("can't connect: " + connection.error().detail);
  return std::move(*connection);
}

std::string DaemonProcess::log() const {
  std::ifstream file(folder_ / "girod.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

json::object call(client::Connection& connection, std::string_view method,
                  const json::object& params) {
  auto answer = connection.call(method, json::serialize(params));
  if (!answer) throw std::runtime_error(std::string(method) + ": " + message_of(answer.error()));
  return answer->as_object();
}

void open_account(client::Connection& connection, const std::string& id, bool without_floor) {
  json::object params{{"id", id}, {"currency", "EUR"}};
  if (without_floor) params["floor"] = nullptr;
  const json::object result = call(connection, "accounts.open", params);
  if (result.at("status") != "applied") throw std::runtime_error(json::serialize(result));
}

std::string payment_params(std::string_view key, std::string_view from, std::string_view to,
                           std::int64_t amount) {
  std::ostringstream text;
  text << R"({"key":")" << key << R"(","from":")" << from << R"(","to":")" << to << R"(","amount":)"
       << amount << R"(,"currency":"EUR"})";
  return text.str();
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

std::size_t resident_bytes(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

RawConnection::RawConnection(const std::string& socket_path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = address_of(socket_path);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
}

RawConnection::~RawConnection() {
  ::close(socket_);
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string RawConnection::read_line() {
  for (;;) {
    const std::size_t end = received_.find('\n');
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 10'000) <= 0) return {};
    char bytes[65'536];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return {};
    received_.append(bytes, static_cast<std::size_t>(count));
  }
}

}  // namespace giro::test
