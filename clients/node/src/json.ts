// JSON in which every integer is a bigint, so that none loses a digit either way. Pure.
//
// Against JSON.parse: the same language, the same values, but that a number whose value is whole is
// a bigint (`1`, `1.0`, `1e3`; `-0` is 0n), one of more than 53 bits with all its digits where it
// is written without fraction or exponent; and that nesting has a bound.

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

// The engine's parser is far faster than any that is written in its language, and shows numbers
// only after they were rounded to doubles. So it reads every document, and the few that have a
// number beyond what a double holds are read again, by their tokens.
export function parse(text: string): Json {
  hasRounded = false;
  const value = withBigInts(JSON.parse(text) as Json, 0);
  return hasRounded ? readTokens(text) : value;
}

// Whether a number of the document at hand may have lost digits.
let hasRounded = false;

function withBigInts(value: Json, depth: number): Json {
  if (typeof value === "number") return whole(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) throw new SyntaxError(`JSON that is nested more than ${DEPTH_MAX} deep`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = withBigInts(value[i] as Json, depth + 1);
    return value;
  }
  for (const name of Object.keys(value)) {
    const field = value[name] as Json;
    if (typeof field === "number") value[name] = whole(field);
    else if (typeof field === "object" && field !== null) withBigInts(field, depth + 1);
  }
  return value;
}

function whole(value: number): bigint | number {
  if (Number.isSafeInteger(value)) return BigInt(value);
  if (Number.isInteger(value) || !Number.isFinite(value)) hasRounded = true;
  return value;
}

// Of valid JSON: commas, colons and blanks say nothing more.
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]]|true|false|null/g;

function readTokens(text: string): Json {
  const tokens = text.match(TOKEN) as string[];
  let at = 0;
  const read = (token: string): Json => {
    if (token === "{") {
      const entries: [string, Json][] = [];
      for (let name = tokens[at++]; name !== "}"; name = tokens[at++]) {
        entries.push([JSON.parse(name as string) as string, read(tokens[at++] as string)]);
      }
      return Object.fromEntries(entries);
    }
    if (token === "[") {
      const array: Json[] = [];
      for (let item = tokens[at++]; item !== "]"; item = tokens[at++]) {
        array.push(read(item as string));
      }
      return array;
    }
    if (/^-?\d+$/.test(token)) return BigInt(token);
    const value = JSON.parse(token) as Json;
    return typeof value === "number" ? whole(value) : value;
  };
  return read(tokens[at++] as string);
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
  if (Number.isInteger(value)) {
    throw new TypeError(`${value} is beyond 2^53, where a number isn't exact: use a bigint`);
  }
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
