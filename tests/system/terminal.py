"""A program on a terminal of its own: what a person types, and what stands there."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time


class Terminal:
    def __init__(self, *command, environment=None, size=(24, 100)):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, dict(os.environ, TERM="xterm", **(environment or {})))
        self.resize(*size)
        self.shown = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.fd, text.encode())

    def type_end(self, seconds=15):
        """Ctrl-D at a prompt: a terminal that still takes lines would keep it for itself."""
        deadline = time.monotonic() + seconds
        while termios.tcgetattr(self.fd)[3] & termios.ICANON:
            assert time.monotonic() < deadline, "no prompt reads from the terminal"
            time.sleep(0.01)
        self.type("\x04")

    def read(self, seconds):
        """What comes within that time, at least something unless it ends."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return ""
        try:
            text = os.read(self.fd, 65536).decode(errors="replace")
        except OSError:  # The other end is closed.
            return ""
        self.shown += text
        return text

    def wait_for(self, pattern, seconds=15):
        """Reads until the pattern was shown, and forgets what stood up to its end."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.shown)):
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} in {self.shown!r}"
            self.read(left)
        self.shown = self.shown[found.end():]
        return found

    def has_echo(self):
        """Whether the terminal is as a shell left it: it shows what is typed, and takes lines."""
        flags = termios.tcgetattr(self.fd)[3]
        return bool(flags & termios.ECHO) and bool(flags & termios.ICANON)

    def end(self, seconds=15):
        """Waits for its end. Its exit code."""
        deadline = time.monotonic() + seconds
        while (ended := os.waitpid(self.pid, os.WNOHANG))[0] == 0:
            assert time.monotonic() < deadline, f"it doesn't end: {self.shown!r}"
            self.read(0.05)
        self.pid = 0
        while self.read(0.05):
            pass
        return os.waitstatus_to_exitcode(ended[1])
