#!/usr/bin/env python3
"""Checks a proof of `giro proof` without the ledger, and reads out what was decided from the bytes that it proves.

    check_proof.py PROOF PUBLIC_KEY.pem

The public key says whose ledger it is: get it from its owner. Exit code 0: it is proven; 1: it isn't; 2: it couldn't be
checked here, which says nothing of it.
docs/PROOFS.md describes all formats. Python 3.9 and later with its standard library; Ed25519 is checked by the package
`cryptography` where it is installed, else by the program `openssl`.
"""

import base64
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
from datetime import datetime, timezone

KINDS = ("payment", "payment", "account", "hold", "capture", "void", "expiry", "reversal", "account_update", "schedule",
         "cancel", "scheduled_payment", "books_close")  # fmt: skip
CODES = {
    1: "deadline_passed", 2: "account_unknown", 3: "account_exists_with_different_currency",
    4: "account_exists_with_different_floor", 5: "account_exists_with_different_ceiling",
    6: "account_exists_with_different_metadata", 10: "currency_mismatch", 11: "hold_unknown", 12: "not_a_hold",
    13: "hold_captured", 14: "hold_voided", 15: "hold_expired", 16: "capture_exceeds_hold", 17: "original_unknown",
    18: "not_reversible", 19: "reversal_not_divisible", 20: "reversal_exceeds_original", 21: "schedule_unknown",
    22: "not_a_schedule", 23: "schedule_decided", 24: "schedule_cancelled", 25: "schedule_passed", 26: "books_closed",
    27: "books_not_over", 28: "books_not_closed", 30: "account_closed", 31: "account_not_closed", 32: "account_frozen",
    33: "account_not_empty", 34: "account_has_holds", 50: "precondition_version", 51: "precondition_balance",
    60: "overflow", 61: "insufficient_funds", 62: "ceiling_exceeded", 63: "velocity_exceeded", 70: "leg_failed",
    71: "group_failed"}  # fmt: skip
BY_ACTION = {8: ("account_update", "account_close", "account_reopen"), 12: ("books_close", "books_open")}
ACCOUNT = 2  # The kind of an opening.
POSTING = struct.Struct("<IIqqq")
ED25519 = bytes.fromhex("302a300506032b6570032100")  # What a public key's 32 bytes follow in DER.


class Wrong(Exception):
    """Why it isn't proven."""


class Unchecked(Exception):
    """Why nothing is known of it, and what to do."""


def require(holds, why):
    if not holds:
        raise Wrong(why)


def decoded(text):
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, "its base64 isn't the only one of its bytes")
    return data


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def included_root(index, size, entry, path):
    """RFC 9162, 2.1.3.2: the root of the tree in which the entry is."""
    first, last, root = index, size - 1, hashlib.sha256(b"\x00" + entry).digest()
    require(index < size, "the entry was decided after the checkpoint")
    for sibling in path:
        require(last > 0, "its path is too long")
        if first & 1 or first == last:
            root = node(sibling, root)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            root = node(root, sibling)
        first, last = first >> 1, last >> 1
    require(last == 0, "its path is too short")
    return root


def grown_roots(old_size, size, old_root, path):
    """RFC 9162, 2.1.4.2: the roots of the older and the newer tree."""
    if old_size == size:
        require(not path, "its path is too long")
        return old_root, old_root
    first, last = old_size - 1, size - 1
    path = [old_root, *path] if old_size & first == 0 else path
    require(0 < old_size < size and path, "its path is too short")
    while first & 1:
        first, last = first >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        require(last > 0, "its path is too long")
        if first & 1 or first == last:
            older, newer = node(sibling, older), node(sibling, newer)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            newer = node(newer, sibling)
        first, last = first >> 1, last >> 1
    require(last == 0, "its path is too short")
    return older, newer


def held_by_package(key, signature, text):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
        return True
    except InvalidSignature:
        return False


def held_by_openssl(key, signature, text):
    with tempfile.TemporaryDirectory() as folder:
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
        for option, content in (("-inkey", ED25519 + key), ("-sigfile", signature), ("-in", text)):
            command += (option, os.path.join(folder, option))
            with open(command[-1], "wb") as file:
                file.write(content)
        ran = subprocess.run(command, capture_output=True)
    verdicts = {b"Signature Verified Successfully": True, b"Signature Verification Failure": False}
    if ran.stdout.strip() not in verdicts:
        raise Unchecked(f"openssl ended with {ran.returncode} and {ran.stderr[:200]!r}")
    return verdicts[ran.stdout.strip()]


