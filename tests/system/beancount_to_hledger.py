#!/usr/bin/env python3
"""A beancount file as an hledger journal, each posting at what it weighs. Usage: beancount_to_hledger.py FILE

Run by the Python that has beancount, which needn't be the one that runs the tests.
"""

import sys

from beancount import loader
from beancount.core import convert, data


def main():
    entries, errors, _ = loader.load_file(sys.argv[1])
    assert not errors, errors
    for entry in entries:
        if not isinstance(entry, data.Transaction):
            continue
        print(entry.date, (entry.narration or entry.payee or "").replace(";", ","))
        for posting in entry.postings:
            weight = convert.get_weight(posting)
            priced = weight.currency != posting.units.currency
            # A total price is without a sign: it has that of the quantity.
            price = f" @@ {abs(weight.number)} {weight.currency}" if priced else ""
            print(f"    {posting.account}  {posting.units}{price}")
        print()


main()
