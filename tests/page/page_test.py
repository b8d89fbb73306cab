#!/usr/bin/env python3
"""The page that girod serves: each view shows what the ledger has, and nothing in the ledger can act in it.

Usage: page_test.py GIROD GIRO SCRATCH

SCRATCH: a folder for screenshots and axe-core, which is kept from run to run.
"""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "system"))

from daemon_case import DaemonCase, json_of  # noqa: E402

import browser  # noqa: E402

SCRATCH = sys.argv[3]
SIZE_MAX = 150 * 1024
BIG = 2**53 + 1  # The first whole number that a double doesn't have.
BIG_TEXT = "90071992547409.93"
HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'
TOKEN = "0123456789abcdef0123456789abcdef"
ENTER, TAB = "\ue007", "\ue004"


def free_port():
    with contextlib.closing(socket.socket()) as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


def plain(text):
    """Spaces and signs as a keyboard has them."""
    return text.replace("\u202f", "").replace("\u2212", "-").replace("\u00a0", " ")


def decimals(minor):
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02} EUR"


class PageCase(DaemonCase):
    """A daemon with a port that stays the same after a restart, and a browser."""

    @classmethod
    def setUpClass(cls):
        if not browser.is_here():
            raise unittest.SkipTest("chromium and chromedriver aren't here (Debian: chromium, chromium-driver)")
        cls.port = free_port()
        cls.CONFIG = f'[http]\nlisten = "127.0.0.1:{cls.port}"\n' + cls.more_config()
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.quit)
        super().setUpClass()
        cls.fill()

    @classmethod
    def more_config(cls):
        return ""

    @classmethod
    def fill(cls):
        pass

    @classmethod
    def ask(cls, path, method="GET", **headers):
        """(status, headers, text), without the browser."""
        connection = http.client.HTTPConnection("127.0.0.1", cls.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()

    @classmethod
    def result(cls, path):
        return json.loads(cls.ask(path)[2])

    @classmethod
    def submit(cls, method, params):
        """By the daemon's own socket, for what giro's command line doesn't take."""
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n"
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
            client.connect(cls.socket)
            client.sendall(line.encode())
            return json.loads(client.makefile().readline())["result"]

    @classmethod
    def pay(cls, payer, receiver, minor, key, **more):
        return cls.submit("payments.submit", {"key": key, "from": payer, "to": receiver, "amount": minor, "currency": "EUR", **more})

    def see(self, address, selector):
        """Opens a view anew and waits for what it shows."""
        self.browser.open("about:blank")
        self.browser.open(f"http://127.0.0.1:{self.port}/{address}")
        self.browser.wait(selector, lambda: self.browser.text(selector))

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])
        self.assertIsNone(self.browser.run("return window.hurt ?? null"))


