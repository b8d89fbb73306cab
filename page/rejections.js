// What was decided against, by its reason, in the words that the daemon has for it.

import { ask, askExplanations, askMetrics } from './api.js';
import { accountLink, entryLink, make, row, table, time } from './dom.js';
import { fill, pages } from './loading.js';
import * as metrics from './metrics.js';
import { amount } from './money.js';
import { learnScalesOf } from './payment.js';

const ROWS = 50;
// One answer looks at a few thousand entries; so many of them are asked for before a button is.
const TRIES = 20;

const COUNTS = [
  { title: 'Reason' },
  { title: 'Since the start', number: true },
  { title: 'What it means' },
];
const ENTRIES = [
  { title: 'Entry' },
  { title: 'Time (UTC)' },
  { title: 'Reason' },
  { title: 'From' },
  { title: 'To' },
  { title: 'Amount', number: true },
];

const reasonLink = (code) => make('a', { href: `#/rejections/${code}` }, code);

async function counts(explanations) {
  const families = metrics.read(await askMetrics());
  const samples = (families.get('giro_rejections_total') ?? []).filter(({ value }) => value > 0);
  if (samples.length === 0) return make('p', {}, 'Nothing was rejected since girod was started.');
  samples.sort((a, b) => b.value - a.value);
  const rows = samples.map(({ labels, value }) =>
    row(reasonLink(labels.code), { number: value.toLocaleString('en') }, explanations[labels.code]),
  );
  return table('Rejections by reason, since girod was started', COUNTS, make('tbody', {}, rows));
}

function chooser(explanations, chosen) {
  const options = Object.keys(explanations).map((code) =>
    make('option', { value: code, selected: code === chosen }, code),
  );
  const select = make(
    'select',
    { id: 'reason' },
    make('option', { value: '' }, 'any reason'),
    options,
  );
  select.addEventListener('change', () => {
    location.hash = select.value ? `#/rejections/${select.value}` : '#/rejections';
  });
  return make('p', {}, make('label', { for: 'reason' }, 'Rejected for'), ' ', select);
}

function entryRow(entry) {
  const leg = entry.legs?.[entry.leg ?? 0] ?? entry;
  const reason = entry.leg_code ? `${entry.code}: ${entry.leg_code}` : entry.code;
  return row(
    entryLink(entry),
    time(entry.at),
    reason,
    leg.from ? accountLink(leg.from) : '',
    leg.to ? accountLink(leg.to) : '',
    { number: amount(leg.amount, leg.currency) },
  );
}

/** The next ones back in time; an answer may have none, and more behind it. */
async function older(code, cursor) {
  let rows = [];
  let next = cursor;
  for (let i = 0; i < TRIES && rows.length === 0 && next !== null; ++i) {
    const answer = await ask('payments.list', {
      status: 'rejected',
      code,
      order: 'desc',
      limit: ROWS,
      after: next,
    });
    await learnScalesOf(answer.payments);
    rows = answer.payments.map(entryRow);
    next = answer.next;
  }
  const note =
    rows.length === 0 && next !== null ? `Looked at everything back to seq ${next}.` : undefined;
  return { rows, next, note };
}

async function entries(code, signal) {
  const body = make('tbody');
  const { foot, first } = pages(body, signal, {
    title: 'Older ones',
    nothing: 'The ledger has none of them.',
    load: (cursor) => older(code, cursor),
  });
  await first();
  return [table('Payments that were rejected, newest first', ENTRIES, body), foot];
}

export function show(main, code, signal) {
  const [above, below] = [make('div', { id: 'counts' }), make('div', { id: 'rejected' })];
  main.append(make('h1', {}, 'Rejections'), above, make('h2', {}, 'In the ledger'), below);
  fill(above, signal, async () => counts(await askExplanations()));
  fill(below, signal, async () => {
    const explanations = await askExplanations();
    const words =
      code && make('p', { id: 'why' }, explanations[code] ?? 'There is no such reason.');
    const known = !code || explanations[code] !== undefined;
    return [
      chooser(explanations, code),
      words,
      ...(known ? await entries(code, signal) : []),
    ].filter(Boolean);
  });
}
