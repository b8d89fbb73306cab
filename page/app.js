// The page's frame: from the address to a view. A view is shown into <main> and stops when its signal is aborted.

import { onReached } from './api.js';
import { make } from './dom.js';
import * as accounts from './accounts.js';
import * as feed from './feed.js';
import * as overview from './overview.js';
import * as payment from './payment.js';
import * as rejections from './rejections.js';
import * as statement from './statement.js';

const VIEWS = {
  '': { show: overview.show, title: 'Overview', nav: '#/' },
  accounts: { show: accounts.show, title: 'Accounts', nav: '#/accounts' },
  account: { show: statement.show, title: 'Account', nav: '#/accounts' },
  payment: { show: payment.showKey, title: 'Payment', nav: '#/payment' },
  entry: { show: payment.showSeq, title: 'Entry', nav: '#/payment' },
  rejections: { show: rejections.show, title: 'Rejections', nav: '#/rejections' },
  feed: { show: feed.show, title: 'Feed', nav: '#/feed' },
};

const main = document.getElementById('main');
let running = new AbortController();

/** "#/account/a%3Ab" is the view `account` of "a:b". */
function target() {
  const [, name, rest] = /^#?\/?([a-z]*)\/?(.*)$/s.exec(location.hash) ?? [];
  try {
    return { view: VIEWS[name], subject: decodeURIComponent(rest) };
  } catch {
    return {};
  }
}

function go() {
  running.abort();
  running = new AbortController();
  const { view, subject } = target();
  main.replaceChildren();
  for (const link of document.querySelectorAll('nav a')) {
    if (view && link.getAttribute('href') === view.nav) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${[subject, view?.title ?? 'Nothing'].filter(Boolean).join(', ')} - Giro`;
  if (view) view.show(main, subject, running.signal);
  else
    main.append(
      make('h1', {}, 'There is nothing at this address'),
      make('p', {}, make('a', { href: '#/' }, 'To the overview')),
    );
}

const connection = document.getElementById('connection');
onReached((isThere) => {
  const word = isThere ? '✓ connected' : '✕ girod doesn’t answer';
  if (connection.textContent === word) return;
  connection.textContent = word;
  connection.className = isThere ? 'state good' : 'state bad';
});

// The address holds the view, so a link into the page would lead away from it.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => {
  go();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});
go();
