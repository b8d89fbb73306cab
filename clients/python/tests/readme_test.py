#!/usr/bin/env python3
"""Runs the README's examples: every `>>>` must print what the page shows (`...` stands for what differs each time), and
the signatures that it names must exist. Usage: readme_test.py GIROD GIRO
"""

import doctest
import os
import unittest

from support import PACKAGE, DaemonCase, run

README = f"{PACKAGE}/README.md"


class Readme(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.was = os.environ.get("GIRO_SOCKET")
        os.environ["GIRO_SOCKET"] = cls.fresh_daemon()

    @classmethod
    def tearDownClass(cls):
        os.environ.pop("GIRO_SOCKET")
        if cls.was is not None:
            os.environ["GIRO_SOCKET"] = cls.was
        cls.stop_daemon(cls.other)
        super().tearDownClass()

    @classmethod
    def fresh_daemon(cls):
        """Without the accounts of other tests."""
        cls.other = cls.start_daemon(data=cls.path("fresh"), socket=cls.path("s"))
        return cls.path("s")

    def test_the_examples_do_what_the_page_says(self):
        with open(README, encoding="utf-8") as page:
            examples = doctest.DocTestParser().get_doctest(page.read(), {"__name__": "readme"}, "README", README, 0)
        self.assertGreater(len(examples.examples), 20, "the page lost its examples")
        failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(examples).failed
        self.assertEqual(failed, 0)


if __name__ == "__main__":
    run()
