import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';

// One text for all that says something of the net we stand in: who could tell "refused" from "no answer" could map it by dropping links.
const UNREACHABLE = 'the address is not reachable from here';
const ASK_PUBLIC = 'Check that the link opens without VPN or login from anywhere, or put the file into the archive.';
const ARCHIVE = 'Put the file into the archive instead.';
const AGAIN = 'Run again later, or put the file into the archive.';

/** Every way in which fetching a link can fail, with what people read; reading rows uses the same codes for what it sees itself. `retryable`: the server was away, not the link wrong. */
const PROBLEMS = {
  LINK_URL: { text: 'this is no valid link', hint: 'Write it like https://example.com/owl.png.' },
  LINK_TOO_LONG: { text: 'the link is too long', hint: ARCHIVE },
  LINK_SCHEME: { text: 'only http and https links are fetched', hint: ARCHIVE },
  LINK_USERINFO: {
    text: 'the link carries a user name or password',
    hint: 'Use a signed link, or put the file into the archive.',
  },
  LINK_PORT: {
    text: 'only the ports 80, 443 and 8443 are used',
    hint: 'Serve the file on port 443, or put it into the archive.',
  },
  LINK_HOST: {
    text: 'the host is not among those allowed',
    hint: 'Add the host to links.hosts of the job spec, or put the file into the archive.',
  },
  LINK_ADDRESS: {
    text: 'the link names its server by a number',
    hint: 'Use the name of the host, or put the file into the archive.',
  },
  LINK_PRIVATE: { text: UNREACHABLE, hint: ASK_PUBLIC },
  LINK_DNS: {
    text: 'the name of the host could not be found',
    hint: 'Check the spelling of the host; otherwise run again later.',
    retryable: true,
  },
  LINK_UNREACHABLE: { text: UNREACHABLE, hint: ASK_PUBLIC, retryable: true },
  LINK_TIMEOUT: { text: UNREACHABLE, hint: ASK_PUBLIC, retryable: true },
  LINK_CERTIFICATE: {
    text: 'the certificate of the server does not hold',
    hint: 'Have it renewed, or put the file into the archive.',
  },
  LINK_SLOW: { text: 'the server sends too slowly', hint: AGAIN, retryable: true },
  LINK_REDIRECT: {
    text: 'the link redirects to where it cannot be followed',
    hint: 'Use the address at which the file itself lies.',
  },
  LINK_STATUS: {
    text: 'the server did not give the file',
    hint: 'Check that the link opens without login in a private browser window.',
  },
  LINK_ENCODING: {
    text: 'the server sends the file compressed, which was not asked for',
    hint: 'Switch Content-Encoding off for this file, or put it into the archive.',
  },
  LINK_TOO_LARGE: {
    text: 'the file is too large',
    hint: 'Make it smaller: scale images down, shorten audio, split documents.',
  },
  LINK_CUT: { text: 'the connection ended before the file was whole', hint: AGAIN, retryable: true },
} as const satisfies Record<string, { text: string; hint: string; retryable?: true }>;

export type DownloadCode = keyof typeof PROBLEMS;

/** Why a link was not fetched; `text` and `hint` replace the usual ones, `retryAfter` is what the server asked for, in milliseconds. */
export interface DownloadFailure {
  code: DownloadCode;
  retryable: boolean;
  text?: string;
  hint?: string;
  retryAfter?: number;
}

/** A failure with the code's own words and verdict on trying again, unless told otherwise. */
export function failure(code: DownloadCode, changes: Partial<Omit<DownloadFailure, 'code'>> = {}): DownloadFailure {
  return { code, retryable: 'retryable' in PROBLEMS[code], ...changes };
}

/** The failure as an issue; `shownUrl` must be free of secrets. */
export function downloadIssue({ code, text, hint }: DownloadFailure, shownUrl: string): Issue {
  const usual = PROBLEMS[code];
  return {
    code,
    severity: 'error',
    message: `"${excerpt(shownUrl, 200)}": ${text ?? usual.text}`,
    hint: hint ?? usual.hint,
  };
}

/** Carries a failure through a callback that takes errors only. */
export class DownloadFailureError extends Error {
  override name = 'DownloadFailureError';
  readonly failure: DownloadFailure;
  constructor(reason: DownloadFailure) {
    super(`[download] refused: ${reason.code}`);
    this.failure = reason;
  }
}
