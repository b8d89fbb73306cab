// The codec beside JSON.parse, on random documents, and where the two are to differ.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { parse, write } from "../src/json.js";

// mulberry32: the same documents on every machine.
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES = [
  "seq",
  "from_balance",
  "a",
  "",
  "__proto__",
  "constructor",
  "ä€😀",
  'q"uote\\',
  "0",
  "\u2028",
  "x".repeat(80),
];
const TEXTS = [
  "",
  "short",
  "customers:ada",
  "2026-11-23T09:00:00.000000010Z",
  'a "quoted" one',
  "\\",
  "\u0000\n\t",
  "😀",
  "é",
];

class Documents {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  // JSON text, with blanks, escapes and numbers of every form.
  text(depth = 0): string {
    const kind = Math.floor(this.#random() * (depth > 6 ? 5 : 8));
    switch (kind) {
      case 0:
        return this.pick(["null", "true", "false"]);
      case 1:
        return this.string();
      case 2:
        return String(Math.floor((this.#random() - 0.5) * 10 ** Math.floor(this.#random() * 15)));
      case 3:
        return this.pick([
          "-0",
          "0",
          "-1",
          "9007199254740991",
          "1.5",
          "-0.0",
          "1e3",
          "1E-7",
          "12.50",
          "0.1e+2",
        ]);
      case 4:
        return this.pick(TEXTS.map((text) => JSON.stringify(text)));
      case 5:
        return `[${this.many(() => this.blank() + this.text(depth + 1) + this.blank())}]`;
      default:
        return `{${this.many(() => `${this.string()}${this.blank()}:${this.blank()}${this.text(depth + 1)}`)}}`;
    }
  }

  string(): string {
    const text = JSON.stringify(this.pick(NAMES));
    return this.#random() < 0.1
      ? text.replace(/[a-z]/, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
      : text;
  }

  many(one: () => string): string {
    return Array.from({ length: Math.floor(this.#random() * 5) }, one).join(",");
  }

  blank(): string {
    return this.#random() < 0.9 ? "" : this.pick([" ", "\n", "\t\r ", "  "]);
  }

  // The text with one character changed, taken out or put in.
  damaged(): string {
    const text = this.text();
    const at = Math.floor(this.#random() * text.length);
    const wrong = this.pick([
      '"',
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "-",
      "0",
      "1",
      ".",
      "e",
      "\\",
      " ",
      "\n",
      "t",
      "\u0001",
      "é",
    ]);
    return (
      text.slice(0, at) +
      this.pick([wrong, "", wrong + text.slice(at, at + 1)]) +
      text.slice(at + 1)
    );
  }
}

// Of a number JSON.parse knows the value, not the form.
function assertSame(ours: unknown, theirs: unknown, text: string): void {
  if (typeof theirs === "number") {
    if (Number.isSafeInteger(theirs)) assert.equal(typeof ours, "bigint", text);
    else if (!Number.isInteger(theirs)) assert.equal(typeof ours, "number", text);
    assert.ok(Number(ours) === theirs, text);
  } else if (typeof theirs === "object" && theirs !== null) {
    assert.ok(typeof ours === "object" && ours !== null, text);
    assert.equal(Array.isArray(ours), Array.isArray(theirs), text);
    assert.deepEqual(Object.keys(ours), Object.keys(theirs), text);
    assert.equal(Object.getPrototypeOf(ours), Object.getPrototypeOf(theirs), text);
    for (const [name, value] of Object.entries(theirs)) {
      assertSame(Object.getOwnPropertyDescriptor(ours, name)?.value, value, text);
    }
  } else {
    assert.equal(ours, theirs, text);
  }
}

function outcome<T>(run: () => T): T | "error" {
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
    return "error";
  }
}

test("random documents mean what they mean to JSON.parse", () => {
  const documents = new Documents(1);
  for (let i = 0; i < 5_000; i++) {
    const text = documents.text();
    assertSame(parse(text), JSON.parse(text), text);
  }
});

test("a number that a double can't hold among them changes nothing of the rest", () => {
  const documents = new Documents(4);
  for (let i = 0; i < 5_000; i++) {
    const text = documents.text();
    const [long, rest] = parse(`[ 9007199254740993 ,${text}]`) as unknown[];
    assert.equal(long, 9007199254740993n);
    assertSame(rest, JSON.parse(text), text);
  }
});

test("damaged documents are refused exactly where JSON.parse refuses them", () => {
  const documents = new Documents(2);
  let refused = 0;
  for (let i = 0; i < 10_000; i++) {
    const text = documents.damaged();
    const theirs: unknown = outcome(() => JSON.parse(text));
    const ours = outcome(() => parse(text));
    if (theirs === "error") {
      assert.equal(ours, "error", text);
      refused++;
    } else {
      assertSame(ours, theirs, text);
    }
  }
  assert.ok(refused > 2_000, `only ${refused} were refused`);
});

test("what is written is read back as it was", () => {
  const documents = new Documents(3);
  for (let i = 0; i < 5_000; i++) {
    const text = documents.text();
    assertSame(parse(write(parse(text))), JSON.parse(text), text);
  }
});

test("an integer is a bigint and keeps every digit, whatever its length", () => {
  for (const digits of [
    "0",
    "7",
    "999999999999999",
    "1000000000000000",
    "9007199254740993",
    "-9223372036854775808",
  ]) {
    assert.equal(parse(digits), BigInt(digits));
    assert.equal(write(BigInt(digits)), digits);
  }
  assert.equal(parse("9007199254740992"), 2n ** 53n);
  const long = "-" + "1234567890".repeat(100);
  assert.equal(write(parse(`{"n":[${long}]}`)), `{"n":[${long}]}`);
});

test("a number with a fraction is a number, as with JSON.parse; one that is whole is a bigint", () => {
  assert.deepEqual(parse("[0.5,-12.25,2E-3,1.0,1e3,-0]"), [0.5, -12.25, 0.002, 1n, 1000n, 0n]);
  assert.deepEqual(parse("[1e300,9007199254740993,1e2]"), [1e300, 9007199254740993n, 100n]);
});

test("a number that isn't exact is never written", () => {
  assert.throws(() => write({ amount: 2 ** 53 }), /beyond 2\^53.*use a bigint/);
  assert.throws(() => write([1e300]), /beyond 2\^53/);
  assert.throws(() => write(NaN), /no form in JSON/);
  assert.throws(() => write(-Infinity), /no form in JSON/);
  assert.equal(write([2 ** 53 - 1, -0, 12.5]), "[9007199254740991,0,12.5]");
});

test("what has no form in JSON is an error, never left out but for an undefined field", () => {
  assert.equal(write({ key: "a", reference: undefined }), '{"key":"a"}');
  assert.throws(() => write([undefined]), /type undefined has no form/);
  assert.throws(() => write({ f: () => 1 }), /type function has no form/);
  assert.throws(() => write({ s: Symbol("s") }), /type symbol has no form/);
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  assert.throws(() => write(cycle), /contains itself/);
});

test("a Date is written as its time", () => {
  assert.equal(
    write({ at: new Date("2026-11-23T09:00:00Z") }),
    '{"at":"2026-11-23T09:00:00.000Z"}',
  );
  assert.throws(() => write(new Date("never")), RangeError);
});

test("what is kept of a document doesn't keep the document", () => {
  // 75 MB of documents, in 32.
  const program = `
    import { parse } from ${JSON.stringify(new URL("../src/json.js", import.meta.url).href)};
    const kept = [];
    for (let i = 0; i < 300; i++) {
      const key = String(i).padStart(36, "k");
      const page = parse('{"' + key + '":"' + key + '","text":"' + "x".repeat(250_000) + '"}');
      kept.push(page[key], Object.keys(page)[0]);
    }
    console.log(kept.length);`;
  const words = ["--max-old-space-size=32", "--input-type=module", "--eval", program];
  const ran = spawnSync(process.execPath, words, { encoding: "utf8" });
  assert.equal(ran.stdout, "600\n", ran.stderr);
});

test("a name can't reach an object's prototype", () => {
  const read = parse('{"__proto__":{"admin":true},"constructor":1}') as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(read), Object.prototype);
  assert.equal(read["admin"], undefined);
  assert.equal(write(read), '{"__proto__":{"admin":true},"constructor":1}');
});

test("nesting is bounded both ways, so rubbish can't exhaust the stack", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  assert.equal(write(parse(nested(128))), nested(128));
  assert.throws(() => parse(nested(129)), /nested more than 128 deep/);
  assert.throws(() => parse(nested(1_000_000)), SyntaxError);
  assert.throws(() => parse("[".repeat(1_000_000)), SyntaxError);
});
