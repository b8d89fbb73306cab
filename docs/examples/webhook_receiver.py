#!/usr/bin/env python3
"""A receiver of Giro's webhooks, by Python's standard library alone. Prints a line for each message.

    webhook_receiver.py PORT SECRET
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300  # Older messages may be somebody's who listened in.


def verified(secret, headers, body):
    """The message's JSON; ValueError: it isn't what the holder of the secret sent just now. `headers`: with names in
    small letters. (Standard Webhooks 1.0.0.)"""
    webhook_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > TOLERANCE_S:
        raise ValueError("its timestamp is off")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{webhook_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    # One for each of the sender's secrets.
    if not any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" ")):
        raise ValueError("its signature is wrong")
    return json.loads(body)


class Handler(BaseHTTPRequestHandler):
    secret = ""
    known = set()  # In a real receiver: a column with a unique index, in the transaction that does the work.

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = verified(self.secret, {name.lower(): value for name, value in self.headers.items()}, body)
        except (KeyError, ValueError) as wrong:
            return self.answer(400, f"refused: {wrong}")
        # A message may come again, always with the same id: it is taken once.
        if event["id"] not in self.known:
            self.known.add(event["id"])
            print(event["type"], event.get("subject", "-"), event["data"].get("amount", "-"), flush=True)
        return self.answer(200, "taken")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args):
        pass


if __name__ == "__main__":
    Handler.secret = sys.argv[2]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
