// Ctrl-C while something is on its way: the command ends by itself, and says what it sent and what it doesn't know.
//
//   Interrupts::take();                        // From here on the first Ctrl-C (or SIGTERM) only asks to end.
//   connection.wake_on(Interrupts::descriptor());
//   if (Interrupts::asked()) ...
//
// What always holds: the second one kills the process, whatever it waits for; without take() the first does.
// Thread: the main one; the signal's handler may run on any.
#pragma once

#include <chrono>

#include "cli/failure.hpp"

namespace giro::cli {

class Interrupts {
 public:
  static void take();
  [[nodiscard]] static bool asked();
  // Can be read once it was asked; -1: not taken.
  [[nodiscard]] static int descriptor();
  // Sleeps so long. False: it was asked meanwhile.
  [[nodiscard]] static bool pause(std::chrono::milliseconds pause);
  // Before anything was sent, or with every answer there.
  [[nodiscard]] static Failure failure();
};

}  // namespace giro::cli
