// A terminal that a program has for itself: another screen, redrawn in place, and single keys.
//
// What always holds: however it ends, by a key, a signal or an exception, the terminal is as it was. Signals that
// end a program are read as events while it lives, so that nothing is interrupted in the middle.
// Thread: the main one; one at a time.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include <termios.h>

#include "cli/output/table.hpp"

namespace giro::cli {

struct ScreenLine {
  std::string text = {};
  Style style = Style::plain;
};

class Screen {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Event : std::uint8_t {
    time,    // The deadline passed.
    other,   // The other descriptor has something.
    redraw,  // Its size changed, or somebody else wrote on it.
    quit,    // A key, or the terminal is gone.
    killed,  // By signal().
  };

  // REQUIRES: stdin and stdout are a terminal.
  explicit Screen(bool colours);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  // As many lines, and of each as much, as there is room for.
  void draw(const std::vector<ScreenLine>& lines);
  // `other`: a descriptor, or -1.
  [[nodiscard]] Event wait(Clock::time_point deadline, int other);
  [[nodiscard]] int signal() const { return signal_; }

 private:
  void enter();
  void leave();
  [[nodiscard]] Event take_key();
  [[nodiscard]] Event take_signal();

  bool colours_;
  termios before_{};
  sigset_t mask_before_{};
  int signals_ = -1;
  int signal_ = 0;
};

// What can be shown of it in so many columns: no control characters, whole characters.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace giro::cli
