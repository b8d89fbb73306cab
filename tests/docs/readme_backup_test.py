#!/usr/bin/env python3
"""Runs the README's backup under load, and its restore, as another user where that can be; then pays on.

The folders, the user and systemd's commands are replaced by the test's own. Usage: readme_backup_test.py README GIROD GIRO
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PAYMENTS = 200_000
NOBODY = 54321  # A user id that no account has.


def commands(readme, mark):
    """The `$ command`s below `<!-- mark -->`."""
    block = readme.split(f"<!-- {mark} -->\n")[1]
    lines = re.match(r"(?:    .*\n)+", block).group().splitlines()
    return [line.removeprefix("    $ ") for line in lines]


class Restore:
    def __init__(self, folder, girod, giro):
        self.folder = folder
        self.data = f"{folder}/lib/giro"
        self.socket = f"{folder}/run/giro.sock"
        self.giro_program = giro
        # Another user may not get at the one that was built.
        self.girod = shutil.copy(girod, f"{folder}/girod")
        self.another_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self.daemon = None
        for name in ("lib", "backup", "run"):
            os.mkdir(f"{folder}/{name}")
        os.chmod(folder, 0o755)

    def start(self, *words, **user):
        if user:
            os.chown(f"{self.folder}/run", NOBODY, NOBODY)
        self.daemon = subprocess.Popen(
            [self.girod, *words, "--data", self.data, "--socket", self.socket], stderr=subprocess.DEVNULL, **user
        )
        self.giro("ready", "--timeout", "30")

    def stop(self):
        self.daemon.terminate()
        assert self.daemon.wait(timeout=60) == 0

    def giro(self, *words):
        return subprocess.run(
            [self.giro_program, *words], env=self.environment(), stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def environment(self):
        programs = f"{os.path.dirname(self.giro_program)}:{os.environ['PATH']}"
        return dict(os.environ, GIRO_SOCKET=self.socket, PATH=programs)

    def run(self, lines):
        """Runs lines of the README as one script would, but for what systemd does."""
        script = []
        for line in lines:
            if line.startswith("systemctl"):
                self.shell(script)
                script = []
                self.stop() if " stop " in line else self.start(**self.another_user)
            else:
                script.append(self.here(line))
        self.shell(script)

    def here(self, line):
        user, group = (NOBODY, NOBODY) if self.another_user else (os.geteuid(), os.getegid())
        line = line.replace("/var/lib/", f"{self.folder}/lib/").replace("/srv/backup/", f"{self.folder}/backup/")
        line = line.replace("giro-2026-11-25.giro", "giro-$(date +%F).giro")
        return line.replace("-o giro -g giro", f"-o {user} -g {group}")

    def shell(self, script):
        text = "set -e\n" + "\n".join(script)
        subprocess.run(["bash", "-c", text], env=self.environment(), stdout=subprocess.DEVNULL, check=True)


def check(readme, here, processes):
    here.start("--init")
    here.giro("account", "open", "world", "--currency", "EUR", "--floor", "none")
    here.giro("account", "open", "a", "--currency", "EUR")
    payments = f"{here.folder}/payments.csv"
    with open(payments, "w", encoding="utf-8") as file:
        file.write("key,from,to,amount,currency\n")
        file.writelines(f"k-{i},world,a,0.01,EUR\n" for i in range(PAYMENTS))

    # Small batches: a commit every few hundred microseconds, before, during and after the backup.
    load = subprocess.Popen([here.giro_program, "submit", "--batch", "10", payments], env=here.environment())
    processes.append(load)
    while json.loads(here.giro("status", "--json"))["seq"] < 1_000:
        pass
    here.run(commands(readme, "backup"))
    assert load.poll() is None, "the load ended before the backup did"
    load.terminate()
    load.wait()
    decided = json.loads(here.giro("status", "--json"))["seq"]
    for name in os.listdir(f"{here.folder}/backup"):
        assert os.stat(f"{here.folder}/backup/{name}").st_mode & 0o077 == 0, f"others may read {name}"

    here.run(commands(readme, "restore"))
    restored = json.loads(here.giro("status", "--json"))["seq"]
    assert 1_000 <= restored <= decided, (restored, decided)
    figures = json.loads(here.giro("submit", "--json", payments))
    assert figures["applied"] + figures["replayed"] == PAYMENTS, figures
    assert figures["replayed"] == restored - 2, (figures, restored)  # Two entries opened accounts.
    assert json.loads(here.giro("account", "show", "a", "--json"))["balance"] == PAYMENTS
    here.giro("verify")
    here.stop()


def main():
    readme_path, girod, giro = sys.argv[1:]
    with open(readme_path, encoding="utf-8") as file:
        readme = file.read()
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        here = Restore(folder, girod, giro)
        try:
            check(readme, here, processes)
        finally:
            for process in [*processes, here.daemon]:
                process.kill()
                process.wait()


if __name__ == "__main__":
    main()