def signature_holds(key, signature, text):
    """By the first tool that comes to a verdict: whatever else one says or fails with is none."""
    failures = []
    for holds in (held_by_package, held_by_openssl):
        try:
            return holds(key, signature, text)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # Where the package's Rust panics, it is no Exception.
            failures.append(repr(error))
    raise Unchecked("no tool here can check signatures of Ed25519: install the Python package `cryptography`, or OpenSSL 3"
                    f" as `openssl` ({'; '.join(failures)})")  # fmt: skip


def key_in(pem):
    """The 32 bytes of the public key."""
    lines = [line.strip() for line in pem.decode(errors="replace").splitlines()]
    try:
        begin = lines.index("-----BEGIN PUBLIC KEY-----")
        der = base64.b64decode("".join(lines[begin + 1 : lines.index("-----END PUBLIC KEY-----", begin)]))
    except ValueError:
        der = b""
    if der[:-32] != ED25519:
        raise Unchecked("the file of the public key has none of Ed25519 in PEM: get it from the ledger's owner")
    return der[-32:]


def checkpoint_of(text, key, which="checkpoint"):
    """(name, size, root) of a checkpoint, a signed note of c2sp.org/signed-note, if this key signed it."""
    body, _, signatures = text.partition("\n\n")
    body += "\n"
    name, size, root = body.split("\n")[:3]
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    for line in signatures.splitlines():
        mark, signer, signed = line.split(" ")
        data = decoded(signed)
        if (mark, signer, data[:4]) == ("—", name, key_id) and signature_holds(key, data[4:], body.encode()):
            return name, int(size), decoded(root)
    raise Wrong(f"this public key didn't sign the {which}")


def text_at(data, place):
    """The text whose length lies there in a byte, and the place behind it."""
    end = place + 1 + data[place]
    return data[place + 1 : end].decode(), end


def entry_of(data):
    """The canonical bytes of an entry as a dict; accounts as numbers, amounts in minor units."""
    try:
        seq, at, kind, outcome, uid = struct.unpack_from("<QqBBI", data)
        node, place = text_at(data, 22) if kind & 0x80 else ("", 22)
        key, place = text_at(data, place)
        row = POSTING.unpack_from(data, place)
        (count,) = struct.unpack_from("<I", data, place + 32)
        place += 36
        legs = [POSTING.unpack_from(data, place + 32 * i) for i in range(count)]
        place += 32 * count
        texts = []
        for _ in range(2):
            (size,) = struct.unpack_from("<I", data, place)
            texts.append(data[place + 4 : place + 4 + size].decode())
            place += 4 + size
        require(place == len(data), "the entry doesn't end where its bytes do")
        details, metadata = (json.loads(text) if text else {} for text in texts)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Wrong(f"the entry's bytes are none of an entry: {error}") from error
    return {"seq": seq, "at": at, "kind": kind & 0x7F, "outcome": outcome, "uid": uid, "node": node, "key": key,
            "row": row, "legs": legs, "details": details, "metadata": metadata}  # fmt: skip


def known(names, number, what):
    """Of an entry that is in the ledger whatever this page knows."""
    try:
        return names[number]
    except (KeyError, IndexError):
        raise Unchecked(f"its {what} {number} is newer than this page: get the page of the ledger's Giro") from None


def decimal(amount, scale):
    digits = str(abs(amount)).rjust(scale + 1, "0")
    point = f".{digits[-scale:]}" if scale else ""
    return "-" * (amount < 0) + digits[: len(digits) - scale] + point


def shown_posting(posting, accounts):
    """With ids and decimals. An amount between accounts of two currencies (it was rejected) stays in minor units."""
    payer, payee, amount, payer_after, payee_after = posting
    currencies = {(accounts[n]["currency"], accounts[n]["scale"]) for n in (payer, payee) if n}
    shown = {}
    for side, number, after in (("from", payer, payer_after), ("to", payee, payee_after)):
        if number:
            shown[side] = accounts[number]["id"]
            shown[f"{side}_after"] = decimal(after, accounts[number]["scale"])
    if len(currencies) == 1:
        ((shown["currency"], scale),) = currencies
        shown["amount"] = decimal(amount, scale)
    else:
        shown["minor_units"] = amount
    return shown


