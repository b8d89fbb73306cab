#!/usr/bin/env python3
"""Files of payments through the real `giro submit`: what is paid, what isn't, and what is told.

Usage: submit_test.py GIROD GIRO
"""

import json
import os
import sys
import unittest

from daemon_case import DONE, REJECTED, USAGE, DaemonCase, json_of

HEADER = "key,from,to,amount,currency,description\n"


def ndjson(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


class Submit(DaemonCase):
    def submit(self, text, *words):
        return self.run_giro("submit", "-", *words, text=text)

    def test_a_row_with_a_wrong_value_is_named_by_its_line_and_the_rest_goes_on(self):
        rows = HEADER + "r-1,world,acct:a,1.00,EUR,\nr-2,world,acct:a,one,EUR,\n"
        rows += "r-3,world,acct:a,1.00,NONE,\nr-4,world,acct:a,1.00,EUR,\n"
        done = self.submit(rows)
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("2 applied, 0 rejected, 0 replayed, 2 errors", done.stdout)
        self.assertIn("line 3", done.stderr)
        self.assertIn("line 4", done.stderr)

    def test_text_behind_a_broken_row_is_never_paid(self):
        self.run_giro("account", "open", "acct:hidden", "--currency", "EUR")
        hidden = "\nHIDDEN,world,acct:hidden,500.00,EUR,text\n"
        broken = ('"thanks', 'x "thanks', "Smith, John", "x\ry")
        for number, text in enumerate(broken):
            with self.subTest(text=text):
                rows = HEADER + f"b-{number},world,acct:a,1.00,EUR,\nc-{number},world,acct:a,1.00,EUR,{text}"
                done = self.submit(rows + hidden + 'bye" x\n')
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
                self.assertIn("line 3: ", done.stderr)
                self.assertIn("1 applied", done.stderr)
                self.assertIn("submit the same file again", done.stderr)
                self.assertEqual(self.run_giro("get", f"b-{number}").returncode, DONE)
                self.assertEqual(self.run_giro("get", f"c-{number}").returncode, REJECTED)
        self.assertEqual(self.balance("acct:hidden"), 0)

    def test_a_number_that_fits_nowhere_costs_its_row_alone(self):
        rows = [{"key": f"big-{i}", "from": "world", "to": "acct:b", "amount": 1, "currency": "EUR"} for i in range(50)]
        rows[33]["amount"] = 2**64
        rows[44]["metadata"] = {"deep": json.loads("[" * 40 + "]" * 40)}
        done = self.submit(ndjson(rows))
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("48 applied, 0 rejected, 0 replayed, 2 errors", done.stdout)
        self.assertIn("line 34: ", done.stderr)
        self.assertIn("line 45: ", done.stderr)

    def test_a_file_of_ndjson_takes_effect_once_however_often_it_is_sent(self):
        rows = ndjson(
            {"key": f"n-{i}", "from": "world", "to": "acct:b", "amount": 100, "currency": "EUR"} for i in range(5000)
        )
        first = self.submit(rows)
        self.assertEqual((first.returncode, first.stdout.strip()), (DONE, "5000 applied, 0 rejected, 0 replayed"))
        again = self.submit(rows)
        self.assertEqual((again.returncode, again.stdout.strip()), (DONE, "0 applied, 0 rejected, 5000 replayed"))

    def test_two_rows_with_one_key_are_told_with_their_lines(self):
        row = "twice,world,acct:a,8.00,EUR,\n"
        done = self.submit(HEADER + row + "\n" + row)
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("line 4: same_key_in_file: the row in line 2 has the key twice", done.stderr)
        self.assertEqual(json_of(self.submit(HEADER + row + row, "--json"))["same_key_in_file"], 1)

    def test_rejections_told_again_arent_told_as_paid(self):
        rows = HEADER + "old-1,world,acct:a,1.00,EUR,\nold-2,acct:poor,acct:a,1.00,EUR,\n"
        self.assertEqual(self.submit(rows).returncode, REJECTED)
        again = self.submit(rows)
        self.assertEqual(again.returncode, REJECTED)
        self.assertEqual(again.stdout, "0 applied, 0 rejected, 2 replayed (1 of them rejected)\n")
        self.assertIn("under new keys", again.stderr)
        figures = json_of(self.submit(rows, "--json"))
        self.assertEqual((figures["replayed_applied"], figures["replayed_rejected"]), (1, 1))

    def test_the_rows_that_werent_applied_are_written_out_to_be_sent_under_new_keys(self):
        rejects = self.path("rejects.csv")
        poor = 'rej-1,acct:poor,"acct:a",1.00,EUR,"two\nlines"\n'
        wrong = "rej-2,world,acct:a,one,EUR,\n"
        rows = HEADER + poor + "rej-3,world,acct:poor,1.00,EUR,\n" + wrong
        done = self.submit(rows, "--rejects", rejects)
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn(f"{rejects}: 2", done.stderr)
        with open(rejects, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text, HEADER + poor + wrong)
        self.assertEqual(os.stat(rejects).st_mode & 0o777, 0o600)

        self.assertEqual(self.submit(rows, "--rejects", rejects).returncode, USAGE, "It must not be overwritten.")
        mended = self.submit(text.replace("rej-", "mended-").replace("one", "1.00"))
        self.assertEqual((mended.returncode, mended.stdout), (DONE, "2 applied, 0 rejected, 0 replayed\n"))

    def test_no_rejects_file_comes_of_a_file_that_was_applied(self):
        rejects = self.path("none.csv")
        done = self.submit(HEADER + "fine-1,world,acct:a,1.00,EUR,\n", "--rejects", rejects)
        self.assertEqual(done.returncode, DONE)
        self.assertFalse(os.path.exists(rejects))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
