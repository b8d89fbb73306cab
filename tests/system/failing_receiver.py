"""A webhook's receiver for tests: an HTTP server that verifies every message as docs/examples/webhook_receiver.py does,
by the standard library alone, and that answers, fails, hangs, cuts off or delays as it is told.
"""

import json
import pathlib
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "docs/examples"))
from webhook_receiver import verified  # noqa: E402

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Message:
    def __init__(self, headers, body):
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body
        self.id = self.headers["webhook-id"]
        self.event = json.loads(body)
        self.data = self.event["data"]
        self.type = self.event["type"]
        self.seq = self.data.get("seq")
        self.accounts = [self.data[side] for side in ("from", "to") if side in self.data]

    def problem(self, secret):
        """What is wrong with it, or nothing."""
        try:
            verified(secret, self.headers, self.body)
        except ValueError as wrong:
            return str(wrong)
        if self.headers["content-type"] != "application/cloudevents+json":
            return "its content type is wrong"
        event = self.event
        if event["specversion"] != "1.0" or event["id"] != self.id or not event["source"]:
            return "it is no CloudEvent of its id"
        return None


def accept(_message):
    return "accept"


class Receiver(ThreadingHTTPServer):
    """`behave(message)` says what to do: accept, slow, hang, cut (within the answer), drop (without one), or the
    status to answer with, or (status, headers)."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behave=accept, secret=SECRET, tls=None, host="127.0.0.1", port=0):
        super().__init__((host, port), Handler)
        self.behave, self.secret = behave, secret
        self.lock = threading.Lock()
        self.seen = []  # All that came, in order.
        self.accepted = []  # What was answered with 200, in order.
        self.problems = []
        self.ended = threading.Event()
        scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.port = self.server_address[1]
        self.url = f"{scheme}://{host}:{self.port}/hooks?of=giro"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # Clients that are killed, or that don't trust it, are what it is for.

    def end(self):
        self.ended.set()
        self.shutdown()
        self.server_close()

    def firsts(self):
        """Each message once, as it was accepted first."""
        with self.lock:
            known = {}
            for message in self.accepted:
                known.setdefault(message.id, message)
            return list(known.values())

    def wait_for(self, count, seconds=20):
        end = time.monotonic() + seconds
        while len(self.firsts()) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{len(self.firsts())} of {count} messages after {seconds} s")
            time.sleep(0.02)
        return self.firsts()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        message = Message(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
        problem = message.problem(server.secret)
        with server.lock:
            server.seen.append(message)
            if problem:
                server.problems.append(problem)
        action = server.behave(message)
        if action == "hang":
            server.ended.wait(30)
            self.close_connection = True
        elif action == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif action == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif action in ("accept", "slow"):
            if action == "slow":
                time.sleep(0.3)
            with server.lock:
                server.accepted.append(message)
            self.answer(200, {})
        else:
            self.answer(*(action if isinstance(action, tuple) else (action, {})))

    def answer(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args):
        pass