class Page(PageCase):
    @classmethod
    def fill(cls):
        cls.done("account", "open", "bank", "--currency", "EUR", "--floor", "none")
        cls.done("account", "open", "dollars", "--currency", "USD", "--floor", "none")
        cls.done("account", "open", "customers:ada", "customers:bob", "customers:bob:savings", "shop:sales", "--currency", "EUR")
        cls.pay("bank", "shop:sales", BIG, "big")
        cls.pay("bank", "customers:ada", 50000, "top-1")
        for n in range(120):
            cls.pay("customers:ada", "customers:bob", 100 + n, f"coffee-{n}", reference=f"cup {n}")
        cls.pay("customers:bob", "customers:bob:savings", 500, "save-1")
        cls.pay("customers:ada", "shop:sales", 10**9, "too-much")
        cls.submit("payments.hold", {"key": "room-7", "from": "customers:ada", "to": "shop:sales", "amount": 9000, "currency": "EUR"})
        cls.submit("payments.capture", {"key": "room-7-night", "hold": "room-7", "amount": 2000, "final": True})
        cls.submit("payments.reverse", {"key": "room-7-back", "original": "room-7-night", "amount": 500})
        cls.submit("payments.submit", {"key": "two", "legs": [
            {"from": "customers:bob", "to": "shop:sales", "amount": 300, "currency": "EUR"},
            {"from": "shop:sales", "to": "bank", "amount": 20, "currency": "EUR"}]})
        cls.submit("accounts.open", {"id": "hostile:..", "currency": "EUR", "metadata": {"note": HOSTILE}})
        cls.submit("accounts.open", {"id": "..", "currency": "EUR"})
        cls.pay("bank", "hostile:..", 700, HOSTILE, description=HOSTILE, reference="<b>bold</b>")
        cls.pay("bank", "..", 700, "..", description='"><svg onload=window.hurt=1>')

    # --- what is served ---

    def test_the_page_is_small_complete_and_bound_to_its_own_origin(self):
        status, headers, text = self.ask("/")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        names = set(re.findall(r'(?:src|href)="(/page/[^"]+)"', text))
        texts, seen = {"/": text}, {"/"}
        while names - seen:
            name = (names - seen).pop()
            seen.add(name)
            status, headers, texts[name] = self.ask(name)
            self.assertEqual(status, 200, name)
            self.assertIn("default-src 'self'", headers["Content-Security-Policy"])
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            names |= {f"/page/{found}" for found in re.findall(r"from '\./([^']+)'", texts[name])}
        self.assertIn("/page/feed.js", seen)
        self.assertLess(sum(len(text.encode()) for text in texts.values()), SIZE_MAX)
        for name, text in texts.items():
            self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""), r"https?://", name)
            self.assertNotRegex(text, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|\bstyle=", name)
        self.assertEqual(self.ask("/", "POST")[0], 405)
        self.assertEqual(self.ask("/page/none.js")[0], 404)
        self.assertEqual(self.ask("/page/style.css", "HEAD")[2], "")

    # --- the views ---

    def test_the_overview_shows_rate_latency_queue_and_that_every_currency_sums_to_zero(self):
        self.see("#/", "#balanced")
        self.assertIn("every currency sums to zero", self.browser.text("#balanced"))
        trial = self.result("/v1/trial-balance")
        euro = next(each for each in trial["currencies"] if each["currency"] == "EUR")
        row = next(row for row in self.browser.rows("#trial") if row[0] == "EUR")
        wanted = ["EUR", str(euro["accounts"]), decimals(euro["debit"]), decimals(euro["credit"]), "0.00 EUR", "✓ zero"]
        self.assertEqual([plain(cell) for cell in row], wanted)
        self.assertGreater(euro["credit"], BIG)
        self.browser.wait("a rate", lambda: "–" not in self.browser.text("#rate strong"))
        for n in range(5):
            self.pay("bank", "acct:b", 1, f"tick-{n}")
        self.browser.wait("a latency", lambda: "ms" in self.browser.text("#median"))
        self.assertRegex(self.browser.text("#queue"), r"0of 65")
        self.assertIn("payments are decided", self.browser.text("#mood"))

    def test_the_hierarchy_opens_branch_by_branch_with_the_totals_of_the_ledger(self):
        self.see("#/accounts", "#tree tbody")
        names = [row[0] for row in self.browser.rows("#tree")]
        self.assertIn("▸customers", names)
        self.assertNotIn("customers:ada", names)
        self.browser.run("document.querySelector('[aria-label=\"What is below customers\"]').focus()")
        self.browser.press(ENTER)
        self.browser.wait("what is below", lambda: "customers:ada" in self.browser.text("#tree"))
        rows = {row[0].lstrip("▸▾"): [plain(cell) for cell in row[1:]] for row in self.browser.rows("#tree")}
        for total in self.result("/v1/totals?depth=2&prefix=customers")["rows"][1:3]:
            self.assertEqual(rows[total["prefix"]], [str(total["accounts"]), decimals(total["balance"]),
                                                     decimals(total["debit"]), decimals(total["credit"])])
        self.assertEqual(rows["shop"][1], decimals(self.result("/v1/totals?prefix=shop")["rows"][0]["balance"]))
        self.browser.press(ENTER)
        self.assertNotIn("customers:ada", [row[0] for row in self.browser.rows("#tree")])

    def test_a_statement_has_each_entry_and_the_balance_after_it(self):
        self.see("#/account/customers%3Aada", "#account tbody")
        self.browser.wait("the first page", lambda: len(self.browser.rows("#account")) == 50)
        for count in (100, None):
            self.browser.click(".more button")
            self.browser.wait("the next page", lambda: len(self.browser.rows("#account")) == count or (
                count is None and not self.browser.run("return !!document.querySelector('.more button')")))
        lines = self.result("/v1/accounts/customers:ada/statement?limit=1000")["lines"]
        shown = [[row[0], plain(row[5]).lstrip("+"), plain(row[6])] for row in self.browser.rows("#account")]
        self.assertEqual(shown, [[line["key"], decimals(line["amount"]), decimals(line["balance"])] for line in lines])
        self.assertEqual(plain(self.browser.text("#balance")), decimals(self.balance("customers:ada")))

    def test_amounts_are_exact_beyond_what_a_double_has(self):
        self.see("#/payment/big", "#amount")
        self.assertEqual(plain(self.browser.text("#amount")), f"{BIG_TEXT} EUR")

    def test_a_payment_shows_all_that_goes_together_with_it(self):
        self.see("#/payment/room-7-back", "#payment tbody")
        life = [[row[0], row[2], plain(row[4])] for row in self.browser.rows("#payment")]
        self.assertEqual(life, [["room-7", "hold", "90.00 EUR"], ["room-7-night", "capture", "20.00 EUR"],
                                ["room-7-back", "reversal", "5.00 EUR"]])
        self.see("#/payment/two", "#payment tbody")
        self.assertEqual([plain(cell) for cell in self.browser.rows("#payment")[0][:3]], ["customers:bob", "shop:sales", "3.00 EUR"])
        self.see("#/payment", "main form")
        self.browser.type("#payment-key", "never" + ENTER)
        self.browser.wait("no such payment", lambda: "no money moved" in self.browser.text("#unknown"))

    def test_rejections_are_counted_by_reason_and_explained_in_the_daemons_own_words(self):
        self.see("#/rejections/insufficient_funds", "#rejected tbody")
        reply = self.submit("payments.list", {"status": "rejected"})["payments"]
        self.assertEqual([row[0] for row in self.browser.rows("#rejected")], [entry["key"] for entry in reply])
        words = json.loads(self.ask("/page/rejections.json")[2])["insufficient_funds"]
        self.assertIn("Once it has money, send the payment under a new key", words)
        self.browser.wait("the counts", lambda: self.browser.rows("#counts"))
        self.assertEqual(self.browser.rows("#counts"), [["insufficient_funds", "1", words]])
        self.assertEqual(self.browser.text("#why"), words)
        self.see("#/payment/too-much", "#why")
        self.assertEqual(self.browser.text("#why"), words)

    def test_the_feed_goes_on_behind_a_restart_without_a_gap(self):
        self.see("#/feed", "main tbody")
        self.pay("bank", "acct:b", 1, "live-1")
        self.browser.wait("the decision", lambda: self.browser.rows("main")[0][0] == "live-1")
        cls = type(self)
        self.stop_daemon(cls.daemon)
        cls.daemon = self.start_daemon("--config", self.path("girod.toml"), data=self.path("data"), socket=self.socket)
        for n in range(3):
            self.pay("bank", "acct:b", 1, f"again-{n}")
        self.browser.wait("the feed", lambda: self.browser.rows("main")[0][0] == "again-2")
        self.assertEqual([row[0] for row in self.browser.rows("main")[:4]], ["again-2", "again-1", "again-0", "live-1"])
        self.assertIn("connected", self.browser.text("#connection"))
        self.browser.click(".bar button")
        self.pay("bank", "acct:b", 1, "paused")
        self.assertIn("Paused", self.browser.text("#feed-state"))
        self.assertNotIn("paused", self.browser.text("main tbody"))
        self.browser.click(".bar button")
        self.browser.wait("the feed", lambda: self.browser.rows("main")[0][0] == "paused")

    def test_what_clients_wrote_is_shown_to_the_letter_and_does_nothing(self):
        self.see("#/account/hostile%3A..", "#account tbody tr")
        self.assertIn(HOSTILE, self.browser.text("#account tbody"))
        self.assertIn("<b>bold</b>", self.browser.text("#account tbody"))
        self.browser.click("#account tbody th a")
        self.browser.wait("the payment", lambda: HOSTILE in self.browser.text("#payment dl"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('main img, main script, main b, main svg').length"), 0)
        for address, selector in (("#/payment/..", "#amount"), ("#/account/..", "#balance")):
            self.see(address, selector)
            self.assertEqual(plain(self.browser.text(selector)), "7.00 EUR")
        self.see("#/rejections/" + "%3Cimg%20src=x%20onerror=window.hurt=1%3E", "#why")
        self.assertIn("no such reason", self.browser.text("#why"))
        self.see("#/payment/%", "h1")
        self.assertIn("nothing at this address", self.browser.text("h1"))

    # --- for everybody ---

    VIEWS = {"overview": ("#/", "#balanced"), "accounts": ("#/accounts", "#tree tbody"),
             "statement": ("#/account/customers%3Aada", "#account tbody"), "payment": ("#/payment/room-7", "#payment tbody"),
             "rejections": ("#/rejections", "#rejected tbody"), "feed": ("#/feed", "main tbody")}

    def test_every_view_fits_a_narrow_screen_by_day_and_by_night(self):
        os.makedirs(SCRATCH, exist_ok=True)
        for name, (address, selector) in self.VIEWS.items():
            self.see(address, selector)
            for width in (360, 400, 1280):
                for scheme in ("light", "dark"):
                    self.browser.look(width, scheme=scheme)
                    wide = self.browser.run("return document.documentElement.scrollWidth")
                    self.assertLessEqual(wide, width, name)
                    if width > 360:
                        self.browser.photograph(os.path.join(SCRATCH, f"{name}-{width}-{scheme}.png"))
        self.browser.look(1280)

    def test_everything_is_reached_by_keyboard_and_the_focus_is_seen(self):
        self.see("#/accounts", "#tree tbody")
        reached = []
        for _ in range(12):
            self.browser.press(TAB)
            reached.append(self.browser.run("const e = document.activeElement; const s = getComputedStyle(e);"
                                            "return [e.textContent || e.id, s.outlineStyle !== 'none' || s.outlineWidth !== '0px']"))
        self.assertTrue(all(is_seen for _, is_seen in reached), reached)
        names = [name for name, _ in reached]
        self.assertEqual(names[:8], ["To the content", "Overview", "Accounts", "Payment", "Rejections", "Feed", "account-id", "Show it"])

    def test_axe_finds_nothing_amiss(self):
        axe = axe_text()
        if axe is None:
            self.skipTest("axe-core isn't here, and npm can't fetch it")
        for name, (address, selector) in self.VIEWS.items():
            for scheme in ("light", "dark"):
                self.browser.look(1280, scheme=scheme)
                self.see(address, selector)
                self.browser.run(axe)
                found = self.browser.run_async("const done = arguments[0]; axe.run(document).then(({violations}) => done(violations.map("
                                               "each => [each.id, each.help, each.nodes.map(node => node.html).slice(0, 3)])))")
                self.assertEqual(found, [], f"{name}, {scheme}")


def axe_text():
    path = os.path.join(SCRATCH, "node_modules", "axe-core", "axe.min.js")
    if not os.path.exists(path):
        os.makedirs(SCRATCH, exist_ok=True)
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", SCRATCH, "axe-core@4"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=60)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


class PageWithAToken(PageCase):
    @classmethod
    def more_config(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        path = f"{folder.name}/token"
        with open(path, "w", encoding="utf-8") as file:
            file.write(TOKEN + "\n")
        os.chmod(path, 0o600)
        return f'token_file = "{path}"\nuser = {os.getuid()}\n'

    def test_the_page_needs_none_and_asks_for_it_once(self):
        self.assertEqual(self.ask("/")[0], 200)
        self.assertEqual(self.ask("/page/api.js")[0], 200)
        self.assertEqual(self.ask("/v1/trial-balance")[0], 401)
        self.see("#/", "h1")
        is_open = "return document.getElementById('token').open"
        self.browser.wait("the dialog", lambda: self.browser.run(is_open))
        self.browser.type("#token-text", "x" * 32 + ENTER)
        self.browser.wait("a word", lambda: "doesn’t take that token" in self.browser.text("#token-problem"))
        self.browser.wait("the dialog", lambda: self.browser.run(is_open))
        self.browser.type("#token-text", TOKEN + ENTER)
        self.browser.wait("the ledger", lambda: self.browser.text("#balanced"))
        self.browser.run("location.hash = '#/feed'")
        self.browser.wait("the feed", lambda: "acct:poor" in self.browser.text("main tbody"))
        self.browser.run("location.reload()")
        self.browser.wait("the feed", lambda: "acct:poor" in self.browser.text("main tbody"))
        self.assertFalse(self.browser.run(is_open))
        self.assertEqual(self.browser.run("return [localStorage.length, document.cookie, location.href.includes(arguments[0])]", TOKEN),
                         [0, "", False])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
