#!/usr/bin/env python3
"""Copies of the sources that have defects to be switched on (mutants.toml).

Usage: make_mutants.py MUTANTS_TOML SOURCES --files            the files that have any, a line each
       make_mutants.py MUTANTS_TOML SOURCES --write FOLDER     their copies, and names.inc for the test
"""

import pathlib
import sys
import tomllib


def mutated(text, mutant):
    place = mutant["place"].strip("\n")
    if (count := text.count(place)) != 1:
        sys.exit(f"mutant {mutant['name']}: its place is {count} times in {mutant['file']}, and must be there once")
    return text.replace(place, mutant["becomes"].strip("\n"))


def main():
    mutants = tomllib.loads(pathlib.Path(sys.argv[1]).read_text())["mutant"]
    sources = pathlib.Path(sys.argv[2])
    files = list(dict.fromkeys(mutant["file"] for mutant in mutants))
    if sys.argv[3] == "--files":
        print("\n".join(files))
        return
    folder = pathlib.Path(sys.argv[4])
    for file in files:
        text = (sources / file).read_text()
        for mutant in mutants:
            if mutant["file"] == file:
                text = mutated(text, mutant)
        copy = folder / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text('#include "tests/mutants/is_mutant.hpp"\n' + text)
    names = [f'    Mutant{{.name = "{mutant["name"]}", .what = "{mutant["what"]}"}},\n' for mutant in mutants]
    (folder / "mutants.inc").write_text("".join(names))


main()
