#include "cli/import/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace giro::cli {

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return usage_failure(
        fmt::format("can't start {}: {}", words.front(), std::generic_category().message(errno)));
  }
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  arguments.reserve(copies.size() + 1);
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) return ChildProcess(words.front(), pid, ends[0]);
  close(ends[0]);
  return usage_failure(
      fmt::format("can't start {}: {}", words.front(), std::generic_category().message(error)),
      fmt::format("Journals are read by {}: install it (Debian: apt-get install {}).",
                  words.front(), words.front()));
}

ChildProcess::ChildProcess(std::string name, pid_t pid, int output)
    : name_(std::move(name)), pid_(pid), output_(output) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Result<void> ChildProcess::wait() {
  if (pid_ < 0) return {};
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return usage_failure(
      fmt::format("{} couldn't read the journal to its end; it says why above", name_),
      fmt::format("Mend the journal until `{} -f FILE check` is content.", name_));
}

}  // namespace giro::cli
