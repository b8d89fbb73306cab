#!/usr/bin/env python3
"""Runs the commands of docs/OPERATIONS.md, and holds its table of log messages against the sources.

The page speaks of a machine with systemd. Here its folders lie in one of the test's own, and a script stands for
systemctl and journalctl: it starts and stops the same girod, with the sample configuration. What is printed is shown with
the page's paths again. With --write the page gets what the programs print now.

Usage: operations_test.py PAGE GIROD GIRO [--write]
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from readme_tour_test import masked, numbered, steps

LOG_TIME = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]{12}[+-]\d\d:\d\d ", re.MULTILINE)
FOLDERS = ("/etc/giro", "/run/giro", "/srv/backup", "/var/lib")

SYSTEMCTL = """#!/bin/sh
stopped() { tail -n 1 {root}/log | grep -q ': stopped$'; }
case $1 in
  start) girod --config {root}/etc/giro/girod.toml --init-once {root}/var/lib/girod/ledger-was-made >>{root}/log 2>&1 &
    echo $! >{root}/pid
    giro ready --timeout 30 >/dev/null ;;
  stop) kill "$(cat {root}/pid)" && until stopped; do sleep 0.05; done ;;
  reload) kill -HUP "$(cat {root}/pid)" && until tail -n 2 {root}/log | grep -q reloaded; do sleep 0.05; done ;;
  show) cat {root}/pid ;;
esac
"""
JOURNALCTL = """#!/bin/sh
sed 's/^[^ ]* [a-z]*: //' {root}/log
"""


class Machine:
    """Stands for the machine that the page is about."""

    def __init__(self, root, repository, girod, giro):
        self.root = root
        for folder in (*FOLDERS, "/bin", "/var/lib/giro", "/var/lib/girod"):
            os.makedirs(root + folder)
        os.chmod(f"{root}/var/lib/giro", 0o700)
        sample = (repository / "systemd" / "girod.toml").read_text(encoding="utf-8")
        self.write("etc/giro/girod.toml", self.here(sample))
        for name, script in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
            self.write(f"bin/{name}", script.replace("{root}", root))
            os.chmod(f"{root}/bin/{name}", 0o755)
        programs = f"{root}/bin:{os.path.dirname(girod)}:{os.path.dirname(giro)}:{os.environ['PATH']}"
        self.environment = dict(os.environ, GIRO_SOCKET=f"{root}/run/giro/giro.sock", NO_COLOR="1", PATH=programs)

    def write(self, name, text):
        with open(f"{self.root}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def here(self, text):
        for folder in FOLDERS:
            text = text.replace(folder, self.root + folder)
        text = text.replace("giro:giro", f"{os.geteuid()}:{os.getegid()}").replace('"root"', str(os.geteuid()))
        return text.replace("-l 1G", "-l 1M")  # The folder may lie in memory.

    def run(self, command):
        done = subprocess.run(
            ["bash", "-c", self.here(command)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return LOG_TIME.sub("2026-11-23T09:00:00.000+00:00 ", done.stdout.replace(self.root, ""))


def run_page(path, lines, machine, write):
    tour = steps(lines)
    assert len(tour) > 20, "the page lost its commands"
    try:
        printed = []
        for step in tour:
            printed.append(machine.run(step.command))
            expected = "\n".join(line[4:] for line in lines[step.begin : step.end])
            if not write and masked(printed[-1]) != masked(expected):
                print(f"$ {step.command}\nthe page says:\n{expected}\n\nit prints:\n{printed[-1]}")
                return 1
    finally:
        machine.run("systemctl stop girod")
    if write:
        times = {}
        shown = [numbered(text, times).rstrip("\n").splitlines() for text in printed]
        for step, text in reversed(list(zip(tour, shown))):
            lines[step.begin : step.end] = [f"    {line}".rstrip() for line in text]
        path.write_text("\n".join(lines), encoding="utf-8")
    return 0


# --- the log ---

# What says something at warning or above; the words follow as string literals.
SAYS = re.compile(
    r"(?:spdlog::(?:warn|error|critical)|log_notice|tell|tell_|tell_of_socket|log_\.warn|backend_\.warn|alarm"
    r"|notices_?\.(?:push_back|emplace_back)|fail|fail_unknown|Failure|attempt|log_lines)\("
    r"|(?:trouble|news_|found\.words) =|text = std::to_string\(dropped_\)"
)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
SOURCES = ("daemon", "engine", "session", "ledger/store")
SHORT = 16  # Characters: less isn't a message but a part of one.


def statements(repository):
    """Each statement of the sources that has words: where it is, its code, and its literals as one text."""
    for folder in SOURCES:
        for file in sorted((repository / folder).rglob("*.cpp")):
            line = 1
            for code in file.read_text(encoding="utf-8").split(";\n"):
                words = "".join(LITERAL.findall(code))
                if len(words) >= SHORT:
                    yield f"{file.relative_to(repository)}:{line}", code, words
                line += code.count("\n") + 1


def says(row, words):
    return all(piece.strip(" ()") in words for piece in row.split("..."))


def check_log_table(lines, repository):
    """Each row of the tables is a message of the sources, and each message at warning or above has a row."""
    begin, end = lines.index("## What the log says"), lines.index("### By event")
    rows = [line.split("`")[1] for line in lines[begin:end] if line.startswith("| `")]
    assert len(rows) > 20, "the page lost its table of messages"
    texts = list(statements(repository))
    gone = [row for row in rows if not any(says(row, words) for _, _, words in texts)]
    told = [text for text in texts if SAYS.search(text[1]) and "Severity::info" not in text[1]]
    quoted = re.findall(r"`([^`]*)`", "\n".join(lines[begin:end]))
    shown = rows + [text for text in quoted if len(text) > 30]  # A command is shorter.
    missing = [f"{where}: {words}" for where, _, words in told if not any(says(row, words) for row in shown)]
    for row in gone:
        print(f"no source says: {row}")
    for row in missing:
        print(f"the page doesn't say what this means: {row}")
    return 1 if gone or missing else 0


def check_events(lines, repository):
    """The page has the MESSAGE_ID of each event, in the sources' order."""
    source = (repository / "daemon/message_ids.hpp").read_text(encoding="utf-8")
    ids = re.findall(r'"([0-9a-f]{32})"', source)
    shown = [row.split("`")[1] for row in lines if re.match(r"\| `[0-9a-f]{32}` ", row)]
    if shown == ids and ids:
        return 0
    print(f"the page's events are {shown}, the sources' {ids}")
    return 1


def main():
    page, girod, giro = sys.argv[1:4]
    path = pathlib.Path(page).resolve()
    repository = path.parents[1]
    lines = path.read_text(encoding="utf-8").split("\n")
    with tempfile.TemporaryDirectory() as root:
        ran = run_page(path, lines, Machine(root, repository, girod, giro), write=sys.argv[4:] == ["--write"])
    return ran or check_log_table(lines, repository) or check_events(lines, repository)


if __name__ == "__main__":
    sys.exit(main())
