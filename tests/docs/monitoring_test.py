#!/usr/bin/env python3
"""Checks the dashboard and the alert rules of contrib/: with promtool, and against the metrics of docs/METRICS.md.

Usage: monitoring_test.py REPOSITORY
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(sys.argv[1]).resolve()
RULES = REPOSITORY / "contrib" / "prometheus" / "alerts.yml"
RULE_TESTS = RULES.with_name("alerts_test.yml")
DASHBOARD = REPOSITORY / "contrib" / "grafana" / "giro.json"

# What Grafana puts in place of its variables.
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*"}


def known_metrics():
    """The names that /metrics has: tests of the daemon hold docs/METRICS.md to be exactly these."""
    page = (REPOSITORY / "docs" / "METRICS.md").read_text(encoding="utf-8")
    names = set()
    for name, kind in re.findall(r"^\| `(giro_\w+)` \| (\w+)", page, re.MULTILINE):
        names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return names


def metrics_in(text):
    return set(re.findall(r"\bgiro_\w+", text))


def dashboard():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def expressions():
    found = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])]
    for variable, value in VARIABLES.items():
        found = [expression.replace(variable, value) for expression in found]
    return found


class MonitoringTest(unittest.TestCase):
    def promtool(self, *words):
        if shutil.which("promtool") is None:
            self.skipTest("promtool, of Debian's package prometheus, isn't here")
        ran = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_dashboard_and_rules_ask_for_metrics_that_exist(self):
        self.assertGreater(len(known_metrics()), 30)
        self.assertEqual(metrics_in("\n".join(expressions())) - known_metrics(), set())
        rules = re.findall(r"^ +expr: (.*)$", RULES.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertGreater(len(rules), 15)
        self.assertEqual(metrics_in("\n".join(rules)) - known_metrics(), set())

    def test_every_alert_says_what_happened_what_it_means_for_the_money_and_what_to_do_and_is_tested(self):
        tests = RULE_TESTS.read_text(encoding="utf-8")
        alerts = re.split(r"^ +- alert: ", RULES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        for alert in alerts:
            name = alert.splitlines()[0]
            for part in ("severity: (?:page|ticket)}", "summary: ", "money: ", "action: "):
                self.assertRegex(alert, part, name)
            self.assertIn(f'labels: \'{{alertname="{name}"}}\'', tests)

    def test_promtool_takes_the_rules(self):
        self.promtool("check", "rules", str(RULES))

    def test_the_alerts_fire_when_they_should_and_not_otherwise(self):
        self.promtool("test", "rules", str(RULE_TESTS))

    def test_promtool_parses_every_expression_of_the_dashboard(self):
        self.assertNotIn("$", "\n".join(expressions()), "a variable that the test doesn't know")
        rules = "groups:\n- name: dashboard\n  rules:\n" + "".join(
            f"  - record: dashboard:expression:{number}\n    expr: {json.dumps(expression)}\n"
            for number, expression in enumerate(expressions())
        )
        with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
            file.write(rules)
            file.flush()
            self.promtool("check", "rules", file.name)

    def test_the_panels_have_titles_and_places_of_their_own(self):
        panels = dashboard()["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        self.assertTrue(all(panel["title"] for panel in panels))
        cells = set()
        for place in (panel["gridPos"] for panel in panels):
            self.assertLessEqual(place["x"] + place["w"], 24)
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), cells, place)
                    cells.add((x, y))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)  # A skipped test says why.
