#include "cli/operator/program_output.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace giro::cli {
namespace {

constexpr std::size_t kTextMax = std::size_t{1} << 20;

int exit_of(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::optional<ProgramOutput> output_of(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t process = -1;
  const int error =
      posix_spawn(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  ProgramOutput output;
  std::array<char, 4'096> piece{};
  for (ssize_t count = 1; error == 0 && count != 0;) {
    count = read(ends[0], piece.data(), piece.size());
    if (count < 0 && errno != EINTR) break;
    if (count > 0 && output.text.size() < kTextMax) {
      output.text.append(piece.data(), static_cast<std::size_t>(count));
    }
  }
  close(ends[0]);
  if (error != 0) return std::nullopt;
  output.exit = exit_of(process);
  return output;
}

}  // namespace giro::cli
