// The live tail of the feed: each decision as it is committed, without a gap, also across a restart of the daemon. A
// page that falls far behind leaves out what nobody could read, and says how much.

import { ask, follow, parsed } from './api.js';
import { accountLink, entryLink, make, problem, row, status, table, time } from './dom.js';
import { pause, shown } from './loading.js';
import { amount } from './money.js';
import { learnScalesOf } from './payment.js';

const ROWS = 100;
const BEGIN = 25; // Decisions that are there at once.
const BEHIND = 2000; // Further behind than this, the tail begins anew at its end.
const PAUSE_MS = 1000;

const COLUMNS = [
  { title: 'Entry' },
  { title: 'Time (UTC)' },
  { title: 'Type' },
  { title: 'Decided' },
  { title: 'From' },
  { title: 'To' },
  { title: 'Amount', number: true },
];

/** {name, data}: data as text. */
function eventOf(block) {
  const field = (name) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1);
  return { name: field('event'), id: Number(field('id')), data: field('data') };
}

function entryRow(entry) {
  const legs = entry.legs ?? [entry];
  const more = legs.length > 1 ? `, leg 1 of ${legs.length}` : '';
  const account = entry.account?.id ?? entry.id;
  const from = legs[0].from ?? account;
  return row(
    entryLink(entry),
    time(entry.at),
    entry.type,
    status(entry),
    from ? accountLink(from) : '',
    legs[0].to ? accountLink(legs[0].to) : '',
    { number: amount(legs[0].amount, legs[0].currency) + more },
  );
}

class Tail {
  constructor(signal) {
    this.signal = signal;
    this.body = make('tbody');
    this.word = make('p', { id: 'feed-state' }, 'asking girod …');
    this.button = make(
      'button',
      { type: 'button', 'aria-pressed': 'false', onclick: () => this.turn() },
      'Pause',
    );
    this.last = undefined; // The seq of the last decision that came.
    this.skipped = 0;
    this.isPaused = false;
  }

  turn() {
    this.isPaused = !this.isPaused;
    this.button.setAttribute('aria-pressed', String(this.isPaused));
    if (this.isPaused) this.stream?.abort();
    else this.wake?.();
    this.tell();
  }

  tell() {
    const skipped =
      this.skipped > 0
        ? ` ${this.skipped.toLocaleString('en')} were left out, too many to show.`
        : '';
    this.word.textContent =
      (this.isPaused ? 'Paused.' : `Live, at seq ${this.last ?? 0}.`) + skipped;
  }

  async run() {
    while (!this.signal.aborted) {
      await shown(this.signal);
      if (this.isPaused)
        await new Promise((resolve) => {
          this.wake = resolve;
          this.signal.addEventListener('abort', resolve);
        });
      try {
        await this.follow();
      } catch (error) {
        if (this.signal.aborted) return;
        if (!this.isPaused && error.name !== 'AbortError')
          this.word.replaceChildren(problem(error));
      }
      if (!this.isPaused) await pause(PAUSE_MS, this.signal);
    }
  }

  async begin() {
    const { seq } = await ask('ledger.status');
    if (this.last === undefined || seq < this.last) this.last = Math.max(0, seq - BEGIN);
    if (seq - this.last > BEHIND) this.leaveOut(seq - ROWS);
  }

  leaveOut(seq) {
    this.skipped += seq - this.last;
    this.last = seq;
  }

  async follow() {
    await this.begin();
    this.stream = new AbortController();
    const signal = AbortSignal.any([this.signal, this.stream.signal]);
    document.addEventListener(
      'visibilitychange',
      () => {
        if (document.hidden) this.stream.abort();
      },
      { signal },
    );
    this.tell();
    for await (const blocks of follow(this.last + 1, signal)) {
      await this.take(blocks.map(eventOf).filter(({ name }) => name === 'entry'));
    }
    this.word.textContent = 'girod ended the feed; it is asked again.';
  }

  async take(events) {
    if (events.length === 0) return;
    const fresh = events.slice(-ROWS);
    const entries = fresh.map(({ data }) => parsed(data));
    await learnScalesOf(entries).catch(() => {});
    this.skipped += events.length - fresh.length;
    this.last = events.at(-1).id;
    this.body.prepend(...entries.map(entryRow).reverse());
    while (this.body.rows.length > ROWS) this.body.lastElementChild.remove();
    this.tell();
  }
}

export function show(main, _, signal) {
  const tail = new Tail(signal);
  main.append(
    make('h1', {}, 'Feed'),
    make('div', { class: 'bar' }, tail.button, tail.word),
    table(`The last ${ROWS} decisions, newest first`, COLUMNS, tail.body),
  );
  tail.run();
}
