// JSON in which every integer is a bigint, so that none loses a digit either way.
//
// Node 18 shows a number only after it was rounded to a double, hence a parser of our own. Against
// JSON.parse: the same language, the same values, but for integers (`1` is 1n, `-0` is 0n; `1.0`
// and `1e3` stay numbers) and a bound on nesting. Pure.

export type Json = null | boolean | string | bigint | number | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

// The daemon takes 32; whatever is deeper is a mistake, a cycle among them.
const DEPTH_MAX = 128;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// ---- Reading ----

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const BACKSLASH = 92;
const SPACE = 32;

// One document at a time, never re-entered: variables of the module are faster than those of an
// object.
let text = "";
let at = 0;
let depth = 0;

// The names of fields are few and come again and again: a name that is known costs a comparison,
// and no new string.
const NAMES = 1024;
const names: string[] = new Array<string>(NAMES).fill("");

export function parse(document: string): Json {
  text = document;
  at = 0;
  depth = 0;
  const value = readValue();
  skipBlanks();
  if (at < text.length) fail();
  text = "";
  return value;
}

function fail(): never {
  const found = at < text.length ? JSON.stringify(text.slice(at, at + 20)) : "the end";
  text = "";
  throw new SyntaxError(`not JSON: ${found} at character ${at}`);
}

// The next character that isn't blank, NaN at the end.
function skipBlanks(): number {
  let c = text.charCodeAt(at);
  while (c === SPACE || c === 10 || c === 13 || c === 9) c = text.charCodeAt(++at);
  return c;
}

function peek(): number {
  const c = text.charCodeAt(at);
  return c > SPACE ? c : skipBlanks();
}

function readValue(): Json {
  const c = peek();
  switch (c) {
    case QUOTE:
      return readString();
    case 123:
      return readObject();
    case 91:
      return readArray();
    case 116:
      return readWord("true", true);
    case 102:
      return readWord("false", false);
    case 110:
      return readWord("null", null);
    default:
      return readNumber(c);
  }
}

function readWord<T>(word: string, value: T): T {
  if (!text.startsWith(word, at)) fail();
  at += word.length;
  return value;
}

function readObject(): JsonObject {
  const object: JsonObject = {};
  if (++depth > DEPTH_MAX) fail();
  at++;
  if (peek() === 125) {
    at++;
    depth--;
    return object;
  }
  for (;;) {
    if (peek() !== QUOTE) fail();
    const name = readName();
    if (peek() !== COLON) fail();
    at++;
    const value = readValue();
    if (name === "__proto__") {
      Object.defineProperty(object, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    } else {
      object[name] = value;
    }
    const c = peek();
    if (c !== COMMA && c !== 125) fail();
    at++;
    if (c === 125) break;
  }
  depth--;
  return object;
}

function readArray(): Json[] {
  const array: Json[] = [];
  if (++depth > DEPTH_MAX) fail();
  at++;
  if (peek() === 93) {
    at++;
    depth--;
    return array;
  }
  for (;;) {
    array.push(readValue());
    const c = peek();
    if (c !== COMMA && c !== 93) fail();
    at++;
    if (c === 93) break;
  }
  depth--;
  return array;
}

function readString(): string {
  const start = at + 1;
  let end = start;
  for (let c = text.charCodeAt(end); c !== QUOTE; c = text.charCodeAt(++end)) {
    if (c === BACKSLASH || !(c >= SPACE)) return readEscaped();
  }
  at = end + 1;
  const part = text.slice(start, end);
  // V8's slices of 13 characters or more point into the whole: one key that a program keeps would
  // keep a page of a thousand payments in memory. This makes a copy.
  return end - start < 13 ? part : (" " + part).slice(1);
}

function readName(): string {
  const start = at + 1;
  let end = start;
  let hash = 0;
  for (let c = text.charCodeAt(end); c !== QUOTE; c = text.charCodeAt(++end)) {
    if (c === BACKSLASH || !(c >= SPACE)) return readEscaped();
    hash = ((hash * 33) ^ c) & (NAMES - 1);
  }
  at = end + 1;
  const known = names[hash] as string;
  if (known.length === end - start && text.startsWith(known, start)) return known;
  const name = text.slice(start, end);
  if (name.length < 64) names[hash] = name;
  return name;
}

// One that has escapes, or isn't valid: rare, so the engine's own parser may see to it.
function readEscaped(): string {
  const start = at;
  let end = start + 1;
  for (let c = text.charCodeAt(end); c !== QUOTE; c = text.charCodeAt(++end)) {
    if (c === BACKSLASH) end++;
    if (end >= text.length) fail();
  }
  at = end + 1;
  return readByEngine<string>(start);
}

function readByEngine<T>(start: number): T {
  try {
    return JSON.parse(text.slice(start, at)) as T;
  } catch {
    at = start;
    return fail();
  }
}

function readNumber(first: number): bigint | number {
  const start = at;
  let end = at;
  let c = first;
  if (c === MINUS) c = text.charCodeAt(++end);
  const digits = end;
  let value = 0;
  if (c === ZERO) {
    c = text.charCodeAt(++end);
  } else {
    for (; c >= ZERO && c <= NINE; c = text.charCodeAt(++end)) value = value * 10 + (c - ZERO);
  }
  at = end;
  if (c === POINT || c === 101 || c === 69) {
    while (
      (c >= ZERO && c <= NINE) ||
      c === POINT ||
      c === 101 ||
      c === 69 ||
      c === 43 ||
      c === MINUS
    ) {
      c = text.charCodeAt(++at);
    }
    return readByEngine<number>(start);
  }
  if (end === digits) {
    at = start;
    fail();
  }
  if (end - digits <= 15) return BigInt(first === MINUS ? -value : value);
  return BigInt(text.slice(start, end));
}

// ---- Writing ----

// Text of `value` on one line. Integers are bigints, or numbers that are safe integers; a field
// that is undefined is left out; a Date is its time. Whatever can't be written exactly is a
// TypeError: NaN, a number beyond 2^53, a function.
export function write(value: unknown, level = 0): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "bigint":
      return value.toString();
    case "number":
      return writeNumber(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (level >= DEPTH_MAX) throw new TypeError("is nested too deeply, or contains itself");
      if (Array.isArray(value)) return writeArray(value, level + 1);
      if (value instanceof Date) return quote(value.toISOString());
      return writeObject(value as Record<string, unknown>, level + 1);
    default:
      throw new TypeError(`a value of type ${typeof value} has no form in JSON`);
  }
}

function writeNumber(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 ? "0" : String(value);
  if (Number.isInteger(value))
    throw new TypeError(`${value} is beyond 2^53, where a number isn't exact: use a bigint`);
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no form in JSON`);
  return String(value);
}

function writeArray(array: readonly unknown[], level: number): string {
  let out = "[";
  for (let i = 0; i < array.length; i++) {
    if (i > 0) out += ",";
    out += write(array[i], level);
  }
  return out + "]";
}

function writeObject(object: Record<string, unknown>, level: number): string {
  let out = "{";
  let separator = "";
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value === undefined) continue;
    out += separator + quoteName(name) + write(value, level);
    separator = ",";
  }
  return out + "}";
}

const QUOTED_NAMES_MAX = 1024;
const quotedNames = new Map<string, string>();

function quoteName(name: string): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  const quoted = JSON.stringify(name) + ":";
  if (quotedNames.size < QUOTED_NAMES_MAX && name.length < 64) quotedNames.set(name, quoted);
  return quoted;
}

const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(value: string): string {
  return SPECIAL.test(value) ? JSON.stringify(value) : '"' + value + '"';
}
