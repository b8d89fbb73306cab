#include "cli/output/pager.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace giro::cli {
namespace {

bool in_path(std::string_view program) {
  const char* path = std::getenv("PATH");
  std::string_view folders = path == nullptr ? "/usr/bin:/bin" : path;
  while (!folders.empty()) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
    const std::string file = std::string(folder).append("/").append(program);
    if (access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

[[noreturn]] void become_pager(int input, const std::string& command) {
  dup2(input, STDIN_FILENO);
  std::signal(SIGPIPE, SIG_DFL);
  // Ends when all fits, passes colours on, leaves what was read on the screen.
  setenv("LESS", "FRX", 0);
  execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  _exit(127);
}

}  // namespace

std::string pager_command() {
  const char* terminal = std::getenv("TERM");
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return {};
  if (const char* named = std::getenv("PAGER"); named != nullptr) {
    return std::string_view(named) == "cat" ? std::string() : named;
  }
  for (const char* program : {"less", "more"}) {
    if (in_path(program)) return program;
  }
  return {};
}

std::optional<Pager> Pager::start(const std::string& command) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const int terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  const pid_t process = terminal < 0 ? -1 : fork();
  if (process == 0) become_pager(ends[0], command);
  close(ends[0]);
  if (process > 0) {
    dup2(ends[1], STDOUT_FILENO);
    std::signal(SIGINT, SIG_IGN);  // It is the pager's, which stops searching with it.
  } else if (terminal >= 0) {
    close(terminal);
  }
  close(ends[1]);
  if (process < 0) return std::nullopt;
  return Pager(process, terminal);
}

Pager::Pager(Pager&& other) noexcept
    : process_(std::exchange(other.process_, -1)), terminal_(std::exchange(other.terminal_, -1)) {}

Pager::~Pager() {
  finish();
}

bool Pager::finish() {
  if (process_ < 0) return true;
  // The last writing end of its pipe.
  dup2(terminal_, STDOUT_FILENO);
  close(terminal_);
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  std::signal(SIGINT, SIG_DFL);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 127;
}

}  // namespace giro::cli
