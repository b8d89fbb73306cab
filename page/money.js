// Amounts: minor units, as BigInt or decimal text, in decimals of their currency. Never a double: an amount that was
// rounded is another amount.

const scales = new Map();

/** Remembers the scales of currencies: [{currency, scale}]. */
export function learnScales(currencies) {
  for (const { currency, scale } of currencies) scales.set(currency, scale);
}

export function knowsScale(currency) {
  return scales.has(currency);
}

function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** "1250" of scale 2 is "12.50"; a thin space between thousands, a true minus. */
export function decimal(minor, scale) {
  const value = BigInt(minor);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = grouped(digits.slice(0, digits.length - scale));
  const sign = value < 0n ? '\u2212' : '';
  return sign + whole + (scale > 0 ? '.' + digits.slice(-scale) : '');
}

/** With its currency. One that the ledger doesn't know (it was rejected for that) has no scale to go by. */
export function amount(minor, currency) {
  if (minor === undefined || minor === null) return '';
  const scale = scales.get(currency);
  if (scale === undefined) return `${decimal(minor, 0)} minor units ${currency ?? ''}`;
  return `${decimal(minor, scale)} ${currency}`;
}
