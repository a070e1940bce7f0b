/** Bounds of one download; times in milliseconds. */
export interface DownloadLimits {
  /** For looking the name up, and again for the connection. */
  connect: number;
  /** From the request to the end of the answer's headers. */
  headers: number;
  /** For one try, redirects included; waiting for a free place does not count. */
  total: number;
  /** In each stretch of this length at least `bytesPerSecond` must come. */
  pace: number;
  bytesPerSecond: number;
  maxBytes: number;
  redirects: number;
  tries: number;
  /** The first pause before another try; the next is three times as long. */
  pause: number;
  /** The longest pause that a server may ask for with Retry-After. */
  longestPause: number;
  perHost: number;
  /** Bytes of finished downloads that are kept for the next one who asks for the same link. */
  keptBytes: number;
}

const SECOND = 1000;
const MEBIBYTE = 1024 * 1024;

/** No provider takes a media file above 100 MB; the rest is ours, against servers that never end. */
export const DOWNLOAD_LIMITS: DownloadLimits = {
  connect: 5 * SECOND,
  headers: 10 * SECOND,
  total: 30 * SECOND,
  pace: 5 * SECOND,
  bytesPerSecond: 10_000,
  maxBytes: 128 * MEBIBYTE,
  redirects: 3,
  tries: 3,
  pause: 1 * SECOND,
  longestPause: 30 * SECOND,
  perHost: 4,
  keptBytes: 64 * MEBIBYTE,
};
