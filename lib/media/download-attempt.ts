import type { Dispatcher } from 'undici';
import { linkName } from '../domain/link-name.ts';
import { registeredMime } from '../formats/sniff.ts';
import { readBody, tooLarge } from './download-body.ts';
import { causeOf, statusFailure } from './download-causes.ts';
import { bareHost, type GuardRules, guardUrl, isExempt, portOf } from './download-guard.ts';
import { type DownloadFailure, DownloadFailureError, failure } from './download-issues.ts';
import type { DownloadLimits } from './download-limits.ts';
import type { Slots } from './download-slots.ts';

export interface AttemptSettings {
  dispatcher: Dispatcher;
  slots: Slots;
  limits: DownloadLimits;
  rules: GuardRules;
}

/** What the last server said, whatever came of it. */
export interface Answer {
  status: number | null;
  etag: string | null;
  contentType: string | null;
  redirects: string[];
}

export type Attempt = Answer & ({ bytes: Buffer } | { failure: DownloadFailure });

const NO_ANSWER: Answer = { status: null, etag: null, contentType: null, redirects: [] };
const HEADERS = { 'user-agent': 'finedrop', accept: '*/*', 'accept-encoding': 'identity' };
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fetches a link once, following redirects itself: each place it is sent to is judged like the first. */
export async function attemptDownload(link: string, settings: AttemptSettings): Promise<Attempt> {
  const { limits, rules, slots } = settings;
  const redirects: string[] = [];
  let left = limits.total;
  let answer = NO_ANSWER;
  let next = guardUrl(link, rules);
  for (;;) {
    if ('failure' in next) return { ...answer, redirects, failure: next.failure };
    const { url } = next;
    const hop = await slots(url.hostname, async () => {
      const startedAt = performance.now();
      const result = await request(url, settings, left);
      left -= performance.now() - startedAt;
      return result;
    });
    if (!('location' in hop)) return { ...hop, ...(hop.status === null ? answer : {}), redirects };
    answer = hop.answer;
    redirects.push(linkName(hop.location));
    next = follow(url, hop.location, { rules, isLast: redirects.length > limits.redirects });
  }
}

type Hop = { location: string; answer: Answer } | Attempt;

/** Where a redirect leads, judged; never from https down to http, unless the operator opened that host. */
function follow(
  from: URL,
  location: string,
  { rules, isLast }: { rules: GuardRules; isLast: boolean },
): ReturnType<typeof guardUrl> {
  if (isLast) return { failure: failure('LINK_REDIRECT', { text: 'the link redirects too often' }) };
  const next = guardUrl(location, rules);
  if ('failure' in next) return next;
  const { url } = next;
  const isDowngrade = from.protocol === 'https:' && url.protocol === 'http:';
  if (!isDowngrade || isExempt(bareHost(url.hostname), portOf(url), rules.exempt)) return next;
  return { failure: failure('LINK_REDIRECT', { text: 'the link redirects from https to http' }) };
}

async function request(url: URL, settings: AttemptSettings, left: number): Promise<Hop> {
  const stop = new AbortController();
  const outOfTime = new DownloadFailureError(failure('LINK_TIMEOUT'));
  const timer = setTimeout(() => stop.abort(outOfTime), Math.max(0, left));
  try {
    const response = await settings.dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: HEADERS,
      headersTimeout: settings.limits.headers,
      bodyTimeout: 0,
      signal: stop.signal,
    });
    return await receive(url, response, settings.limits);
  } catch (error) {
    return { ...NO_ANSWER, failure: causeOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function receive(url: URL, response: Dispatcher.ResponseData, limits: DownloadLimits): Promise<Hop> {
  const { statusCode, headers, body } = response;
  // An answer that is not read to its end must not throw when its connection is cut.
  body.on('error', () => {});
  const answer: Answer = {
    ...NO_ANSWER,
    status: statusCode,
    etag: single(headers['etag']),
    contentType: mimeOf(single(headers['content-type'])),
  };
  const location = REDIRECTS.has(statusCode) ? locationOf(url, headers) : null;
  const refused = location === null ? refuseAnswer(statusCode, headers, limits) : null;
  if (location !== null || refused !== null) body.destroy();
  if (location !== null) return { location, answer };
  if (refused !== null) return { ...answer, failure: refused };
  const read = await readBody(body, limits);
  return { ...answer, ...read };
}

type Headers = Dispatcher.ResponseData['headers'];

function refuseAnswer(status: number, headers: Headers, { maxBytes }: DownloadLimits): DownloadFailure | null {
  if (status !== 200) return statusFailure(status, single(headers['retry-after']));
  const encoding = String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase();
  if (encoding !== '' && encoding !== 'identity') return failure('LINK_ENCODING');
  return (lengthOf(headers) ?? 0) > maxBytes ? tooLarge(maxBytes) : null;
}

function locationOf(url: URL, headers: Headers): string | null {
  const location = single(headers['location']);
  return location !== null && URL.canParse(location, url.href) ? new URL(location, url.href).href : null;
}

function lengthOf(headers: Headers): number | null {
  const length = single(headers['content-length']);
  return length === null ? null : Number(length);
}

function mimeOf(contentType: string | null): string | null {
  const mime = registeredMime(contentType ?? '');
  return mime === '' ? null : mime;
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
