"""Nodes that share one ledger by one member of etcd, and `giro` beside them."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

from daemon_case import DONE, DaemonCase

SKIPPED = 77  # As CTest has it.


def find_etcd():
    """$GIRO_ETCD, what `./dev deps cluster` built, or Debian's."""
    built = pathlib.Path(__file__).parents[2] / "build/etcd/bin/etcd"
    for path in (os.environ.get("GIRO_ETCD"), built, "/usr/bin/etcd"):
        if path and os.access(path, os.X_OK):
            return str(path)
    return None


def is_older_than(minor):
    """Whether etcd is of a line before 3.`minor`."""
    said = subprocess.check_output([find_etcd(), "--version"], text=True)
    return int(re.search(r"Version: 3\.(\d+)", said).group(1)) < minor


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class ClusterCase(DaemonCase):
    """Two nodes, `a` and `b`; `self.socket` is a's."""

    @classmethod
    def setUpClass(cls):
        cls.nodes = {}
        cls.etcd_folder = None
        cls.start_etcd()
        cls.CONFIG = cls.config_of("a")
        super().setUpClass()
        cls.nodes["a"] = cls.daemon
        cls.until_well()
        cls.done("account", "open", "world", "--currency", "EUR", "--floor", "none")
        cls.done("account", "open", "acct:a", "acct:b", "--currency", "EUR")
        # The log doesn't have what `a` decided alone any more.
        cls.done("backup", cls.path("for-b"), "--data", cls.path("data"))
        cls.with_etcd(DONE, "join", cls.path("for-b"), "--data", cls.path("data-b"), "--node", "b")
        cls.start_node("b")
        cls.until_well()

    @classmethod
    def start_etcd(cls):
        cls.etcd_folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"giro-cluster-test-{os.getpid()}"
        cls.etcd_folder.mkdir()
        cls.member, cls.etcd = cls.start_member("one")

    @classmethod
    def start_member(cls, name):
        """The process, and its socket."""
        socket = str(cls.etcd_folder / f"{name}.sock")
        url = f"unix://{socket}"
        if is_older_than(5):  # It takes no path: its socket is a file `name:port` where it runs.
            socket, url = str(cls.etcd_folder / f"{name}:1"), f"unix://{name}:1"
        peer = f"http://127.0.0.1:{free_port()}"
        words = [find_etcd(), "--name", name, "--data-dir", f"{name}.data"]
        words += ["--listen-client-urls", url, "--advertise-client-urls", "http://127.0.0.1:1"]
        words += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        words += ["--initial-cluster", f"{name}={peer}"]
        with open(cls.etcd_folder / f"{name}.log", "wb") as log:
            return subprocess.Popen(words, stdout=log, stderr=log, cwd=cls.etcd_folder), socket

    @classmethod
    def tearDownClass(cls):
        for name in [name for name in cls.nodes if name != "a"]:
            cls.stop_node(name)
        super().tearDownClass()
        cls.member.kill()
        cls.member.wait()
        shutil.rmtree(cls.etcd_folder)

    @classmethod
    def config_of(cls, name, etcd=None):
        return f'[cluster]\nname = "test"\nnode = "{name}"\netcd = "{etcd or cls.etcd}"\n'

    @classmethod
    def socket_of(cls, name):
        return cls.socket if name == "a" else cls.path(f"{name}.sock")

    @classmethod
    def start_node(cls, name, *words):
        config = cls.path(f"{name}.toml")
        pathlib.Path(config).write_text(cls.config_of(name), encoding="utf-8")
        cls.nodes[name] = cls.start_daemon(
            "--config", config, *words, data=cls.path(f"data-{name}"), socket=cls.socket_of(name)
        )

    @classmethod
    def stop_node(cls, name):
        cls.stop_daemon(cls.nodes.pop(name))

    @classmethod
    def until(cls, holds):
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline, cls.run_giro("cluster", "status").stdout
            time.sleep(0.2)

    @classmethod
    def until_well(cls):
        def all_are_well():
            return cls.rows().keys() == cls.nodes.keys() and cls.run_giro("cluster", "status").returncode == DONE

        cls.until(all_are_well)

    @classmethod
    def rows(cls):
        ran = cls.run_giro("cluster", "status", "--json")
        return {row["node"]: row for row in json.loads(ran.stdout)["nodes"]} if ran.stdout else {}

    @classmethod
    def with_etcd(cls, code, *words, **how):
        return cls.run_and_expect(code, "cluster", *words, "--etcd", cls.etcd, **how)
