// Questions to girod, over HTTP (docs/HTTP.md). Amounts come as text, other numbers keep their digits, and a token is
// asked for once and kept by this tab.

const TOKEN = 'giro.token';
const ACCEPT = 'application/json;amounts=string';
// Totals of many accounts take their time.
const PATIENCE_MS = 60000;

/** An answer that isn't one: `code` is the protocol's, or `unreachable`. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code });
  }
}

// --- the token ---

let kept = null;
try {
  kept = sessionStorage.getItem(TOKEN);
} catch {
  /* Without storage it is asked for at each reload. */
}

function keep(token) {
  kept = token;
  try {
    if (token) sessionStorage.setItem(TOKEN, token);
    else sessionStorage.removeItem(TOKEN);
  } catch {
    /* As above. */
  }
}

let asking = null;

/** One dialog, however many questions wait for it. `refused`: the token that didn't do. */
function askForToken(refused) {
  if (kept !== refused) return Promise.resolve();
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById('token');
    const input = document.getElementById('token-text');
    const word = document.getElementById('token-problem');
    word.hidden = !refused;
    word.textContent = refused
      ? 'girod doesn’t take that token. Copy it again, without the line’s end.'
      : '';
    input.value = '';
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener(
      'close',
      () => {
        keep(input.value.trim());
        input.value = '';
        asking = null;
        resolve();
      },
      { once: true },
    );
    dialog.showModal();
  });
  return asking;
}

// --- requests ---

let reached = () => {};
/** Calls back with true or false: whether girod answers. */
export function onReached(callback) {
  reached = callback;
}

const canBeHeader = (text) => /^[\x21-\x7e]+$/.test(text);

async function send(path, options = {}) {
  for (;;) {
    const token = kept;
    const headers = { Accept: ACCEPT, ...options.headers };
    if (token && canBeHeader(token)) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(path, { cache: 'no-store', ...options, headers });
    } catch (error) {
      if (options.signal?.aborted && options.signal.reason?.name !== 'TimeoutError') throw error;
      reached(false);
      throw new Problem(0, 'unreachable', 'girod doesn’t answer; what is shown may be old.');
    }
    reached(true);
    if (response.status !== 401) return response;
    await askForToken(token);
  }
}

// Numbers that a double would change keep their text: in metadata 12.50 and integers of any length are allowed.
function exact(key, value, context) {
  const isChanged =
    typeof value === 'number' && context?.source !== undefined && context.source !== String(value);
  return isChanged && JSON.rawJSON ? JSON.rawJSON(context.source) : value;
}

export const parsed = (text) => JSON.parse(text, exact);

async function answerOf(response) {
  const text = await response.text();
  let body;
  try {
    body = parsed(text);
  } catch {
    throw new Problem(
      response.status,
      'malformed',
      `what answered isn’t girod (status ${response.status})`,
    );
  }
  const isAnswer = response.ok || body.status === 'unknown';
  if (!isAnswer) throw new Problem(response.status, body.code, body.detail ?? body.title);
  return body;
}

// As in docs/HTTP.md. {name} is the param of that name; the others make the query.
const PATHS = {
  'payments.get': (params) =>
    params.seq === undefined ? '/v1/payments/{key}' : '/v1/entries/{seq}',
  'payments.list': () => '/v1/payments',
  'holds.list': () => '/v1/holds',
  'accounts.get': () => '/v1/accounts/{id}',
  'accounts.statement': () => '/v1/accounts/{id}/statement',
  'ledger.trial_balance': () => '/v1/trial-balance',
  'ledger.totals': () => '/v1/totals',
  'ledger.status': () => '/v1/status',
};

function address(method, params) {
  const query = new URLSearchParams(
    Object.entries(params).filter(([, value]) => value !== undefined && value !== ''),
  );
  const path = PATHS[method](params).replace(/\{(\w+)\}/, (_, name) => {
    query.delete(name);
    return encodeURIComponent(params[name]);
  });
  return query.size > 0 ? `${path}?${query}` : path;
}

// Browsers take a segment of dots for a way up, however it is encoded.
const climbs = (params) => [params.key, params.id].some((name) => name === '.' || name === '..');

async function callByLine(method, params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const { result, error } = await answerOf(await send('/v1/rpc', { method: 'POST', body, signal }));
  if (error)
    throw new Problem(
      error.data.code === 'account_unknown' ? 404 : 400,
      error.data.code,
      error.message,
    );
  return result;
}

/** The result of a method of docs/PROTOCOL.md that only reads. */
export async function ask(method, params = {}) {
  if (climbs(params)) return callByLine(method, params);
  return answerOf(
    await send(address(method, params), { signal: AbortSignal.timeout(PATIENCE_MS) }),
  );
}

/** The text of /metrics. */
export async function askMetrics() {
  const response = await send('/metrics', { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) await answerOf(response);
  return response.text();
}

/** The words for each rejection, by its code. */
export async function askExplanations() {
  return answerOf(await send('/page/rejections.json'));
}

/** GET /v1/events: the blocks of text of each piece that comes, until it ends. */
export async function* follow(from, signal) {
  const response = await send(`/v1/events?from=${from}`, { signal });
  if (!response.ok) await answerOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      if (signal.aborted) throw error;
      return { done: true };
    });
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    if (blocks.length > 0) yield blocks;
  }
}
