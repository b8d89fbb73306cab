#include "cli/operator/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace giro::cli {
namespace {

constexpr char kCtrlC = '\x03';
constexpr char kCtrlD = '\x04';
constexpr char kCtrlL = '\x0c';
constexpr char kCtrlZ = '\x1a';

void write_whole(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(STDOUT_FILENO, text.data(), text.size());
    // A terminal that is gone is noticed where keys are read.
    if (count < 0 && errno != EINTR) return;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

winsize size_of_terminal() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    size.ws_row = 24;
    size.ws_col = 80;
  }
  return size;
}

}  // namespace

Screen::Screen(bool colours) : colours_(colours) {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT}) {
    sigaddset(&taken, number);
  }
  sigprocmask(SIG_BLOCK, &taken, &mask_before_);
  signals_ = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  tcgetattr(STDIN_FILENO, &before_);
  enter();
}

Screen::~Screen() {
  leave();
  close(signals_);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void Screen::enter() {
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  write_whole("\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J");  // Another screen, no cursor, empty.
}

void Screen::leave() {
  write_whole("\x1b[?25h\x1b[?1049l");
  tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

// One write, each line over the one before, and what is left of it wiped: nothing is ever seen empty.
void Screen::draw(const std::vector<ScreenLine>& lines) {
  const winsize size = size_of_terminal();
  std::string out = "\x1b[H";
  const std::size_t count = std::min<std::size_t>(lines.size(), size.ws_row);
  for (std::size_t i = 0; i < count; ++i) {
    out += styled(cut_to_width(lines[i].text, size.ws_col), lines[i].style, colours_);
    out += "\x1b[K";
    if (i + 1 < count) out += "\r\n";
  }
  if (count < size.ws_row) out += "\x1b[J";
  write_whole(out);
}

Screen::Event Screen::wait(Clock::time_point deadline, int other) {
  for (;;) {
    std::array<pollfd, 3> interest{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{signals_, POLLIN, 0},
                                   pollfd{other, POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int ready =
        poll(interest.data(), interest.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready == 0) return Event::time;
    if (ready < 0) continue;
    Event event = Event::time;
    if (interest[1].revents != 0) event = take_signal();
    if (event == Event::time && interest[0].revents != 0) event = take_key();
    if (event == Event::time && interest[2].revents != 0) event = Event::other;
    if (event != Event::time) return event;
  }
}

// Event::time: nothing that matters.
Screen::Event Screen::take_key() {
  char key = 0;
  const ssize_t count = read(STDIN_FILENO, &key, 1);
  // With VMIN of 0 an end of file reads as nothing, too: poll() said that there was something.
  if (count <= 0) return count < 0 && errno == EINTR ? Event::time : Event::quit;
  switch (key) {
    case 'q':
    case 'Q':
    case kCtrlC:
    case kCtrlD:
      return Event::quit;
    case kCtrlL:
      return Event::redraw;
    case kCtrlZ:
      leave();
      raise(SIGSTOP);
      enter();
      return Event::redraw;
    default:
      return Event::time;
  }
}

Screen::Event Screen::take_signal() {
  signalfd_siginfo info{};
  if (read(signals_, &info, sizeof info) != sizeof info) return Event::time;
  const int number = static_cast<int>(info.ssi_signo);
  if (number == SIGWINCH) return Event::redraw;
  if (number == SIGCONT) {
    enter();
    return Event::redraw;
  }
  signal_ = number;
  return Event::killed;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) continue;
    const bool continues = (byte & 0xc0) == 0x80;
    if (!continues && ++width > columns) break;
    out += c;
  }
  return out;
}

}  // namespace giro::cli