def shown_entry(entry, openings):
    """What a person reads, of the proven bytes alone. `openings`: the proven entries of its accounts."""
    applied = entry["outcome"] == 0
    postings = entry["legs"] or [entry["row"]]
    numbers = {n for posting in [entry["row"], *postings] for n in posting[:2] if n}
    kind = entry["kind"]
    opens = kind == ACCOUNT and applied
    action = entry["details"].get("action", 0)
    accounts = {}
    for opening in [entry] * opens + openings:
        account = opening["details"].get("account", {})
        require(opening["kind"] == ACCOUNT and opening["outcome"] == 0, "what should open an account doesn't")
        require(opening["key"] == account["id"] and opening["row"][0] not in accounts, "two entries open one account")
        accounts[opening["row"][0]] = account
    require(accounts.keys() == numbers, "it proves other accounts than the entry knows")
    at = datetime.fromtimestamp(entry["at"] // 10**9, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "seq": entry["seq"],
        "at": f"{at}.{entry['at'] % 10**9:09}Z",
        "type": known(BY_ACTION[kind], action, "action") if kind in BY_ACTION else known(KINDS, kind, "kind"),
        "status": "applied" if applied else f"rejected: {known(CODES, entry['outcome'], 'code')}",
        "key": entry["key"],
        "uid": entry["uid"],
        **({"node": entry["node"]} if entry["node"] else {}),
        "postings": [shown_posting(posting, accounts) for posting in postings if posting[0] or posting[1]],
        "details": entry["details"],
        "metadata": entry["metadata"],
    }


def check(text, pem):
    """What the proof shows, as a dict. Raises Wrong or Unchecked."""
    key = key_in(pem)
    try:
        proof = json.loads(text)
        same = json.dumps(proof, ensure_ascii=False, separators=(",", ":")) + "\n" == text
        require(same, "it isn't written as `giro proof` writes it")
        name, size, root = checkpoint_of(proof["checkpoint"], key)
        if list(proof) == ["proof", "since", "checkpoint", "path"] and proof["proof"] == "extension":
            old_name, old_size, old_root = checkpoint_of(proof["since"], key, "older checkpoint")
            require(old_name == name, f"its checkpoints are of two names, {old_name} and {name}: no ledger is shown to grow")
            roots = grown_roots(old_size, size, old_root, [decoded(each) for each in proof["path"]])
            require((old_root, root) == roots, "the newer ledger doesn't begin with the older one")
            return {"ledger": name, "entries": size, "begins_with_entries": old_size}
        require(list(proof) == ["proof", "checkpoint", "entries"] and proof["proof"] == "inclusion", "it is no proof")
        entries = []
        for proven in proof["entries"]:
            require(list(proven) == ["bytes", "path"], "it is no proof")
            data = decoded(proven["bytes"])
            entries.append(entry_of(data))
            path = [decoded(each) for each in proven["path"]]
            require(included_root(entries[-1]["seq"] - 1, size, data, path) == root, "an entry isn't in the ledger")
        seqs = [entry["seq"] for entry in entries[1:]]
        require(seqs == sorted(set(seqs)), "its entries are in another order")
        return {"ledger": name, "entries": size, **shown_entry(entries[0], entries[1:])}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Wrong(f"it is no proof, or was cut short or changed ({error})") from error


def end(code, words):
    print(words, file=sys.stderr)
    sys.exit(code)


def main():
    if len(sys.argv) != 3:
        end(2, __doc__)
    try:
        with open(sys.argv[1], encoding="utf-8", newline="") as proof, open(sys.argv[2], "rb") as key:
            proven = check(proof.read(), key.read())
        sys.stdout.reconfigure(encoding="utf-8")
        print(json.dumps(proven, indent=2, ensure_ascii=False))
    except (Wrong, UnicodeDecodeError) as error:
        end(1, f"NOT PROVEN: {error}. Don't rely on it; ask for the proof again, and for the public key.")
    except OSError as error:
        end(2, f"NOT CHECKED: {error.filename or 'stdout'}: {error.strerror}. Look at its name and rights, and check again.")
    except Exception as error:  # A fault of this page, too, is no verdict.
        end(2, f"NOT CHECKED: {error or repr(error)}. This says nothing of the proof: check it again then.")


if __name__ == "__main__":
    main()
