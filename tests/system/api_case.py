"""What the API's documents say, by the daemon that gives them, for tests that hold it to them.

A request, a result, an error and a notification are each valid by the OpenRPC document or fail. `seen` has which fields
of which objects were in answers.
"""

import itertools
import json
import pathlib
import re
import socket
import threading

import jsonschema
from daemon_case import DaemonCase

DOCS = pathlib.Path(__file__).parents[2] / "docs"


class Schemas:
    """The schemas of one document. They keep to what drafts 7 and 2020-12 have in common."""

    def __init__(self, document):
        self.document = document
        self.validators = {}
        self.seen = set()

    def at(self, reference):
        node = self.document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        return node

    def problems(self, schema, value):
        """Why `value` isn't valid by `schema`; nothing if it is."""
        text = json.dumps(schema)
        if text not in self.validators:
            whole = {"allOf": [schema], "components": self.document["components"]}
            self.validators[text] = [
                kind(whole) for kind in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator)
            ]
        errors = itertools.chain(*(validator.iter_errors(value) for validator in self.validators[text]))
        return [self.told(error) for error in errors]

    @classmethod
    def told(cls, error):
        """Of alternatives that all fail, why the one that was meant does: its constants are those of the value."""
        branches = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        if not branches:
            return f"{error.json_path}: {error.message[:300]}"
        meant = min(branches.values(), key=lambda errors: [sum(e.validator == "const" for e in errors), len(errors)])
        return cls.told(meant[0])

    def mark(self, schema, value, name=""):
        """Notes the fields of an answer that is valid."""
        if "$ref" in schema:
            return self.mark(self.at(schema["$ref"]), value, schema["$ref"].split("/")[-1])
        alternatives = [] if "properties" in schema else schema.get("oneOf", []) + schema.get("anyOf", [])
        for one in alternatives:
            if not self.problems(one, value):
                return self.mark(one, value, name)
        if isinstance(value, dict):
            for field, item in value.items():
                if field in schema.get("properties", {}):
                    self.seen.add((name, field))
                    self.mark(schema["properties"][field], item, name)
        if isinstance(value, list) and "items" in schema:
            for item in value:
                self.mark(schema["items"], item, name)
        return None


class OpenRpc(Schemas):
    def __init__(self, document):
        super().__init__(document)
        self.methods = {method["name"]: method for method in document["methods"]}
        self.numbers = {
            (error["code"], error["data"]["code"]) for error in document["components"]["errors"].values()
        }
        self.notifications = {
            notification["name"]: notification["params"]
            for method in document["methods"]
            for notification in method.get("x-notifications", [])
        }

    @staticmethod
    def reference(name):
        return {"$ref": f"#/components/schemas/{name}"}

    def params_of(self, method):
        words = re.split(r"[._]", method)
        return self.reference("".join(word[0].upper() + word[1:] for word in words) + "Params")

    def fields_of(self, method):
        return self.at(self.params_of(method)["$ref"])["properties"]

    def problems_of_request(self, request):
        return self.problems(self.params_of(request["method"]), request.get("params", {}))

    def problems_of_answer(self, method, answer):
        """Of what a request was answered, or of a notification (`method`: none)."""
        if "method" in answer:
            schema, value = self.notifications[answer["method"]], answer["params"]
        elif "result" in answer:
            schema, value = self.methods[method]["result"]["schema"], answer["result"]
        else:
            return self.problems_of_error(method, answer["error"])
        problems = self.problems(schema, value)
        if not problems:
            self.mark(schema, value)
        return problems

    def problems_of_error(self, method, error):
        code = error["data"]["code"]
        family = "invalid_*" if code.startswith("invalid_") else code
        if (error["code"], family) not in self.numbers:
            return [f"there is no error {error['code']} {code}"]
        if method is not None:
            errors = (self.at(one["$ref"])["data"]["code"] for one in self.methods[method]["errors"])
            if family not in errors:
                return [f"{method} has no error {code}"]
        return self.problems(self.reference("ErrorData"), error["data"])


class Lines:
    """A connection that speaks JSON-RPC."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(30)
        self.reader = self.socket.makefile("r", encoding="utf-8")

    def close(self):
        self.reader.close()
        self.socket.close()

    def read(self):
        return json.loads(self.reader.readline())

    def ask(self, requests):
        """The answers to requests that are sent all at once, in their order."""
        lines = "".join(
            json.dumps({"jsonrpc": "2.0", "id": i, **request}) + "\n" for i, request in enumerate(requests)
        )
        sender = threading.Thread(target=self.socket.sendall, args=(lines.encode(),))
        sender.start()
        answers = {}
        while len(answers) < len(requests):
            answer = self.read()
            if "id" in answer:  # Else it is a notification.
                answers[answer["id"]] = answer
        sender.join()
        return [answers[i] for i in range(len(requests))]


class ApiCase(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = Lines(cls.socket)
        cls.api = OpenRpc(cls.lines.ask([{"method": "rpc.discover"}])[0]["result"])

    @classmethod
    def tearDownClass(cls):
        cls.lines.close()
        super().tearDownClass()

    def told(self, method, answer):
        """The answer, which must be as the document says."""
        self.assertEqual(self.api.problems_of_answer(method, answer), [], (method, answer))
        return answer

    def call(self, method, **params):
        """The result, or the error's data, of a request that the document lets be sent."""
        request = {"method": method, "params": params}
        self.assertEqual(self.api.problems_of_request(request), [], request)
        answer = self.told(method, self.lines.ask([request])[0])
        return answer["result"] if "result" in answer else answer["error"]["data"]


def page_examples():
    """(line, request, answers) of docs/PROTOCOL.md."""
    found = []
    for number, line in enumerate((DOCS / "PROTOCOL.md").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("    -> "):
            found.append((number, json.loads(line[7:]), []))
        elif line.startswith("    <- "):
            found[-1][2].append(json.loads(line[7:]))
    return found
