// Elements. What comes from the ledger becomes text, by textContent and attributes alone; nothing here reads HTML.

const SVG = 'http://www.w3.org/2000/svg';

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(
    ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

export const make = (tag, attributes = {}, ...children) =>
  filled(document.createElement(tag), attributes, children);
export const draw = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

/** columns: [{title, number}]; the rows are made by row(). The wide ones scroll by themselves, also by keyboard. */
export function table(caption, columns, body = make('tbody')) {
  const heads = columns.map(({ title, number }) =>
    make('th', { scope: 'col', class: number && 'number' }, title),
  );
  const whole = make(
    'table',
    {},
    make('caption', {}, caption),
    make('thead', {}, make('tr', {}, heads)),
    body,
  );
  return make(
    'div',
    { class: 'scroller', tabindex: 0, role: 'group', 'aria-label': caption },
    whole,
  );
}

/** A row of a table; the first cell heads it. A cell is text, an element, or {number: text}. */
export function row(first, ...cells) {
  const rest = cells.map((cell) =>
    cell?.number === undefined
      ? make('td', {}, cell ?? '')
      : make('td', { class: 'number' }, cell.number),
  );
  return make('tr', {}, make('th', { scope: 'row' }, first), rest);
}

/** Names and values: [[name, value]], without those that have no value. */
export function list(pairs) {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return make(
    'dl',
    {},
    shown.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))),
  );
}

/** Says it to who can't see the page change. */
export function say(text) {
  document.getElementById('said').textContent = text;
}

export const accountLink = (id) => make('a', { href: `#/account/${encodeURIComponent(id)}` }, id);
/** By seq, where an entry has no key. */
export const entryLink = (entry) =>
  make('a', { href: `#/entry/${entry.seq}` }, entry.key ?? `#${entry.seq}`);

/** "2026-11-23 09:00:00.123", the whole of it in the title; UTC, as the ledger has it. */
export function time(at) {
  if (!at) return '';
  return make(
    'time',
    { datetime: at, title: at },
    at.slice(0, 23).replace('T', ' ').replace(/Z$/, ''),
  );
}

/** A status is a word and a mark, never a colour alone. */
export function status(entry) {
  const rejected = entry.status === 'rejected';
  const word = rejected && entry.code ? `rejected: ${entry.code}` : entry.status;
  return make(
    'span',
    { class: rejected ? 'badge bad' : 'badge good' },
    `${rejected ? '✕' : '✓'} ${word}`,
  );
}

/** What went wrong, in the words of the daemon. */
export function problem(error) {
  return make('p', { class: 'problem', role: 'alert' }, error.message);
}
