// How long to wait before the next try: twice as long each time up to a bound, and by chance up to
// half of it less, so that a thousand clients of a daemon that restarts don't come back at one
// moment. Pure.

export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
}

export const BACKOFF: BackoffOptions = { firstMs: 10, mostMs: 1_000 };

// `tries`: how many there were, 1 or more. `random`: from 0 to below 1.
export function backoffMs(
  tries: number,
  random: number,
  options: BackoffOptions = BACKOFF,
): number {
  const most = Math.min(options.mostMs, options.firstMs * 2 ** Math.min(tries - 1, 30));
  return most * (1 - random / 2);
}
