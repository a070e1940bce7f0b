import { isIP, isIPv6 } from 'node:net';
import { isPublicAddress } from './download-address.ts';
import { type DownloadFailure, failure } from './download-issues.ts';

const LONGEST_URL = 2048;
const USUAL_PORTS: ReadonlySet<number> = new Set([80, 443, 8443]);

/** `HOST[:PORT]`, read. Without a port it means the usual ones. */
export interface HostRule {
  host: string;
  port: number | null;
}

export interface GuardRules {
  /** The operator's exemptions: plain http, private addresses, numbers and other ports are fine there. */
  exempt: readonly HostRule[];
  /** The only hosts to go to; null = any. */
  hosts: readonly HostRule[] | null;
}

/** Reads a host as operators and job specs write it; null when it is none. */
export function readHostRule(text: string): HostRule | null {
  const bracketed = isIPv6(text) ? `[${text}]` : text.trim();
  const url = parse(`http://${bracketed}/`);
  if (url === null || url.pathname !== '/' || url.username !== '' || url.search !== '' || url.hash !== '') return null;
  const port = /:(\d+)$/.exec(bracketed)?.[1];
  return { host: bareHost(url.hostname), port: port === undefined ? null : Number(port) };
}

/** Whether the operator opened this host and port. */
export function isExempt(host: string, port: number, exempt: readonly HostRule[]): boolean {
  return exempt.some((rule) => rule.host === host && (rule.port === null ? USUAL_PORTS.has(port) : rule.port === port));
}

/** Judges a link by its text, first or after a redirect; what its name resolves to is judged when connecting. */
export function guardUrl(text: string, { exempt, hosts }: GuardRules): { url: URL } | { failure: DownloadFailure } {
  const url = text.length > LONGEST_URL ? null : parse(text);
  if (url === null) return { failure: invalid(text) };
  const refused = refuse(url, exempt) ?? refuseHost(url, hosts);
  return refused === null ? { url } : { failure: refused };
}

/** The port that a URL means. */
export function portOf({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** The host of a URL without the brackets of an IPv6 address. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The WHATWG parser turns decimal, octal, hexadecimal and full-width IPv4 into dots and IDN into punycode; the root's dot is cut here. */
function parse(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  url.hash = '';
  if (!url.hostname.endsWith('.')) return url;
  const host = url.hostname.replace(/\.+$/, '');
  // Assigning parses the host again, so that a number behind the dot is a number.
  if (host !== '') url.hostname = host;
  return url.hostname === host ? url : null;
}

function invalid(text: string): DownloadFailure {
  if (text.length <= LONGEST_URL) return failure('LINK_URL');
  return failure('LINK_TOO_LONG', { text: `the link has ${text.length} characters, more than ${LONGEST_URL}` });
}

function refuse(url: URL, exempt: readonly HostRule[]): DownloadFailure | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return failure('LINK_SCHEME');
  if (url.username !== '' || url.password !== '') return failure('LINK_USERINFO');
  if (url.hostname === '') return failure('LINK_URL');
  const host = bareHost(url.hostname);
  if (isExempt(host, portOf(url), exempt)) return null;
  if (isIP(host) !== 0) return failure(isPublicAddress(host) ? 'LINK_ADDRESS' : 'LINK_PRIVATE');
  return USUAL_PORTS.has(portOf(url)) ? null : failure('LINK_PORT');
}

function refuseHost(url: URL, hosts: readonly HostRule[] | null): DownloadFailure | null {
  const isAllowed =
    hosts === null ||
    hosts.some(({ host, port }) => host === bareHost(url.hostname) && (port === null || port === portOf(url)));
  return isAllowed ? null : failure('LINK_HOST');
}
