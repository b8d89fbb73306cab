#!/usr/bin/env python3
"""Messages of ISO 20022 through the real `giro import`: pain.001 and camt.053, whole ones and damaged ones.

Usage: iso20022_test.py GIROD GIRO
"""

import sys
import unittest

from daemon_case import DONE, REJECTED, USAGE, DaemonCase, json_of

TRANSFER = """
<CdtTrfTxInf><PmtId><EndToEndId>{id}</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt>
<CdtrAcct><Id><IBAN>{to}</IBAN></Id></CdtrAcct><RmtInf><Ustrd>for {id} &amp; co</Ustrd></RmtInf></CdtTrfTxInf>"""

ENTRY = """
<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts><BookgDt><Dt>2024-05-0{day}</Dt></BookgDt>
<AcctSvcrRef>bank-{day}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs>
<RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def pain(transfers, count=None, total=None, version="03", date="<ReqdExctnDt>2024-03-01</ReqdExctnDt>"):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>m</MsgId><NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum></GrpHdr>
<PmtInf><PmtInfId>p</PmtInfId>{date}
<DbtrAcct><Id><Othr><Id>acct:a</Id></Othr></Id></DbtrAcct>{transfers}</PmtInf></CstmrCdtTrfInitn></Document>"""


def camt(entries, opening="10.00", closing="0.00"):
    balance = """<Bal><Tp><CdOrPrtry><Cd>{0}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{1}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>m</MsgId></GrpHdr>
<Stmt><Id>s</Id><Acct><Id><IBAN>AT61 1904 3002 3457 3201</IBAN></Id></Acct>{balance.format("OPBD", opening)}
{balance.format("CLBD", closing)}{entries}</Stmt></BkToCstmrStmt></Document>"""


