#!/usr/bin/env python3
"""Each class has a name of its own. Two of one name in one namespace are undefined behaviour where both get into one
program (C++, the one-definition rule): no compiler and no linker has to say so, and the program takes one for the other.

Usage: names_test.py SOURCES
"""

import collections
import pathlib
import re
import sys
import unittest

SOURCES = pathlib.Path(sys.argv[1])
FOLDERS = ("api", "bench", "cli", "daemon", "engine", "ledger", "protocol", "queue", "relay", "session", "tests")
NAMESPACE = re.compile(r"(?:inline )?namespace ([\w:]*) ?\{$")
DEFINITION = re.compile(r"(?:template *<.*> *)?(?:class|struct|enum class|union) (\w+)(?: final)? *(?::[^:].*)?\{")


def definitions(text, file):
    """The qualified names that the file defines outside of any class; what has no name is the file's own."""
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    depth, within = 0, []
    for line in re.sub(r"//[^\n]*", "", text).splitlines():
        line = line.strip()
        if namespace := NAMESPACE.match(line):
            within.append((namespace[1] or str(file), depth))
        elif within and depth == within[-1][1] + 1 and (found := DEFINITION.match(line)):
            yield "::".join([name for name, _ in within] + [found[1]])
        depth += line.count("{") - line.count("}")
        while within and depth <= within[-1][1]:
            within.pop()


class Names(unittest.TestCase):
    def test_each_class_has_a_name_of_its_own(self):
        files = collections.defaultdict(set)
        for folder in FOLDERS:
            for file in sorted((SOURCES / folder).rglob("*.[ch]pp")):
                for name in definitions(file.read_text(encoding="utf-8"), file):
                    files[name].add(str(file.relative_to(SOURCES)))
        self.assertGreater(len(files), 500, "the sources are looked for in the wrong place")
        self.assertEqual({name: where for name, where in files.items() if len(where) > 1}, {})

    def test_of_one_name_twice_it_is_told(self):
        """So the test above can fail."""
        text = "namespace a {\nnamespace {\nstruct Own {\n};\n}\nclass C final : B {\n  struct Inner {};\n};\n}\n"
        self.assertEqual(list(definitions(text, "f")), ["a::f::Own", "a::C"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
