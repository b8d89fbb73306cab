#!/usr/bin/env python3
"""Writes the answers in docs/PROTOCOL.md anew: sends its examples to a fresh daemon, in their order.

    tests/docs/write_examples.py build/release/bin/girod

Read what it changed before you keep it: the page says what the daemon should answer, and a test holds both to it.
What differs from run to run is written as on the page: times follow seqs, the user is 0.
"""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "PROTOCOL.md"


OF_A_RUN = {
    "uid": 0,
    "pid": 4711,
    "head_digest": "5b0c",
    "version": "0.1.0",
    "sqlite": "3.54.1",
    "data": "/var/lib/giro",
    "commits": 29,
    "ledger_bytes": 139264,
    "wal_bytes": 98304,
    "uptime_s": 60,
}


def steady(value, key=None, seq=None):
    if isinstance(value, dict):
        seq = value.get("seq", seq)
        return {name: steady(item, name, seq) for name, item in value.items()}
    if isinstance(value, list):
        return [steady(item, None, seq) for item in value]
    if key == "at" and isinstance(value, str):
        return f"2026-11-23T09:00:00.{seq:09d}Z"
    of_a_run = OF_A_RUN.get(key)
    return of_a_run if type(of_a_run) is type(value) else value


def elided(page, answer):
    """The answer without what the page leaves out, as "..." or ["..."]."""
    if page in ("...", ["..."]):
        return page
    if isinstance(page, dict) and isinstance(answer, dict):
        return {name: elided(page.get(name), item) for name, item in answer.items()}
    return answer


def connect(path):
    for _ in range(200):
        try:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            return connection.makefile("rw", encoding="utf-8")
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the daemon doesn't answer")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/giro.sock"
        daemon = subprocess.Popen([sys.argv[1], "--init", "--data", folder + "/ledger", "--socket", path],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            stream, lines = connect(path), []
            for line in PAGE.read_text(encoding="utf-8").splitlines():
                if line.startswith("    -> "):
                    stream.write(line[7:] + "\n")
                    stream.flush()
                elif line.startswith("    <- "):
                    answer = elided(json.loads(line[7:]), steady(json.loads(stream.readline())))
                    line = "    <- " + json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
                lines.append(line)
            PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
        finally:
            daemon.terminate()
            daemon.wait()


if __name__ == "__main__":
    main()
