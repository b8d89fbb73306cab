import assert from "node:assert/strict";
import { test } from "node:test";

import { newKey } from "../src/key.js";
import { formatAmount, parseAmount } from "../src/money.js";

test("decimals become whole minor units by the currency's scale, and decimals again", () => {
  const cases: [string, number, bigint][] = [
    ["12.34", 2, 1234n],
    ["-0.05", 2, -5n],
    ["0.00", 2, 0n],
    ["700", 0, 700n],
    ["1.000", 3, 1000n],
    ["92233720368547758.07", 2, 2n ** 63n - 1n],
    ["-92233720368547758.08", 2, -(2n ** 63n)],
    ["9.223372036854775807", 18, 2n ** 63n - 1n],
    ["0.000000000000000001", 18, 1n],
  ];
  for (const [decimal, scale, amount] of cases) {
    assert.equal(parseAmount(decimal, scale), amount);
    assert.equal(formatAmount(amount, BigInt(scale)), decimal);
  }
});

test("missing decimals are zeros", () => {
  assert.equal(parseAmount("12", 2), 1200n);
  assert.equal(parseAmount("12.5", 2), 1250n);
});

test("random amounts of every scale survive being formatted and parsed", () => {
  for (let i = 0; i < 10_000; i++) {
    const digits = Math.random()
      .toString()
      .slice(2, 2 + Math.floor(Math.random() * 18));
    const amount = BigInt(digits || "0") * (Math.random() < 0.5 ? -1n : 1n);
    const scale = i % 19;
    assert.equal(parseAmount(formatAmount(amount, scale), scale), amount);
  }
});

test("more decimals than the currency has are refused, zeros too: 1.000 EUR is likely a grouped thousand", () => {
  assert.throws(() => parseAmount("1.000", 2), /amount 1\.000 has more than the 2 decimals/);
  assert.throws(() => parseAmount("1.0", 0), /more than the 0 decimals/);
});

test("what isn't a plain decimal is refused", () => {
  for (const text of [
    "",
    "-",
    ".5",
    "5.",
    "1,50",
    "1 000",
    " 1",
    "1e3",
    "0x10",
    "+1",
    "--1",
    "1.2.3",
    "NaN",
    "١",
    "1_000",
  ]) {
    assert.throws(() => parseAmount(text, 2), /isn't a decimal such as 12\.50/);
  }
});

test("an amount past 64 bits is refused, quickly even where it has a million digits", () => {
  assert.throws(() => parseAmount("92233720368547758.08", 2), /larger than the ledger can keep/);
  assert.throws(() => parseAmount("9".repeat(1_000_000), 2), /larger than the ledger can keep/);
});

test("a scale is a whole number from 0 to 18", () => {
  for (const scale of [-1, 19, 1.5, NaN]) {
    assert.throws(() => formatAmount(1n, scale), /a scale is a whole number/);
  }
});

test("a key is a UUID of version 7: made now, sorting by its time, never the same", () => {
  const began = Date.now();
  const keys = Array.from({ length: 10_000 }, newKey);
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) {
    assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = parseInt(key.replace(/-/g, "").slice(0, 12), 16);
    assert.ok(time >= began && time <= Date.now());
  }
});
