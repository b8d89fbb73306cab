// An account: what it has, and its statement with the balance after each entry, newest first.

import { ask } from './api.js';
import { hierarchy } from './accounts.js';
import { accountLink, list, make, row, table, time } from './dom.js';
import { fill, pages } from './loading.js';
import { amount, learnScales } from './money.js';

const LINES = 50;
const COLUMNS = [
  { title: 'Entry' },
  { title: 'Time (UTC)' },
  { title: 'Type' },
  { title: 'With' },
  { title: 'Text' },
  { title: 'Amount', number: true },
  { title: 'Balance', number: true },
  { title: 'Held out', number: true },
  { title: 'Held in', number: true },
];

function card(account) {
  const money = (minor) => (minor === null ? 'none' : amount(minor, account.currency));
  const limits = (account.limits ?? []).map(
    (limit) =>
      [
        limit.amount !== undefined && `${money(limit.used_amount)} of ${money(limit.amount)}`,
        limit.count !== undefined && `${limit.used_count} of ${limit.count} payments`,
      ]
        .filter(Boolean)
        .join(', ') + ` within ${limit.window}`,
  );
  const alerts = Object.entries(account.alerts ?? {}).map(
    ([side, line]) => `${side} ${money(line)}`,
  );
  const metadata =
    Object.keys(account.metadata ?? {}).length > 0 &&
    make('code', {}, JSON.stringify(account.metadata));
  return list([
    ['Balance', make('strong', { id: 'balance' }, money(account.balance))],
    ['Available', account.available === null ? 'without a floor' : money(account.available)],
    ['Held out', money(account.held_out)],
    ['Held in', money(account.held_in)],
    ['Floor', money(account.floor)],
    ['Ceiling', money(account.ceiling)],
    ['Received in all', money(account.posted_in)],
    ['Paid in all', money(account.posted_out)],
    ['Frozen', account.frozen === 'none' ? 'no' : account.frozen],
    ['Closed', account.closed ? 'yes' : 'no'],
    ['Version', account.version],
    ['Limits', limits.join('; ')],
    ['Alerts', alerts.join(', ')],
    ['Metadata', metadata || ''],
  ]);
}

function line(each, currency) {
  const texts = [each.reference, each.description].filter(Boolean).join(' · ');
  const link = make('a', { href: `#/entry/${each.seq}` }, each.key ?? `#${each.seq}`);
  const plus = BigInt(each.amount) > 0n ? '+' : '';
  return row(
    link,
    time(each.at),
    each.type,
    each.counterparty ? accountLink(each.counterparty) : '',
    texts,
    { number: plus + amount(each.amount, currency) },
    { number: amount(each.balance, currency) },
    { number: amount(each.held_out, currency) },
    { number: amount(each.held_in, currency) },
  );
}

async function statement(id, signal) {
  const body = make('tbody');
  const summary = make('p');
  const { foot, first } = pages(body, signal, {
    title: 'Older entries',
    nothing: 'Nothing has touched this account yet.',
    load: async (cursor) => {
      const answer = await ask('accounts.statement', { id, limit: LINES, cursor });
      const money = (minor) => amount(minor, answer.currency);
      if (!cursor)
        summary.textContent =
          `${answer.count} lines: opened with ${money(answer.opening_balance)}, ` +
          `received ${money(answer.in)}, paid ${money(answer.out)}, ` +
          `is at ${money(answer.closing_balance)}.`;
      return { rows: answer.lines.map((each) => line(each, answer.currency)), next: answer.next };
    },
  });
  await first();
  return [summary, table(`Statement of ${id}, newest first`, COLUMNS, body), foot];
}

async function whole(id, signal) {
  let account;
  try {
    account = await ask('accounts.get', { id });
  } catch (error) {
    if (error.status !== 404) throw error;
    return [make('p', {}, `There is no account ${id} by itself.`), await hierarchy(id, signal)];
  }
  learnScales([account]);
  const below = make(
    'p',
    {},
    make('a', { href: `#/accounts/${encodeURIComponent(id)}` }, 'This account and all below it'),
  );
  return [card(account), below, make('h2', {}, 'Statement'), ...(await statement(id, signal))];
}

export function show(main, id, signal) {
  const place = make('div', { id: 'account' });
  main.append(make('h1', {}, 'Account ', make('span', { class: 'id' }, id)), place);
  fill(place, signal, () => whole(id, signal));
}
