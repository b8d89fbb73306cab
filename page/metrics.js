// Prometheus' text format, as far as /metrics has it: names, labels, values; and what two of its pages say together.

/** A map from name to [{labels, value}]. */
export function read(text) {
  const families = new Map();
  for (const line of text.split('\n')) {
    const found = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!found) continue;
    const [, name, inner = '', value] = found;
    const labels = Object.fromEntries(
      [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text_]) => [label, text_]),
    );
    if (!families.has(name)) families.set(name, []);
    families.get(name).push({ labels, value: Number(value) });
  }
  return families;
}

/** The sum of what has this name, with these labels. */
export function sum(families, name, labels = {}) {
  return (families.get(name) ?? [])
    .filter((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
    .reduce((total, sample) => total + sample.value, 0);
}

/**
 * The bound of a histogram's bucket that this share of what happened between two pages lies within.
 * Undefined: nothing happened.
 */
export function quantile(before, now, name, share) {
  const bucket = `${name}_bucket`;
  const earlier = new Map(
    (before.get(bucket) ?? []).map((sample) => [sample.labels.le, sample.value]),
  );
  const buckets = (now.get(bucket) ?? []).map((sample) => ({
    bound: sample.labels.le === '+Inf' ? Infinity : Number(sample.labels.le),
    count: sample.value - (earlier.get(sample.labels.le) ?? 0),
  }));
  const all = buckets.at(-1)?.count ?? 0;
  return all > 0 ? buckets.find(({ count }) => count >= share * all).bound : undefined;
}

/** "≤ 2.5 ms", and "> 10 s" past the last bucket. */
export function seconds(bound) {
  if (bound === undefined) return '–';
  if (bound === Infinity) return '> 10 s';
  return bound < 1 ? `≤ ${Number((bound * 1000).toPrecision(3))} ms` : `≤ ${bound} s`;
}
