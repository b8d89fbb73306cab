// The hierarchy of accounts: the parts of their ids, with the totals of all below. A branch is asked for when it is
// opened: a ledger may have millions of accounts.

import { ask } from './api.js';
import { accountLink, make, row, say, table, problem } from './dom.js';
import { fill } from './loading.js';
import { amount, learnScales } from './money.js';

const COLUMNS = [
  { title: 'Account' },
  { title: 'Accounts', number: true },
  { title: 'Balance', number: true },
  { title: 'Below zero', number: true },
  { title: 'Above zero', number: true },
];

const PAGE = 100;

/** Rows of one id, one for each currency. */
function byPrefix(rows) {
  const groups = new Map();
  for (const each of rows) groups.set(each.prefix, [...(groups.get(each.prefix) ?? []), each]);
  return [...groups.values()];
}

class Tree {
  constructor(signal) {
    this.signal = signal;
    this.body = make('tbody');
  }

  /** What lies below `prefix`, as rows with this level. */
  async load(prefix, level, cursor) {
    const answer = await ask('ledger.totals', { prefix, depth: 1, limit: PAGE, cursor });
    learnScales(answer.rows);
    const groups = byPrefix(answer.rows.filter((each) => each.depth === 1));
    const rows = groups.flatMap((group) => this.rowsOf(group, level));
    if (answer.next !== null) rows.push(this.moreRow(prefix, level, answer.next));
    return { rows, own: answer.rows.filter((each) => each.depth === 0) };
  }

  rowsOf(group, level) {
    const { prefix } = group[0];
    const hasBelow = group.length > 1 || group[0].accounts > 1;
    return group.map((each, i) => {
      const toggle = i === 0 && hasBelow && this.toggle(prefix, level);
      return this.numbers(
        make('span', { class: 'name' }, toggle, accountLink(prefix)),
        each,
        level,
      );
    });
  }

  numbers(name, each, level) {
    const shown = (minor) => ({ number: amount(minor, each.currency) });
    const made = row(
      name,
      { number: each.accounts.toLocaleString('en') },
      shown(each.balance),
      shown(each.debit),
      shown(each.credit),
    );
    this.place(made, level);
    return made;
  }

  place(made, level) {
    made.dataset.level = level;
    made.style.setProperty('--level', level);
  }

  toggle(prefix, level) {
    const button = make(
      'button',
      {
        type: 'button',
        class: 'toggle',
        'aria-expanded': 'false',
        'aria-label': `What is below ${prefix}`,
      },
      '▸',
    );
    button.addEventListener('click', () =>
      button.getAttribute('aria-expanded') === 'true'
        ? this.close(button, level)
        : this.open(button, prefix, level),
    );
    return button;
  }

  mark(button, open) {
    button.setAttribute('aria-expanded', String(open));
    button.textContent = open ? '▾' : '▸';
  }

  /** Behind the row of the button, and those of its other currencies. */
  async open(button, prefix, level) {
    this.mark(button, true);
    button.setAttribute('aria-busy', 'true');
    let rows;
    try {
      ({ rows } = await this.load(prefix, level + 1));
      if (rows.length === 0)
        rows = [this.wordRow('nothing: it is an account by itself', level + 1)];
      say(`${rows.length} rows below ${prefix}`);
    } catch (error) {
      rows = [this.wordRow(problem(error), level + 1)];
    }
    button.removeAttribute('aria-busy');
    if (this.signal.aborted || button.getAttribute('aria-expanded') !== 'true') return;
    let last = button.closest('tr');
    while (last.nextElementSibling && this.isOfTheSameName(last.nextElementSibling, prefix))
      last = last.nextElementSibling;
    last.after(...rows);
  }

  isOfTheSameName(made, prefix) {
    return made.querySelector('a')?.textContent === prefix;
  }

  close(button, level) {
    this.mark(button, false);
    const first = button.closest('tr');
    const name = first.querySelector('a').textContent;
    let next = first.nextElementSibling;
    while (next && (Number(next.dataset.level) > level || this.isOfTheSameName(next, name))) {
      const after = next.nextElementSibling;
      if (Number(next.dataset.level) > level) next.remove();
      next = after;
    }
  }

  wordRow(words, level) {
    const made = make(
      'tr',
      {},
      make('td', { colspan: COLUMNS.length }, make('span', { class: 'name' }, words)),
    );
    this.place(made, level);
    return made;
  }

  moreRow(prefix, level, cursor) {
    const button = make('button', { type: 'button' }, `More below ${prefix || 'all'}`);
    const made = this.wordRow(button, level);
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        const { rows } = await this.load(prefix, level, cursor);
        made.replaceWith(...rows);
      } catch (error) {
        button.disabled = false;
        button.after(problem(error));
      }
    });
    return made;
  }
}

/** The hierarchy from `prefix` on; '' is all. */
export async function hierarchy(prefix, signal) {
  const tree = new Tree(signal);
  const { rows, own } = await tree.load(prefix, 1);
  if (own.length === 0)
    return make(
      'p',
      {},
      prefix
        ? `There is no account ${prefix}, nor one below it.`
        : 'No account has been opened yet.',
    );
  const name = () =>
    make(
      'span',
      { class: 'name' },
      make('strong', {}, prefix ? `${prefix}, and all below` : 'All accounts'),
    );
  tree.body.append(...own.map((each) => tree.numbers(name(), each, 0)), ...rows);
  return table('Balances by the parts of accounts’ ids', COLUMNS, tree.body);
}

function search() {
  const input = make('input', {
    id: 'account-id',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 64,
    required: true,
  });
  const go = (event) => {
    event.preventDefault();
    location.hash = `#/account/${encodeURIComponent(input.value.trim())}`;
  };
  return make(
    'form',
    { onsubmit: go, role: 'search' },
    make('label', { for: 'account-id' }, 'Account’s id'),
    input,
    make('button', {}, 'Show it'),
  );
}

export function show(main, prefix, signal) {
  const place = make('div', { id: 'tree' });
  main.append(make('h1', {}, prefix ? `Accounts below ${prefix}` : 'Accounts'), search(), place);
  fill(place, signal, () => hierarchy(prefix, signal));
}
