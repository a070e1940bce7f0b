import { rowCodes } from './finding-code.ts';

/** Web links: what rows say, and what comes of fetching them. */
export const LINKS = {
  ...rowCodes({
    LINK_REFUSED: 'Put the file into the archive, or set links.allow in the job spec.',
    LINK_HOST: 'Add the host to links.hosts of the job spec, or put the file into the archive.',
    LINK_URL: 'Write it like https://example.com/owl.png.',
    LINK_SCHEME: 'Put the file into the archive, or behind an https link.',
    LINK_USERINFO: 'Use a signed link, or put the file into the archive.',
    LINK_TOO_LONG: 'Put the file into the archive.',
  }),
  LINKS_TOO_MANY: {
    severity: 'error',
    summary: 'The rows of the drop name more different links than are fetched for one run.',
    remedy: 'Put the files into an archive: they are read faster, and do not change.',
  },
  LINK_PORT: {
    severity: 'error',
    summary: 'The link names a port that is not used: only 80, 443 and 8443 are.',
    remedy: 'Serve the file on port 443, or put it into the archive.',
  },
  LINK_ADDRESS: {
    severity: 'error',
    summary: 'The link names its server by a number.',
    remedy: 'Use the name of the host, or put the file into the archive.',
  },
  LINK_PRIVATE: {
    severity: 'error',
    summary: 'The address is not reachable from here.',
    remedy: 'Check that the link opens without VPN or login from anywhere, or put the file into the archive.',
  },
  LINK_UNREACHABLE: {
    severity: 'error',
    summary: 'The server did not answer, or not in HTTP.',
    remedy: 'Run again later, or put the file into the archive.',
  },
  LINK_TIMEOUT: {
    severity: 'error',
    summary: 'The server did not answer in time.',
    remedy: 'Run again later, or put the file into the archive.',
  },
  LINK_DNS: {
    severity: 'error',
    summary: 'The name of the host could not be found.',
    remedy: 'Check the spelling of the host; otherwise run again later.',
  },
  LINK_CERTIFICATE: {
    severity: 'error',
    summary: 'The certificate of the server does not hold.',
    remedy: 'Have it renewed, or put the file into the archive.',
  },
  LINK_REDIRECT: {
    severity: 'error',
    summary: 'The link redirects too often, from https to http, or to where it cannot be followed.',
    remedy: 'Use the address at which the file itself lies.',
  },
  LINK_STATUS: {
    severity: 'error',
    summary: 'The server refused to give the file.',
    remedy: 'Check that the link opens without login in a private browser window.',
  },
  LINK_ENCODING: {
    severity: 'error',
    summary: 'The server sends the file compressed, which was not asked for.',
    remedy: 'Switch Content-Encoding off for this file, or put it into the archive.',
  },
  LINK_TOO_LARGE: {
    severity: 'error',
    summary: 'The file behind the link is larger than what any provider takes.',
    remedy: 'Make it smaller: scale images down, shorten audio, split documents.',
  },
  LINK_SLOW: {
    severity: 'error',
    summary: 'The server sends too slowly.',
    remedy: 'Run again later, or put the file into the archive.',
  },
  LINK_CUT: {
    severity: 'error',
    summary: 'The connection ended before the file was whole.',
    remedy: 'Run again later, or put the file into the archive.',
  },
} as const;
