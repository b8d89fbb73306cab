#!/usr/bin/env python3
"""Three members of etcd as docs/CLUSTER.md sets them up: certificates by the page's own commands, the settings of
systemd/etcd.env and of giro-etcd.service. They find each other; who has no certificate of their authority is no peer.

The three machines are this one: each host of the page is `localhost`, and each peer has a port of its own.

Usage: cluster_peers_test.py REPOSITORY GIRO
"""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

REPOSITORY = pathlib.Path(sys.argv[1]).resolve()
GIRO = os.path.abspath(sys.argv[2])
sys.path.insert(0, str(REPOSITORY / "tests" / "system"))
from cluster_case import SKIPPED, find_etcd, free_port, is_older_than  # noqa: E402

NAMES = ("one", "two", "three")
PATIENCE = 60  # Seconds, for three members on a busy machine.


def commands_of_page():
    """What makes an authority (the first command), and what makes a machine's certificate by it (the others)."""
    page = (REPOSITORY / "docs" / "CLUSTER.md").read_text(encoding="utf-8")
    block = re.search(r"^Each machine needs a certificate.*?\n\n((?:    .*\n)+)", page, re.MULTILINE).group(1)
    lines = [line.strip().replace("one.example", "localhost") for line in block.splitlines()]
    assert len(lines) == 4 and all("openssl" in line or "printf" in line for line in lines), lines
    return lines[0], lines[1:]


def options_of_unit():
    unit = (REPOSITORY / "systemd" / "giro-etcd.service.in").read_text(encoding="utf-8")
    return re.findall(r"--[^\s\\]+", re.search(r"^ExecStart=(.*?[^\\])$", unit, re.MULTILINE | re.DOTALL).group(1))


def settings_of_example():
    example = (REPOSITORY / "systemd" / "etcd.env").read_text(encoding="utf-8")
    return dict(re.findall(r"^#(ETCD_\w+)=(.*)$", example, re.MULTILINE))


class Machine:
    """One of the three, in a folder of its own."""

    def __init__(self, folder, name, ports):
        self.folder = folder / name
        self.name = name
        self.port = ports[name]
        self.socket = self.folder / "run" / "client.sock"
        self.settings = {key: self.here(value, ports) for key, value in settings_of_example().items()}
        self.settings["ETCD_NAME"] = name
        self.process = None
        for part in ("etc", "lib", "run"):
            (self.folder / part).mkdir(parents=True)

    def here(self, value, ports):
        """What the example says of its first machine, as it is here of this one."""
        value = value.replace("/etc/giro/etcd", str(self.folder / "etc")).replace("10.0.0.1", "127.0.0.1")
        if "," in value:
            for name, port in ports.items():
                value = value.replace(f"{name}.example:2380", f"localhost:{port}")
        return value.replace("one.example", "localhost").replace(":2380", f":{self.port}")

    def certify(self, authority, commands):
        for file in ("peers-ca.crt", "peers-ca.key"):
            shutil.copy(authority / file, self.folder / "etc")
        for command in commands:
            subprocess.run(command, shell=True, cwd=self.folder / "etc", check=True, capture_output=True)
        (self.folder / "etc" / "peers-ca.key").unlink()

    def start(self):
        options = [
            word.replace("/var/lib/giro-etcd", str(self.folder / "lib")).replace("/run/giro-etcd", str(self.socket.parent))
            for word in options_of_unit()
        ]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [find_etcd(), *options], env={"PATH": "/usr/bin", **self.settings}, stdout=log, stderr=log
            )

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def members(self):
        return subprocess.run(
            [GIRO, "cluster", "members", "--etcd", self.socket], capture_output=True, text=True, check=False
        )


class PeersOfThePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="giro-peers-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make_authority, cls.make_certificate = commands_of_page()
        for authority in ("authority", "stranger"):
            (cls.folder / authority).mkdir()
            subprocess.run(make_authority, shell=True, cwd=cls.folder / authority, check=True, capture_output=True)
        ports = {name: free_port() for name in NAMES}
        cls.machines = [Machine(cls.folder, name, ports) for name in NAMES]
        for machine in cls.machines:
            machine.certify(cls.folder / "authority", cls.make_certificate)
            cls.addClassCleanup(machine.stop)
            machine.start()
        cls.await_quorum()

    @classmethod
    def await_quorum(cls):
        until = time.monotonic() + PATIENCE
        while any(machine.members().returncode != 0 for machine in cls.machines):
            if time.monotonic() > until:
                raise AssertionError("\n".join(machine.log()[-2000:] for machine in cls.machines))
            time.sleep(0.2)

    def answer_of_peer(self, certificate=None):
        """What a member says to somebody with `certificate` (of a folder) who asks its peers' port for its version."""
        context = ssl.create_default_context(cafile=self.folder / "authority" / "peers-ca.crt")
        if certificate:
            context.load_cert_chain(certificate / "peer.crt", certificate / "peer.key")
        with contextlib.closing(socket.create_connection(("localhost", self.machines[0].port), PATIENCE)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as peer:
                peer.sendall(b"GET /version HTTP/1.0\r\n\r\n")
                return peer.recv(4096)

    def test_every_machine_sees_all_three_as_members(self):
        for machine in self.machines:
            shown = machine.members()
            self.assertEqual(shown.returncode, 0, shown.stdout + shown.stderr)
            for name in NAMES:
                self.assertRegex(shown.stdout, rf"(?m)^\S*\s*.*\b{name}\b", shown.stdout)

    def test_a_peer_has_a_certificate_of_their_authority(self):
        self.assertIn(b"200 OK", self.answer_of_peer(self.machines[1].folder / "etc"))

    def test_who_has_no_certificate_is_no_peer(self):
        with self.assertRaisesRegex(ssl.SSLError, "certificate required|bad certificate"):
            self.answer_of_peer()

    def test_who_has_a_certificate_of_another_authority_is_no_peer(self):
        stranger = self.folder / "stranger"
        for command in self.make_certificate:
            subprocess.run(command, shell=True, cwd=stranger, check=True, capture_output=True)
        with self.assertRaisesRegex(ssl.SSLError, "unknown ca|bad certificate|certificate required"):
            self.answer_of_peer(stranger)

    def test_who_speaks_without_tls_is_no_peer(self):
        with socket.create_connection(("localhost", self.machines[0].port), PATIENCE) as plain:
            plain.sendall(b"GET /version HTTP/1.0\r\n\r\n")
            self.assertNotIn(b"200 OK", plain.recv(4096))


if __name__ == "__main__":
    if find_etcd() is None or is_older_than(6):
        print("skipped: there is no etcd 3.6, which giro-etcd.service is for; ./dev deps cluster builds it")
        sys.exit(SKIPPED)
    if shutil.which("openssl") is None:
        print("skipped: openssl isn't here to make certificates")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
