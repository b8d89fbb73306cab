#!/usr/bin/env python3
"""Runs a page's tour: every `$ command` under a `<!-- tour -->` must print what the page shows. A command that ends
with `<<'SQL'` goes on until the line `SQL`.

Times are compared by their shape, user ids not at all. Usage: readme_tour_test.py PAGE GIROD GIRO
"""

import os
import re
import subprocess
import sys
import tempfile

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
USER = re.compile(r'"uid":\d+')


def steps(readme):
    """The tour's (command, expected output) pairs, in order."""
    found = []
    for part in readme.split("<!-- tour -->\n")[1:]:
        for line in part.splitlines():
            if line and not line.startswith("    "):
                break
            text = line[4:]
            if text.startswith("$ "):
                found.append(([text[2:]], []))
            elif found and found[-1][0][0].endswith("<<'SQL'") and found[-1][0][-1] != "SQL":
                found[-1][0].append(text)
            elif found:
                found[-1][1].append(text)
    return [("\n".join(command), "\n".join(output).rstrip()) for command, output in found]


def masked(text):
    text = USER.sub('"uid":N', TIME.sub("T" * 30, text))
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()


def main():
    readme, girod, giro = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(
            os.environ,
            TOUR=folder,
            GIRO_SOCKET=f"{folder}/giro.sock",
            NO_COLOR="1",
            PATH=f"{os.path.dirname(girod)}:{os.path.dirname(giro)}:{os.environ['PATH']}",
        )
        with open(f"{folder}/log", "w", encoding="utf-8") as log:
            daemon = subprocess.Popen(
                [girod, "--init", "--data", f"{folder}/data", "--socket", environment["GIRO_SOCKET"]], stderr=log
            )
        try:
            subprocess.run([giro, "ready", "--timeout", "30"], env=environment, check=True)
            tour = steps(open(readme, encoding="utf-8").read())
            assert len(tour) > 8, "the page lost its tour"
            for command, expected in tour:
                done = subprocess.run(
                    command, shell=True, env=environment, stdout=subprocess.PIPE, text=True, check=False
                )
                if masked(done.stdout) != masked(expected):
                    print(f"$ {command}\nthe page says:\n{expected}\n\nit prints:\n{done.stdout}")
                    return 1
        finally:
            daemon.terminate()
            code = daemon.wait(timeout=60)
        assert code == 0, f"girod ended with {code}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
