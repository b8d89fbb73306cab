#!/usr/bin/env python3
"""Runs a page's tour: every `$ command` under a `<!-- tour -->` must print what the page shows. A command that has
`<<'WORD'` goes on until the line `WORD`.

Times are compared by their shape, user ids not at all. A page may kill its daemon, whose process id is in `$TOUR/pid`,
and start another, if it leaves that one's there. A page with `<!-- needs PROGRAM -->` is skipped without it. With --write
the page gets what the programs print now.

Usage: readme_tour_test.py PAGE GIROD GIRO [--write]
"""

import contextlib
import glob
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]  # Where the page's reader is.
SKIPPED = 77  # What ctest takes for it.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
USER = re.compile(r'("uid":|^uid +)\d+', re.MULTILINE)
HEREDOC = re.compile(r"<<'(\w+)'")


class Step:
    """A command, and the page's lines [begin, end) that show what it prints."""

    def __init__(self, command, begin):
        self.command = command
        self.begin = self.end = begin

    def is_open(self):
        word = HEREDOC.search(self.command)
        return word and self.command.rsplit("\n", 1)[-1] != word[1]


def steps(lines):
    found = []
    in_tour = False
    for number, line in enumerate(lines):
        text = line[4:]
        if line == "<!-- tour -->":
            in_tour = True
        elif line and not line.startswith("    "):
            in_tour = False
        elif in_tour and found and found[-1].is_open():
            found[-1].command += "\n" + text
            found[-1].begin = found[-1].end = number + 1
        elif in_tour and text.startswith("$ "):
            found.append(Step(text[2:], number + 1))
        elif in_tour and found and text:
            found[-1].end = number + 1
    return found


def masked(text):
    text = USER.sub(r"\1N", TIME.sub("T" * 30, text))
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()


def numbered(text, times):
    """Times as the page shows them: a page that is written again must not differ in all of them."""
    return TIME.sub(lambda found: f"2026-11-23T09:00:00.{times.setdefault(found[0], len(times) + 1):09}Z", text)


@contextlib.contextmanager
def daemon_in(folder, girod, environment):
    words = [girod, "--init", "--data", f"{folder}/data", "--socket", environment["GIRO_SOCKET"]]
    with open(f"{folder}/log", "a", encoding="utf-8") as log:
        daemon = subprocess.Popen(words, stderr=log)
    with open(f"{folder}/pid", "w", encoding="utf-8") as file:
        print(daemon.pid, file=file)
    try:
        yield
    finally:
        with open(f"{folder}/pid", encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGTERM)
        wait_until_stopped(f"{folder}/log")
        code = daemon.wait(timeout=60)
        assert code in (0, -signal.SIGKILL), f"girod ended with {code}"


def wait_until_stopped(log):
    """By the log's word, because a daemon that the page started is nobody's child here."""
    deadline = time.monotonic() + 60
    while True:
        with open(log, encoding="utf-8") as file:
            text = file.read()
        if text.endswith(": stopped\n"):
            return
        assert time.monotonic() < deadline, f"girod didn't stop as it should:\n{text}"
        time.sleep(0.02)


@contextlib.contextmanager
def what_it_leaves(folder):
    """What the tour left in the background, and said so by a file of its process id."""
    try:
        yield
    finally:
        for left in glob.glob(f"{folder}/*.pid"):
            with open(left, encoding="utf-8") as pid:
                os.kill(int(pid.read()), signal.SIGKILL)


def run_page(page, girod, giro, write):
    with open(page, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for program in re.findall(r"<!-- needs (\S+) -->", "\n".join(lines)):
        if not shutil.which(program):
            print(f"skipped: {program} isn't installed")
            return SKIPPED
    tour = steps(lines)
    assert len(tour) > 8, "the page lost its tour"
    printed = []
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(
            os.environ,
            TOUR=folder,
            GIRO_SOCKET=f"{folder}/giro.sock",
            NO_COLOR="1",
            PATH=f"{os.path.dirname(girod)}:{os.path.dirname(giro)}:{os.environ['PATH']}",
        )
        with daemon_in(folder, girod, environment), what_it_leaves(folder):
            subprocess.run([giro, "ready", "--timeout", "30"], env=environment, check=True)
            for step in tour:
                done = subprocess.run(
                    step.command, shell=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
                )
                printed.append(done.stdout)
                expected = "\n".join(line[4:] for line in lines[step.begin : step.end])
                if not write and masked(done.stdout) != masked(expected):
                    print(f"$ {step.command}\nthe page says:\n{expected}\n\nit prints:\n{done.stdout}")
                    return 1
    if write:
        times = {}
        shown = [numbered(text, times).rstrip("\n").splitlines() for text in printed]
        for step, text in reversed(list(zip(tour, shown))):
            lines[step.begin : step.end] = [f"    {line}".rstrip() for line in text]
        with open(page, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
    return 0


def main():
    page, girod, giro = sys.argv[1:4]
    return run_page(page, girod, giro, write=sys.argv[4:] == ["--write"])


if __name__ == "__main__":
    sys.exit(main())
