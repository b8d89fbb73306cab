#!/usr/bin/env python3
"""rpc.discover and GET /v1/openapi.json describe what the daemon does: its methods, their params, every answer, and the
examples of the pages; no more and no less.

Usage: api_test.py GIROD GIRO
"""

import copy
import http.client
import json
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import unittest

try:
    import jsonschema
    from api_case import DOCS, ApiCase, Schemas, page_examples
except ModuleNotFoundError as missing:
    print(f"skipped: {missing.name}, of Debian's package python3-jsonschema, isn't here")
    sys.exit(77)

from daemon_case import GIROD

SOURCES = DOCS.parent
WRONG = [[]]  # No field is an array of arrays.
# What depends on other values than a schema can look at.
BEYOND_SCHEMAS = {
    ("accounts.open", "invalid_scale"),  # ISO 4217 knows it.
    ("accounts.statement", "invalid_from"),  # A day or a time, by `by`.
    ("accounts.statement", "invalid_to"),
}


class Http(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("giro")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Api(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.openapi = Schemas(json.loads(cls.get("/v1/openapi.json")))

    @classmethod
    def get(cls, path):
        connection = Http(cls.socket)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type")) == (200, "application/json")
        text = answer.read()
        connection.close()
        return text

    # --- the documents themselves ---

    def test_each_method_is_described_and_no_other(self):
        methods = self.call("server.info")["methods"]
        self.assertEqual(list(self.api.methods), methods)
        for name, method in self.api.methods.items():
            self.assertTrue(method["summary"] and method["examples"] and method["errors"], name)
            for param in method["params"]:
                self.assertTrue("description" in param["schema"] or "$ref" in param["schema"], (name, param))

    def test_each_method_has_a_path_but_for_what_lines_alone_have(self):
        operations = [
            operation["operationId"] for path in self.openapi.document["paths"].values() for operation in path.values()
        ]
        self.assertEqual(len(operations), len(set(operations)))
        self.assertEqual(set(self.api.methods) - set(operations), {"events.unsubscribe"})

    def test_both_have_the_daemons_version_and_the_same_schemas(self):
        version = subprocess.run([GIROD, "--version"], text=True, capture_output=True, check=True).stdout.split()[1]
        for schemas in (self.api, self.openapi):
            self.assertEqual(schemas.document["info"]["version"], version)
        self.assertEqual(self.api.document["components"]["schemas"], self.openapi.document["components"]["schemas"])
        self.assertEqual(json.loads(self.get("/v1/openrpc.json")), self.api.document)

    def test_every_reference_leads_somewhere_and_every_schema_is_one(self):
        for schemas in (self.api, self.openapi):
            for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(schemas.document))):
                self.assertTrue(schemas.at(reference), reference)
        for schema in self.api.document["components"]["schemas"].values():
            jsonschema.Draft7Validator.check_schema(schema)
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_amount_of_money_is_an_integer_of_64_bits(self):
        text = json.dumps(self.api.document["components"]["schemas"])
        self.assertNotIn('"number"', text)
        for name in ("amount", "balance", "from_balance", "floor"):
            for schema in re.findall(rf'"{name}": (\{{[^{{}}]*\}})', text):
                self.assertEqual(json.loads(schema).get("format"), "int64", (name, schema))

    def test_the_official_schemas_take_the_documents(self):
        folder = pathlib.Path(os.environ.get("GIRO_API_SCHEMAS", ""))
        if not (folder / "openapi.json").is_file():
            self.skipTest("the official schemas aren't here: `./dev deps ci` fetches them where there is npm")
        openrpc, openapi = (
            json.loads((folder / name).read_text(encoding="utf-8")) for name in ("openrpc.json", "openapi.json")
        )
        # It refers to the schema of schemas by an address; what is asked of schemas is asked above.
        any_schema = {"definitions": {"JSONSchemaObject": {"properties": {"$ref": {"type": "string"}}}}}
        store = {"https://meta.json-schema.tools": any_schema, "https://meta.json-schema.tools/": any_schema}
        resolver = jsonschema.RefResolver.from_schema(openrpc, store=store)
        jsonschema.Draft7Validator(openrpc, resolver=resolver).validate(self.api.document)
        jsonschema.Draft202012Validator(openapi).validate(self.openapi.document)
        broken = copy.deepcopy(self.openapi.document)
        del broken["paths"]["/v1/payments"]["post"]["requestBody"]["content"]
        self.assertFalse(jsonschema.Draft202012Validator(openapi).is_valid(broken))

    # --- params ---

    def test_each_field_of_each_method_is_described_and_no_other(self):
        names = {name for method in self.api.methods for name in self.api.fields_of(method)}
        for source in [*SOURCES.glob("protocol/*.cpp"), *SOURCES.glob("session/*.cpp")]:
            names.update(re.findall(r'Field(?:<\w+>)?\{\s*"(\w+)"', source.read_text(encoding="utf-8")))
        self.assertGreater(len(names), 50)
        asked = [(method, name) for method in self.api.methods for name in sorted(names)]
        answers = self.lines.ask([{"method": method, "params": {name: WRONG}} for method, name in asked])
        for (method, name), answer in zip(asked, answers):
            data = answer.get("error", {}).get("data", {})
            unknown = (data.get("code"), data.get("field")) == ("unknown_field", name)
            self.assertEqual(not unknown, name in self.api.fields_of(method), (method, name, answer))

    def test_the_fields_of_legs_limits_and_members_are_described_and_no_other(self):
        legs = {"method": "payments.submit", "params": {"key": "nest", "legs": [{"x": 1}]}}
        inner = {
            "Leg": ("payments.submit", lambda one: {"key": "nest", "legs": [one]}),
            "Limit": ("accounts.update", lambda one: {"key": "nest", "id": "acct:a", "limits": [one]}),
            "Alerts": ("accounts.update", lambda one: {"key": "nest", "id": "acct:a", "alerts": one}),
            "Member": ("payments.submit_group", lambda one: {"members": [one]}),
        }
        names = {"from", "to", "amount", "currency", "window", "count", "below", "above", "method", "params", "key"}
        self.assertEqual(self.lines.ask([legs])[0]["error"]["data"]["code"], "unknown_field")
        for object_name, (method, params) in inner.items():
            schema = self.api.at(f"#/components/schemas/{object_name}")
            described = (schema["oneOf"][0] if "oneOf" in schema else schema)["properties"]
            for name in names:
                answer = self.lines.ask([{"method": method, "params": params({name: WRONG})}])[0]
                unknown = answer["error"]["data"]["code"] == "unknown_field"
                self.assertEqual(not unknown, name in described, (object_name, name, answer))

    def requests(self):
        """One of each method that is valid, from the page; the keys are this test's own."""
        firsts = {}
        for _, request, answers in page_examples():
            self.without_refused(request, answers[0])
            if "result" in answers[0]:
                firsts.setdefault(request["method"], request.get("params", {}))
        self.assertEqual(set(firsts), set(self.api.methods))
        return firsts

    @staticmethod
    def is_refused(answer):
        code = answer.get("error", {}).get("data", {}).get("code", "")
        return code in ("malformed", "unknown_field", "same_account") or code.startswith("invalid_")

    def expect_refusals_as_described(self, requests):
        """What the document lets be sent isn't refused for its form; all else is."""
        for request, answer in zip(requests, self.lines.ask(requests)):
            problems = self.api.problems_of_request(request)
            with self.subTest(request=request):
                if answer.get("result", {}).get("errors"):  # Of payments.submit_many, one by one.
                    self.assertTrue(problems)
                elif not problems and self.is_refused(answer):
                    data = answer["error"]["data"]
                    self.assertIn((request["method"], data["code"]), BEYOND_SCHEMAS, answer)
                else:
                    self.assertEqual(self.is_refused(answer), bool(problems), (answer, problems))

    def test_what_is_needed_is_needed_and_the_rest_is_not(self):
        requests = []
        for method, params in self.requests().items():
            for left_out in [None, *params]:
                kept = {name: value for name, value in params.items() if name != left_out}
                if "key" in kept:
                    kept["key"] = f"needed:{method}:{left_out}"
                requests.append({"method": method, "params": kept})
        self.expect_refusals_as_described(requests)

    def test_types_ranges_and_names_are_those_that_the_daemon_takes(self):
        requests = []
        for method, params in self.requests().items():
            for name, schema in self.api.fields_of(method).items():
                for value in self.values_of(schema):
                    requests.append({"method": method, "params": {**params, name: value}})
        self.assertGreater(len(requests), 300)
        for request in requests:
            request["params"].pop("legs", None)
        self.expect_refusals_as_described(requests)

    @staticmethod
    def values_of(schema):
        """Values on both sides of every bound."""
        values = [WRONG, True if schema.get("type") != "boolean" else 1]
        if "enum" in schema:
            values += [*schema["enum"], "no-such"]
        if "integer" in schema.get("type", ""):
            values += [schema["minimum"], schema["minimum"] - 1] if "minimum" in schema else [-5]
            values += [schema["maximum"], schema["maximum"] + 1] if "maximum" in schema else []
            values += [1.5]
        return values

    # --- the pages ---

    def test_the_examples_of_the_protocols_page_are_as_described(self):
        seen = set()
        for line, request, answers in page_examples():
            with self.subTest(line=line):
                self.without_refused(request, answers[0])
                refused = self.is_refused(answers[0])
                self.assertEqual(bool(self.api.problems_of_request(request)), refused)
                for answer in answers:
                    self.told(request["method"], answer)
                seen.add(request["method"])
        self.assertEqual(seen, set(self.api.methods))

    def without_refused(self, request, answer):
        """Of many, those that were refused are such that the document doesn't let be sent."""
        many = request.get("params", {}).get("payments", [])
        for one in reversed(answer.get("result", {}).get("not_applied", []) if many else []):
            if "error" in one:
                refused = many.pop(one["index"])
                self.assertTrue(self.api.problems(self.api.params_of("payments.submit"), refused))

    def test_an_answer_with_a_field_more_or_less_is_none(self):
        """So the tests here can fail."""
        for _, request, answers in page_examples():
            answer = answers[0]
            if not isinstance(answer.get("result"), dict) or request["method"] == "rpc.discover":
                continue
            more = {"result": {**answer["result"], "surprise": 1}}
            self.assertTrue(self.api.problems_of_answer(request["method"], more))
            self.assertTrue(self.api.problems_of_answer(request["method"], {"result": {}}))

    def test_the_examples_of_the_page_about_http_are_as_described(self):
        checked = 0
        text = (DOCS / "HTTP.md").read_text(encoding="utf-8")
        for command, output in re.findall(r"^    \$ (.*curl .*)\n((?:    [^$\n].*\n|\n(?=    ))*)", text, re.MULTILINE):
            with self.subTest(command=command):
                self.check_exchange(*self.exchange_of(command, [line[4:] for line in output.splitlines()]))
                checked += 1
        self.assertGreater(checked, 12)

    @staticmethod
    def exchange_of(command, output):
        """(verb, target, headers, body, status, content type, text of the answer) of a command of curl."""
        words = shlex.split(command)
        words = words[words.index("curl") :]
        options = dict(zip(words, words[1:]))
        target = next(word for word in words if word.startswith("http://giro")).removeprefix("http://giro")
        headers = dict(words[i + 1].split(": ") for i, word in enumerate(words) if word == "-H")
        body = options.get("-d")
        lines_sent = "--data-binary" in options
        answer = json.loads(output[0]) if output and output[0].startswith("{") and not lines_sent else None
        status = int(output[1]) if "-w" in options else 200
        kind = "application/json" if answer is not None or ">$TOUR" in command else "text/plain"
        if answer is not None and str(answer.get("type")).startswith("urn:giro:"):
            kind = "application/problem+json"
        if "events" in target:
            kind = "text/event-stream"
        verb = "POST" if body is not None or lines_sent else "GET"
        return verb, target, headers, body, status, kind, answer

    def operation_of(self, verb, path):
        for pattern, operations in self.openapi.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) and verb.lower() in operations:
                return operations[verb.lower()]
        self.fail(f"{verb} {path} isn't described")

    @staticmethod
    def with_bare_amounts(text):
        """What is described are amounts as numbers; how they are told as strings, the description says once for all."""
        return re.sub(r'(?<=:)"(-?[0-9]+)"', r"\1", text)

    def check_exchange(self, verb, target, headers, body, status, kind, answer):
        if headers.pop("Accept", None) == "application/json;amounts=string":
            body = self.with_bare_amounts(body)
            answer = json.loads(self.with_bare_amounts(json.dumps(answer, separators=(",", ":"))))
        path, _, query = target.partition("?")
        operation = self.operation_of(verb, path)
        described = {(one["in"], one["name"]) for one in operation.get("parameters", [])}
        self.assertLessEqual({("header", name) for name in headers}, described)
        self.assertLessEqual({("query", pair.split("=")[0]) for pair in query.split("&") if pair}, described)
        if body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            self.assertEqual(bool(self.openapi.problems(schema, json.loads(body))), status == 400)
        if path == "/v1/rpc":
            return
        response = operation["responses"][str(status)]
        if "$ref" in response:
            response = self.openapi.at(response["$ref"])
        schema = response["content"].get(kind, {}).get("schema")
        self.assertIsNotNone(schema, (kind, response))
        if answer is not None:
            self.assertEqual(self.openapi.problems(schema, answer), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
