#include "cli/operator/prompt.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/operator/completion.hpp"
#include "cli/operator/contexts.hpp"
#include "cli/operator/line_editor.hpp"
#include "cli/operator/line_words.hpp"
#include "cli/output/output.hpp"
#include "protocol/paths.hpp"

namespace giro::cli {
namespace {

namespace fs = std::filesystem;

// Where the history is kept; empty: nowhere.
std::string history_file() {
  const auto file = default_history_path();
  if (!file) return {};
  const fs::path folder = fs::path(*file).parent_path();
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) return {};
  if (made) chmod(folder.c_str(), S_IRWXU);
  return *file;
}

// While a command runs, the terminal's signals are its own.
class SignalsIgnored {
 public:
  SignalsIgnored() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &interrupt_);
    sigaction(SIGQUIT, &ignore, &quit_);
  }
  SignalsIgnored(const SignalsIgnored&) = delete;
  SignalsIgnored& operator=(const SignalsIgnored&) = delete;
  ~SignalsIgnored() {
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGQUIT, &quit_, nullptr);
  }

 private:
  struct sigaction interrupt_{};
  struct sigaction quit_{};
};

void run_giro(std::vector<std::string> words) {
  words.insert(words.begin(), "giro");
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const SignalsIgnored ignored;
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGINT);
  sigaddset(&usual, SIGQUIT);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t process = -1;
  // This very program, also where another version was installed in its place meanwhile.
  const int error =
      posix_spawn(&process, "/proc/self/exe", nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return note(fmt::format("giro: can't run it: {}\n", std::strerror(error)));
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) note("\n");
}

// What was said to the prompt itself holds for every command, unless the command says otherwise.
void pass_on(const Globals& globals) {
  if (globals.sockets.size() == 1) setenv("GIRO_SOCKET", globals.sockets.front().c_str(), 1);
  if (globals.sockets.size() > 1) {
    const std::string text = text_of_sockets(absolute_sockets(globals.sockets));
    setenv("GIRO_SOCKET", text.c_str(), 1);
  }
  if (!globals.context.empty()) {
    setenv("GIRO_CONTEXT", globals.context.c_str(), 1);
    unsetenv("GIRO_SOCKET");
  }
  if (globals.no_color) setenv("NO_COLOR", "1", 1);
}

WordCompletion complete_line(const std::vector<std::string>& words, const Globals& globals) {
  WordCompletion found = complete_command_line(words, globals);
  const Candidate quit{"quit", "Ends the prompt"};
  if (words.size() == 1 && quit.text.starts_with(words.front())) found.candidates.push_back(quit);
  return found;
}

// With the context, so that nobody pays in another ledger than they think.
std::string prompt_now() {
  const auto chosen = choose_sockets({}, socket_environment());
  if (!chosen) return "giro (?)> ";
  return chosen->context.empty() ? "giro> " : fmt::format("giro ({})> ", chosen->context);
}

// Whether the prompt goes on.
bool run_line(const std::string& line, const Globals& globals) {
  LineWords split = split_line(line);
  std::vector<std::string>& words = split.words;
  if (split.open) {
    note(
        "giro: a quote isn't closed, or a backslash has nothing behind it\n      Nothing was sent "
        "and no money moved.\n");
    return true;
  }
  if (!words.empty() && words.front() == "giro") words.erase(words.begin());
  if (words.empty() || words.front().starts_with('#')) return true;
  if (words.front() == "quit" || words.front() == "exit") return false;
  if (globals.json) words.insert(words.begin(), "--json");
  run_giro(std::move(words));
  return true;
}

}  // namespace

bool on_terminal() {
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

int run_prompt(const Globals& globals) {
  pass_on(globals);
  print(fmt::format("giro {} at {}. Every command of giro without the word giro; help, quit.\n",
                    GIRO_VERSION, text_of_sockets(Session(globals).nodes().sockets())));
  flush_prints();
  // Commands learn it from the environment alone, which their own options come before.
  const Globals said{.json = globals.json, .no_color = globals.no_color};
  LineEditor editor(history_file(), [&said](const std::vector<std::string>& words) {
    return complete_line(words, said);
  });
  while (const auto line = editor.read(prompt_now())) {
    if (line->aborted) continue;
    if (!run_line(line->text, said)) break;
  }
  return static_cast<int>(ExitCode::ok);
}

}  // namespace giro::cli
