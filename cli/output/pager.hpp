// The program that a long answer is read in.
// Thread: the main one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace giro::cli {

// $PAGER, else less or more where they are; empty: none, or the terminal can't do what they need.
[[nodiscard]] std::string pager_command();

// While it is there, what is written to stdout goes to it.
class Pager {
 public:
  // Nothing: it couldn't be started, and stdout is as it was.
  static std::optional<Pager> start(const std::string& command);
  Pager(Pager&& other) noexcept;
  Pager& operator=(Pager&&) = delete;
  ~Pager();

  // Ends its input and waits until the user leaves it. False: it couldn't be run at all.
  bool finish();

 private:
  Pager(pid_t process, int terminal) : process_(process), terminal_(terminal) {}

  pid_t process_;
  int terminal_;  // What stdout was.
};

}  // namespace giro::cli
