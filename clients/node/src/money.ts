// Money: whole minor units, exact. `{ amount: 1234n, currency: "EUR" }` is 12.34 EUR, by the
// currency's scale of 2, which the daemon tells (Client.scaleOf). Pure.

export interface Money {
  readonly amount: bigint;
  readonly currency: string;
}

// What the ledger can keep: 64 bits.
const AMOUNT_MAX = 2n ** 63n - 1n;
const AMOUNT_MIN = -(2n ** 63n);

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

// "12.34" at a scale of 2 is 1234n. Digits, an optional leading minus, at most one point; no
// exponent, no grouping, no blank. More decimals than the scale are refused, zeros too: "1.000 EUR"
// is likely a thousand that somebody grouped. Throws a RangeError that says what is wrong.
export function parseAmount(decimal: string, scale: number | bigint): bigint {
  const places = checkedScale(scale);
  const parts = DECIMAL.exec(decimal);
  if (parts === null) {
    throw new RangeError(
      `amount ${JSON.stringify(decimal)} isn't a decimal such as ${formatAmount(1250n, places)}`,
    );
  }
  const [, minus = "", whole = "", decimals = ""] = parts;
  if (decimals.length > places) {
    throw new RangeError(`amount ${decimal} has more than the ${places} decimals of its currency`);
  }
  // Before BigInt() sees it: a megabyte of digits takes it seconds.
  if (whole.length > 64) throw new RangeError("the amount is larger than the ledger can keep");
  const amount = BigInt(minus + whole + decimals.padEnd(places, "0"));
  if (amount > AMOUNT_MAX || amount < AMOUNT_MIN) {
    throw new RangeError(`amount ${decimal} is larger than the ledger can keep`);
  }
  return amount;
}

// 1250n at a scale of 2 is "12.50"; -5n is "-0.05"; at a scale of 0 there is no point.
export function formatAmount(amount: bigint, scale: number | bigint): string {
  const places = checkedScale(scale);
  const digits = (amount < 0n ? -amount : amount).toString().padStart(places + 1, "0");
  const point = digits.length - places;
  const sign = amount < 0n ? "-" : "";
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function checkedScale(scale: number | bigint): number {
  const places = Number(scale);
  if (!Number.isInteger(places) || places < 0 || places > 18) {
    throw new RangeError(`a scale is a whole number from 0 to 18, not ${scale}`);
  }
  return places;
}
