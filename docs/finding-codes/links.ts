import { rowCodes } from './finding-code.ts';

/** Web links: what rows say, and what comes of fetching them. */
export const LINKS = {
  ...rowCodes({
    LINK_REFUSED: {
      remedy: 'Put the file into the archive, or set links.allow in the job spec.',
      example: 'train.csv, row 1, files, part 1: web links are not allowed here: "https://example.com/owl.png"',
    },
    LINK_HOST: {
      remedy: 'Add the host to links.hosts of the job spec, or put the file into the archive.',
      example: 'train.csv, row 1, files, part 1: the host of "https://example.com/owl.png" is not among those allowed',
    },
    LINK_URL: {
      remedy: 'Write it like https://example.com/owl.png.',
      example: 'train.csv, row 1, files, part 1: "https://" is no valid link',
    },
    LINK_SCHEME: {
      remedy: 'Put the file into the archive, or behind an https link.',
      example:
        'train.csv, row 2, files, part 1: "ftp://example.com/owl.png" begins with ftp://; only http and https links are fetched',
    },
    LINK_USERINFO: {
      remedy: 'Use a signed link, or put the file into the archive.',
      example:
        'train.csv, row 3, files, part 1: the link "https://example.com/owl.png" carries a user name or password',
    },
    LINK_TOO_LONG: {
      remedy: 'Put the file into the archive.',
      example:
        'train.csv, row 4, files, part 1: the link is 2075 characters long, more than 2048: "https://example.com/owl/owl/owl/owl/owl/owl/owl/owl/owl/owl/owl/owl/owl/owl/owl…"',
    },
  }),
  LINKS_TOO_MANY: {
    severity: 'error',
    summary: 'The rows of the drop name more different links than are fetched for one run.',
    remedy: 'Put the files into an archive: they are read faster, and do not change.',
    example: 'the rows name more than 10000 different links',
  },
  LINK_PORT: {
    severity: 'error',
    summary: 'The link names a port that is not used: only 80, 443 and 8443 are.',
    remedy: 'Serve the file on port 443, or put it into the archive.',
    example:
      'train.csv, row 12, files, part 1: "https://example.com:6379/owl.png": only the ports 80, 443 and 8443 are used',
  },
  LINK_ADDRESS: {
    severity: 'error',
    summary: 'The link names its server by a number.',
    remedy: 'Use the name of the host, or put the file into the archive.',
    example: 'train.csv, row 13, files, part 1: "https://8.8.8.8/owl.png": the link names its server by a number',
  },
  LINK_PRIVATE: {
    severity: 'error',
    summary: 'The address is not reachable from here.',
    remedy: 'Check that the link opens without VPN or login from anywhere, or put the file into the archive.',
    example:
      'train.csv, row 11, files, part 1: "https://intern.example/owl.png": the address is not reachable from here',
  },
  LINK_UNREACHABLE: {
    severity: 'error',
    summary: 'The server did not answer, or not in HTTP.',
    remedy: 'Run again later, or put the file into the archive.',
    example: 'train.csv, row 8, files, part 1: "http://dead.example/owl.png": the address is not reachable from here',
  },
  LINK_TIMEOUT: {
    severity: 'error',
    summary: 'The server did not answer in time.',
    remedy: 'Run again later, or put the file into the archive.',
    example:
      'train.csv, row 1, files, part 1: "http://owls.example/silent.png": the address is not reachable from here',
  },
  LINK_DNS: {
    severity: 'error',
    summary: 'The name of the host could not be found.',
    remedy: 'Check the spelling of the host; otherwise run again later.',
    example:
      'train.csv, row 10, files, part 1: "https://nowhere.example/owl.png": the name of the host could not be found',
  },
  LINK_CERTIFICATE: {
    severity: 'error',
    summary: 'The certificate of the server does not hold.',
    remedy: 'Have it renewed, or put the file into the archive.',
    example:
      'train.csv, row 9, files, part 1: "https://secure.example/owl.png": the certificate of the server does not hold',
  },
  LINK_REDIRECT: {
    severity: 'error',
    summary: 'The link redirects too often, from https to http, or to where it cannot be followed.',
    remedy: 'Use the address at which the file itself lies.',
    example: 'train.csv, row 2, files, part 1: "http://owls.example/circle.png": the link redirects too often',
  },
  LINK_STATUS: {
    severity: 'error',
    summary: 'The server refused to give the file.',
    remedy: 'Check that the link opens without login in a private browser window.',
    example: 'train.csv, row 3, files, part 1: "http://owls.example/missing.png": the server answered with status 404',
  },
  LINK_ENCODING: {
    severity: 'error',
    summary: 'The server sends the file compressed, which was not asked for.',
    remedy: 'Switch Content-Encoding off for this file, or put it into the archive.',
    example:
      'train.csv, row 4, files, part 1: "http://owls.example/packed.png": the server sends the file compressed, which was not asked for',
  },
  LINK_TOO_LARGE: {
    severity: 'error',
    summary: 'The file behind the link is larger than what any provider takes.',
    remedy: 'Make it smaller: scale images down, shorten audio, split documents.',
    example:
      'train.csv, row 5, files, part 1: "http://owls.example/large.png": the file is larger than 134217728 bytes',
  },
  LINK_SLOW: {
    severity: 'error',
    summary: 'The server sends too slowly.',
    remedy: 'Run again later, or put the file into the archive.',
    example: 'train.csv, row 6, files, part 1: "http://owls.example/slow.png": the server sends too slowly',
  },
  LINK_CUT: {
    severity: 'error',
    summary: 'The connection ended before the file was whole.',
    remedy: 'Run again later, or put the file into the archive.',
    example:
      'train.csv, row 7, files, part 1: "http://cut.example/owl.png": the connection ended before the file was whole',
  },
} as const;
