import { sha256 } from '../domain/canonical.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { linkName } from '../domain/link-name.ts';
import { rowIssue } from './codes.ts';

/** A link that may be fetched: normalised, without its fragment. */
export interface Link {
  record: string;
  url: string;
  name: string;
}

const LONGEST_LINK = 2048;

/** Checks what can be seen of a link without asking the net; addresses and redirects are for the one who fetches. */
export function checkLink(
  text: string,
  allowed: { allow: boolean; hosts: readonly string[] | null },
): { link: Link } | { issue: Issue } {
  if (text.length > LONGEST_LINK) {
    const message = `the link is ${text.length} characters long, more than ${LONGEST_LINK}: ${shown(text)}`;
    return { issue: rowIssue('LINK_TOO_LONG', message, 'Put the file into the archive instead.') };
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  // A file: URL has no host, and what is wrong with it is its scheme.
  if (!url || (url.hostname === '' && isWeb(url))) {
    return {
      issue: rowIssue('LINK_URL', `${shown(text)} is no valid link`, 'Write it like https://example.com/owl.png.'),
    };
  }
  url.hash = '';
  const issue = breachOf(url, text, allowed);
  if (issue) return { issue };
  return { link: { record: `l:${sha256(url.href)}`, url: url.href, name: linkName(url.href) } };
}

function breachOf(url: URL, text: string, allowed: { allow: boolean; hosts: readonly string[] | null }): Issue | null {
  if (!isWeb(url)) {
    const message = `${shown(text)} begins with ${url.protocol}//; only http and https links are fetched`;
    return rowIssue('LINK_SCHEME', message, 'Put the file into the archive, or behind an https link.');
  }
  if (url.username !== '' || url.password !== '') {
    const message = `the link ${shown(text)} carries a user name or password`;
    return rowIssue('LINK_USERINFO', message, 'Use a signed link, or put the file into the archive.');
  }
  if (!allowed.allow) {
    return rowIssue('LINK_REFUSED', `web links are not allowed here: ${shown(text)}`, 'Put the file into the archive.');
  }
  if (allowed.hosts === null || allowed.hosts.some((host) => isHost(url, host))) return null;
  const hosts = allowed.hosts.length === 0 ? 'none' : excerpt(allowed.hosts.join(', '), 200);
  const hint = `Allowed: ${hosts}; add "${url.hostname}" to links.hosts of the job spec, or put the file into the archive.`;
  return rowIssue('LINK_HOST', `the host of ${shown(text)} is not among those allowed`, hint);
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:';
}

/** `host` as a job spec or an operator writes it: a name, or a name with a port. */
function isHost(url: URL, host: string): boolean {
  const wanted = host.trim().toLowerCase();
  if (wanted === url.hostname || wanted === url.host) return true;
  return URL.canParse(`http://${wanted}`) && new URL(`http://${wanted}`).host === url.host;
}

function shown(text: string): string {
  return `"${excerpt(linkName(text))}"`;
}