class Messages(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done("pay", "world", "acct:a", "1000.00", "EUR", "--key", "start")

    def file(self, text):
        path = self.path(f"{self._testMethodName}.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def refused(self, text, *words):
        before = json_of(self.done("status", "--json"))["seq"]
        ran = self.run_giro("import", self.file(text), "--account", "acct:b", "--counter-account", "world")
        self.assertEqual((ran.returncode, ran.stdout), (USAGE, ""), ran.stderr)
        for word in words:
            self.assertIn(word, ran.stderr)
        self.assertEqual(json_of(self.done("status", "--json"))["seq"], before, "Nothing may be decided.")

    def test_credit_transfers_are_payments_by_their_end_to_end_ids(self):
        rules = self.path("iban.toml")
        with open(rules, "w", encoding="utf-8") as file:
            file.write('[accounts]\nAT611904300234573201 = "acct:b"\n')
        iban = "AT611904300234573201"
        transfers = TRANSFER.format(id="e2e-1", amount="12.50", to=iban) + TRANSFER.format(id="e2e-2", amount="2", to=iban)
        path = self.file(pain(transfers, 2, "14.5"))
        before = self.balance("acct:b")
        self.assertEqual(self.done("import", path, "--rules", rules).stdout, "2 applied, 0 rejected, 0 replayed\n")
        self.assertEqual(self.done("import", path, "--rules", rules).stdout, "0 applied, 0 rejected, 2 replayed\n")
        self.assertEqual(self.balance("acct:b"), before + 1450)
        entry = json_of(self.done("get", "e2e-1", "--json"))
        self.assertEqual((entry["from"], entry["to"], entry["amount"]), ("acct:a", "acct:b", 1250))
        self.assertEqual((entry["description"], entry["effective_date"]), ("for e2e-1 & co", "2024-03-01"))

    def test_later_versions_and_transfers_without_an_id(self):
        one = TRANSFER.format(id="NOTPROVIDED", amount="1.00", to="AT611904300234573201")
        path = self.file(pain(one + one, 2, "2.00", "09", "<ReqdExctnDt><Dt>2024-03-02</Dt></ReqdExctnDt>"))
        ran = self.run_giro("import", path, "--open-accounts")
        self.assertEqual((ran.returncode, ran.stdout), (DONE, "2 applied, 0 rejected, 0 replayed\n"), ran.stderr)
        self.assertEqual(self.done("import", path).stdout, "0 applied, 0 rejected, 2 replayed\n")

    def test_a_transfer_that_is_wrong_is_named_by_its_line(self):
        good = TRANSFER.format(id="ok-1", amount="1.00", to="acct:b").replace("IBAN", "Othr><Id").replace("</Othr><Id>", "</Id></Othr>")
        bad = TRANSFER.format(id="ok-2", amount="1.005", to="acct:b")
        ran = self.run_giro("import", self.file(pain(good + bad, 2, "2.005")))
        self.assertEqual(ran.returncode, REJECTED)
        self.assertIn("1 applied, 0 rejected, 0 replayed, 1 errors", ran.stdout)
        self.assertIn("line 8: amount `1.005` has more than the 2 decimals of EUR", ran.stderr)

    def test_sums_that_dont_agree_refuse_the_whole_message(self):
        one = TRANSFER.format(id="s-1", amount="1.00", to="AT611904300234573201")
        self.refused(pain(one, 2, "1.00"), "NbOfTxs 2", "there are 1 transfers")
        self.refused(pain(one, 1, "1.01"), "CtrlSum 1.01", "add up to 1.00000", "Get the file anew")
        self.refused(pain(one, 1, "1.00").replace("</PmtInfId>", "</PmtInfId><NbOfTxs>3</NbOfTxs>"), "in line 4")

    def test_a_message_that_was_cut_off_pays_nothing(self):
        text = pain("".join(TRANSFER.format(id=f"c-{i}", amount="1.00", to="AT611904300234573201") for i in range(9)), 9, "9.00")
        for length in (0, 1, 60, len(text) // 2, len(text) - 3):
            with self.subTest(length=length):
                self.refused(text[:length] or "<", "line ", "Get the file anew")
        self.refused(text.replace("</Amt>", "</Amount>"), "mismatched tag", "line 6")

    def test_entities_and_depth_are_refused_before_they_cost_anything(self):
        lol = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 10 + '"><!ENTITY c "' + "&b;" * 10 + '">]>'
        self.refused(f'<?xml version="1.0"?>\n{lol}\n<Document>&c;</Document>', "line 2: a document type")
        outside = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        self.refused(f"{outside}<Document>&x;</Document>", "line 1: a document type")
        self.refused(pain("<a>" * 100 + "</a>" * 100, 0, 0), "more than 64 deep")
        self.refused("<Document x='" + "y" * 3_000_000, "line 1: a tag of more than 1048576 bytes")
        self.refused(pain(f"<x>{'y' * 17_000_000}</x>", 0, 0), "more than 16777216 bytes")

    def test_other_messages_and_other_xml_are_named(self):
        self.refused(pain("", 0, 0).replace("pain.001", "pacs.008"), "neither pain.001 nor camt.053")
        self.refused("<html><p/></html>", "begins with <html>")

    def test_entries_of_a_statement_are_payments_once(self):
        entries = ENTRY.format(amount="3.00", side="CRDT", status="BOOK", day=1, id="x")
        entries += ENTRY.format(amount="1.00", side="DBIT", status="BOOK", day=2, id="NOTPROVIDED")
        entries += ENTRY.format(amount="9.00", side="CRDT", status="PDNG", day=3, id="later")
        path = self.file(camt(entries, "10.00", "12.00"))
        sides = ("--account", "acct:b", "--counter-account", "world")
        before = self.balance("acct:b")
        ran = self.done("import", path, *sides)
        self.assertEqual(ran.stdout, "2 applied, 0 rejected, 0 replayed\n")
        self.assertIn("Left out, because they move nothing: 1.", ran.stderr)
        self.assertEqual(self.balance("acct:b"), before + 200)
        self.assertEqual(self.done("import", path, *sides).stdout, "0 applied, 0 rejected, 2 replayed\n")
        line = json_of(self.done("statement", "acct:b", "--by", "effective-date", "--to", "2024-05-01", "--json"))["lines"][0]
        self.assertEqual((line["amount"], line["description"], line["reference"]), (300, "one two", "x"))

    def test_entries_that_dont_lead_to_the_closing_balance_refuse_the_statement(self):
        entries = ENTRY.format(amount="3.00", side="CRDT", status="BOOK", day=1, id="x")
        self.refused(camt(entries, "10.00", "12.00"), "in line 3", "closing one", "Get the file anew")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
