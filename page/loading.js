// What every view does while it waits: it says so, shows what went wrong, and asks again once girod is back.

import { make, problem, say } from './dom.js';

const PAUSE_MS = 2000;

export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** Until the page is looked at again. */
export function shown(signal) {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (!document.hidden || signal.aborted) resolve();
    };
    document.addEventListener('visibilitychange', look, { signal });
    signal.addEventListener('abort', look, { once: true });
  });
}

/** Puts into `place` what `work` resolves to. True: it is there. */
export async function fill(place, signal, work) {
  place.replaceChildren(make('p', { class: 'waiting' }, 'asking girod …'));
  while (!signal.aborted) {
    try {
      const content = await work();
      if (signal.aborted) return false;
      place.replaceChildren(...[content].flat());
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      place.replaceChildren(problem(error));
      if (error.code !== 'unreachable') {
        console.error(error);
        return false;
      }
      await pause(PAUSE_MS, signal);
    }
  }
  return false;
}

/**
 * Pages that a button asks for, one after the other. load(cursor) resolves to {rows, next, note}; `next` is null
 * behind the last page. The rows go to the end of `body`.
 */
export function pages(body, signal, { load, title, nothing }) {
  const foot = make('div', { class: 'more' });
  async function on(cursor) {
    const { rows, next, note } = await load(cursor);
    if (signal.aborted) return;
    body.append(...rows);
    const empty = body.rows.length === 0 && next === null;
    const button =
      next !== null && make('button', { type: 'button', onclick: () => more(next) }, title);
    foot.replaceChildren(
      ...[empty && make('p', {}, nothing), note && make('p', {}, note), button].filter(Boolean),
    );
    say(`${body.rows.length} rows are shown`);
  }
  async function more(cursor) {
    const button = foot.querySelector('button');
    if (button) button.disabled = true;
    try {
      await on(cursor);
    } catch (error) {
      if (signal.aborted) return;
      if (button) button.disabled = false;
      foot.prepend(problem(error));
    }
  }
  return { foot, first: () => on(undefined) };
}
