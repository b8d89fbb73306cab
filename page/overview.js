// How the daemon does, second by second, and whether the ledger is whole.

import { ask, askMetrics } from './api.js';
import { draw, list, make, row, table } from './dom.js';
import { fill, pause, shown } from './loading.js';
import * as metrics from './metrics.js';
import { amount, learnScales } from './money.js';

const TICK_MS = 1000;
const SPAN = 120; // Seconds of the curve.
const LATENCY_SPAN = 10; // Pages that a latency is of.
const BALANCE_EVERY = 15; // Ticks: a trial balance reads every account.
const WIDTH = 600;
const HEIGHT = 90;

const count = (number) => Math.round(number).toLocaleString('en').replaceAll(',', '\u202f');

function size(bytes) {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${(bytes / 1024 ** power).toFixed(power > 0 ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

function duration(seconds) {
  const days = Math.floor(seconds / 86400);
  const clock = new Date((seconds % 86400) * 1000).toISOString().slice(11, 19);
  return days > 0 ? `${days} d ${clock}` : clock;
}

/** The last pages of /metrics, each with its time in seconds. A daemon that was started anew counts from 0. */
class Course {
  pages = [];
  rates = [];

  add(families) {
    const page = {
      families,
      at: performance.now() / 1000,
      total: metrics.sum(families, 'giro_decisions_total'),
    };
    const last = this.pages.at(-1);
    if (last && page.total < last.total) this.pages = [];
    else if (last) this.rates.push((page.total - last.total) / (page.at - last.at));
    this.pages = [...this.pages, page].slice(-LATENCY_SPAN - 1);
    this.rates = this.rates.slice(-SPAN);
  }

  latency(share) {
    const [first, last] = [this.pages[0], this.pages.at(-1)];
    return metrics.seconds(
      metrics.quantile(first.families, last.families, 'giro_group_seconds', share),
    );
  }
}

function curve(rates) {
  const most = Math.max(1, ...rates);
  const left = WIDTH - ((rates.length - 1) * WIDTH) / (SPAN - 1);
  const points = rates.map((rate, i) => [
    left + (i * WIDTH) / (SPAN - 1),
    HEIGHT - 2 - (rate / most) * (HEIGHT - 6),
  ]);
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const label = `Decisions a second in the last two minutes: ${count(rates.at(-1) ?? 0)} now, ${count(Math.max(0, ...rates))} at most`;
  return make(
    'figure',
    {},
    draw(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: 'img',
        'aria-label': label,
        preserveAspectRatio: 'none',
      },
      draw('line', { x1: 0, x2: WIDTH, y1: HEIGHT - 2, y2: HEIGHT - 2, class: 'axis' }),
      points.length > 1 &&
        draw('polygon', {
          points: `${left},${HEIGHT - 2} ${line} ${WIDTH},${HEIGHT - 2}`,
          class: 'area',
        }),
      points.length > 1 && draw('polyline', { points: line, class: 'line' }),
    ),
    make('figcaption', {}, label),
  );
}

const tile = (id, name, value, more) =>
  make(
    'div',
    { class: 'tile', id },
    make('dt', {}, name),
    make('dd', {}, make('strong', {}, value), more && make('span', {}, more)),
  );

function live(course) {
  const { families } = course.pages.at(-1);
  const value = (name) => metrics.sum(families, `giro_${name}`);
  const [items, most] = [value('queue_items'), value('queue_items_max')];
  const meter = make('meter', {
    min: 0,
    max: most,
    high: most * 0.75,
    value: items,
    'aria-label': 'How full the queue is',
  });
  return [
    make(
      'dl',
      { class: 'tiles' },
      tile(
        'rate',
        'Decisions a second',
        course.rates.length > 0 ? count(course.rates.at(-1)) : '–',
      ),
      tile('median', 'Commit latency, p50', course.latency(0.5), 'of the last 10 s'),
      tile('tail', 'Commit latency, p99', course.latency(0.99), 'of the last 10 s'),
      tile('queue', 'Waiting in the queue', count(items), [`of ${count(most)} `, meter]),
    ),
    curve(course.rates),
    list([
      ['Last seq', count(value('last_seq'))],
      ['Accounts', count(value('accounts'))],
      ['Open holds', count(value('holds_open'))],
      ['Open schedules', count(value('schedules_open'))],
      ['Connections', count(value('connections'))],
      ['Following the feed', count(value('subscribers'))],
      ['Ledger', size(value('ledger_bytes'))],
      ['Write-ahead log', size(value('wal_bytes'))],
      ['Free on its disk', size(value('disk_free_bytes'))],
      ['Running for', duration(value('uptime_seconds'))],
      ['Version', families.get('giro_build_info')?.[0].labels.version],
    ]),
  ];
}

// Why nothing is decided is worth interrupting for.
function state(status) {
  return status.read_only
    ? make(
        'p',
        { class: 'problem', role: 'alert' },
        `✕ Nothing is decided for now: ${status.obstacle}`,
      )
    : make(
        'p',
        {},
        make('span', { class: 'badge good' }, '✓ payments are decided'),
        status.books_closed_until && ` The books are closed until ${status.books_closed_until}.`,
      );
}

function balances(trial) {
  const body = make(
    'tbody',
    {},
    trial.currencies.map((each) => {
      const shown_ = (minor) => ({ number: amount(minor, each.currency) });
      const zero = BigInt(each.net) === 0n;
      const badge = make(
        'span',
        { class: zero ? 'badge good' : 'badge bad' },
        zero ? '✓ zero' : '✕ not zero',
      );
      return row(
        each.currency,
        { number: count(each.accounts) },
        shown_(each.debit),
        shown_(each.credit),
        shown_(each.net),
        badge,
      );
    }),
  );
  const columns = [
    { title: 'Currency' },
    { title: 'Accounts', number: true },
    { title: 'Below zero', number: true },
    { title: 'Above zero', number: true },
    { title: 'Net', number: true },
    { title: 'Sum' },
  ];
  return [
    make(
      'p',
      {},
      trial.balanced
        ? make('span', { class: 'badge good', id: 'balanced' }, '✓ every currency sums to zero')
        : make(
            'span',
            { class: 'badge bad', id: 'balanced' },
            '✕ a currency doesn’t sum to zero: run giro verify',
          ),
      ` as of seq ${trial.as_of_seq}`,
    ),
    table('Trial balance', columns, body),
  ];
}

async function keepBalanceFresh(place, signal) {
  let seen;
  const load = async () => {
    const trial = await ask('ledger.trial_balance');
    learnScales(trial.currencies);
    seen = trial.as_of_seq;
    return balances(trial);
  };
  await fill(place, signal, load);
  while (!signal.aborted) {
    await pause(BALANCE_EVERY * TICK_MS, signal);
    await shown(signal);
    const status = await ask('ledger.status').catch(() => ({ seq: seen }));
    if (signal.aborted || status.seq === seen) continue;
    try {
      place.replaceChildren(...(await load()));
    } catch {
      /* The header says that girod doesn't answer. */
    }
  }
}

async function keepFiguresFresh(figures, mood, signal) {
  const course = new Course();
  while (!signal.aborted) {
    await shown(signal);
    await tick(figures, mood, course, signal);
    await pause(TICK_MS, signal);
  }
}

// Old figures stay while girod is away: the header says that it is.
async function tick(figures, mood, course, signal) {
  try {
    const [text, status] = await Promise.all([askMetrics(), ask('ledger.status')]);
    if (signal.aborted) return;
    course.add(metrics.read(text));
    const mark = JSON.stringify([status.read_only, status.obstacle, status.books_closed_until]);
    if (mood.dataset.mark !== mark) mood.replaceChildren(state(status));
    mood.dataset.mark = mark;
    figures.replaceChildren(...live(course));
  } catch (error) {
    if (!signal.aborted && course.pages.length === 0)
      figures.replaceChildren(make('p', { class: 'problem' }, error.message));
  }
}

export function show(main, _, signal) {
  const [figures, mood, trial] = [
    make('div', { id: 'figures' }),
    make('div', { id: 'mood' }),
    make('div', { id: 'trial' }),
  ];
  main.append(
    make('h1', {}, 'Overview'),
    mood,
    make('section', { 'aria-labelledby': 'now' }, make('h2', { id: 'now' }, 'Now'), figures),
    make(
      'section',
      { 'aria-labelledby': 'whole' },
      make('h2', { id: 'whole' }, 'Trial balance'),
      trial,
    ),
  );
  keepFiguresFresh(figures, mood, signal);
  keepBalanceFresh(trial, signal);
}
