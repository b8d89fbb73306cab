// A payment's whole life: what was asked and decided, and all entries that go together with it, in their order.

import { ask, askExplanations } from './api.js';
import { accountLink, entryLink, list, make, row, status, table, time } from './dom.js';
import { fill } from './loading.js';
import { amount, knowsScale, learnScales } from './money.js';

const AMOUNTS = new Set([
  'amount',
  'asked',
  'left',
  'released',
  'reversed',
  'balance',
  'held_in',
  'held_out',
  'floor',
  'ceiling',
  'from_balance',
  'from_held_in',
  'from_held_out',
  'to_balance',
  'to_held_in',
  'to_held_out',
  'if_available_gte',
]);
const ACCOUNTS = new Set(['from', 'to', 'id']);
const TIMES = new Set(['at', 'expires_at', 'scheduled_for', 'due_at', 'next_at', 'deadline']);
const SEQS = new Set(['hold_seq', 'original_seq', 'schedule_seq']);
// These have a place of their own.
const APART = new Set([
  'status',
  'type',
  'code',
  'life',
  'life_more',
  'legs',
  'key',
  'account',
  'group',
  'currency',
  'from_currency',
  'to_currency',
]);

/** Scales of all currencies of the ledger, once they are needed. */
export async function learnScalesOf(entries) {
  const currencies = entries.flatMap((entry) => [
    entry.currency,
    ...(entry.legs ?? []).map((leg) => leg.currency),
  ]);
  if (currencies.every((currency) => currency === undefined || knowsScale(currency))) return;
  learnScales((await ask('ledger.status')).currencies);
}

/** What changes an account names no currency: it is the account's. */
async function ownCurrency(entry) {
  if (entry.currency || entry.id === undefined) return undefined;
  const account = await ask('accounts.get', { id: entry.id }).catch(() => undefined);
  if (account) learnScales([account]);
  return account?.currency;
}

const currencyOf = (name, entry) =>
  (name.startsWith('from_')
    ? entry.from_currency
    : name.startsWith('to_')
      ? entry.to_currency
      : undefined) ?? entry.currency;

function value(name, what, entry) {
  if (AMOUNTS.has(name)) return what === null ? 'none' : amount(what, currencyOf(name, entry));
  if (ACCOUNTS.has(name)) return accountLink(what);
  if (TIMES.has(name)) return time(what);
  if (SEQS.has(name)) return make('a', { href: `#/entry/${what}` }, `#${what}`);
  return typeof what === 'object' ? make('code', {}, JSON.stringify(what)) : String(what);
}

const title = (name) => name.replaceAll('_', ' ');

const fields = (entry) =>
  Object.entries(entry)
    .filter(([name]) => !APART.has(name))
    .map(([name, what]) => [title(name), value(name, what, entry)]);

const LIFE = [
  { title: 'Entry' },
  { title: 'Time (UTC)' },
  { title: 'Type' },
  { title: 'Decided' },
  { title: 'Amount', number: true },
  { title: 'Let go of', number: true },
];

function life(entry, currency) {
  const rows = (entry.life ?? [entry]).map((each) => {
    const made = row(
      entryLink(each),
      time(each.at),
      each.type,
      status(each),
      { number: amount(each.amount, currency) },
      { number: amount(each.released, currency) },
    );
    if (each.seq === entry.seq) made.setAttribute('aria-current', 'true');
    return made;
  });
  return [
    make('h2', {}, 'Its life'),
    table('All entries that go together, in their order', LIFE, make('tbody', {}, rows)),
    entry.life_more && make('p', {}, 'There is more than is shown here.'),
  ];
}

const LEGS = [
  { title: 'From' },
  { title: 'To' },
  { title: 'Amount', number: true },
  { title: 'From’s balance', number: true },
  { title: 'To’s balance', number: true },
];

function legs(entry) {
  const rows = entry.legs.map((leg) =>
    row(
      accountLink(leg.from),
      accountLink(leg.to),
      { number: amount(leg.amount, leg.currency) },
      { number: amount(leg.from_balance, leg.from_currency ?? leg.currency) },
      { number: amount(leg.to_balance, leg.to_currency ?? leg.currency) },
    ),
  );
  return [
    make('h2', {}, 'Legs'),
    table('What it moved, leg by leg', LEGS, make('tbody', {}, rows)),
  ];
}

function account(entry) {
  const { id, currency, ...terms } = entry.account;
  learnScales([entry.account]);
  return list([
    ['account', accountLink(id)],
    ['currency', currency],
    ...fields({ ...terms, currency }),
  ]);
}

async function whole(question) {
  const entry = await ask('payments.get', question);
  if (entry.status === 'unknown')
    return make(
      'p',
      { id: 'unknown' },
      'Nothing was ever decided under this: no money moved by it.',
    );
  await learnScalesOf([entry]);
  const own = await ownCurrency(entry);
  const moved = { ...entry, currency: entry.currency ?? own };
  const words =
    entry.code && entry.status === 'rejected' ? (await askExplanations())[entry.code] : undefined;
  return [
    make(
      'p',
      {},
      make('strong', {}, title(entry.type)),
      ' ',
      status(entry),
      ' ',
      entry.currency &&
        entry.amount !== undefined &&
        make('strong', { id: 'amount' }, amount(entry.amount, entry.currency)),
    ),
    words && make('p', { id: 'why' }, words),
    entry.legs && legs(entry),
    life(entry, moved.currency ?? entry.account?.currency),
    make('h2', {}, 'What was asked and decided'),
    list([
      ['key', entry.key && make('span', { class: 'id' }, entry.key)],
      ...fields(moved),
      [
        'group',
        entry.group &&
          make(
            'span',
            {},
            `member ${entry.group.index + 1} of ${entry.group.count}, from `,
            make('a', { href: `#/entry/${entry.group.first_seq}` }, `#${entry.group.first_seq}`),
          ),
      ],
    ]),
    entry.account && account(entry),
  ]
    .flat()
    .filter(Boolean);
}

function search(text) {
  const input = make('input', {
    id: 'payment-key',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    value: text,
  });
  const go = (event) => {
    event.preventDefault();
    const bySeq = /^#(\d+)$/.exec(input.value.trim());
    location.hash = bySeq ? `#/entry/${bySeq[1]}` : `#/payment/${encodeURIComponent(input.value)}`;
  };
  return make(
    'form',
    { onsubmit: go, role: 'search' },
    make('label', { for: 'payment-key' }, 'Key, or #42 for the entry with that seq'),
    input,
    make('button', {}, 'Show it'),
  );
}

function showBy(question, text) {
  return (main, _, signal) => {
    const place = make('div', { id: 'payment' });
    main.append(make('h1', {}, 'Payment'), search(text), place);
    if (question) fill(place, signal, () => whole(question));
  };
}

export const showKey = (main, key, signal) => showBy(key && { key }, key)(main, key, signal);
export const showSeq = (main, seq, signal) => showBy({ seq }, `#${seq}`)(main, seq, signal);
