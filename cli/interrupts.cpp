#include "cli/interrupts.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace giro::cli {
namespace {

volatile std::sig_atomic_t asked_to_end = 0;
std::array<int, 2> wake{-1, -1};

// Only what is safe in a signal's handler.
void note_signal(int /*signal*/) {
  const int error_number = errno;
  asked_to_end = 1;
  const char byte = 0;
  if (write(wake[1], &byte, 1) < 0) { /* A full pipe can be read, too. */
  }
  errno = error_number;
}

}  // namespace

void Interrupts::take() {
  if (wake[0] >= 0) return;
  if (pipe2(wake.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
  struct sigaction action{};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // And no SA_RESTART: reading stdin ends, too.
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before{};
    // A shell's background jobs ignore SIGINT, and go on doing so.
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
      sigaction(signal, &action, nullptr);
    }
  }
}

bool Interrupts::asked() {
  return asked_to_end != 0;
}

int Interrupts::descriptor() {
  return wake[0];
}

bool Interrupts::pause(std::chrono::milliseconds pause) {
  // poll() passes over a negative descriptor.
  pollfd wakes{.fd = wake[0], .events = POLLIN, .revents = 0};
  if (pause.count() > 0) (void)poll(&wakes, 1, static_cast<int>(pause.count()));
  return !asked();
}

Failure Interrupts::failure() {
  return {.exit = ExitCode::interrupted,
          .what = "interrupted",
          .money = "Nothing was sent and no money moved.",
          .advice = {}};
}

}  // namespace giro::cli
