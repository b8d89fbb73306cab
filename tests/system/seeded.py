"""Choices that can be made again: by GIRO_SEED, or by a seed that is drawn and shown, with the command, where the test fails.

Of real processes it repeats what is chosen, and not how long they take.
"""

import functools
import os
import random
import sys


def seeded(test):
    """Gives the test a `random.Random` beside itself."""

    @functools.wraps(test)
    def run(case):
        seed = int(os.environ.get("GIRO_SEED") or random.SystemRandom().randrange(2**32))
        try:
            test(case, random.Random(seed))
        except Exception:
            name = f"{type(case).__name__}.{test.__name__}"
            print("Again:", f"GIRO_SEED={seed}", *sys.orig_argv, name, file=sys.stderr, flush=True)
            raise

    return run
