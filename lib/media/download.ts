import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import type { Issue } from '../domain/finding.ts';
import { linkName } from '../domain/link-name.ts';
import { type AttemptSettings, attemptDownload } from './download-attempt.ts';
import { guardedConnector, type Resolve, systemResolve } from './download-connect.ts';
import { type HostRule, readHostRule } from './download-guard.ts';
import { type DownloadFailure, downloadIssue } from './download-issues.ts';
import { createKeep } from './download-keep.ts';
import { DOWNLOAD_LIMITS, type DownloadLimits } from './download-limits.ts';
import { createSlots } from './download-slots.ts';

export type { DownloadLimits } from './download-limits.ts';

/** What was asked and answered, fit for people to read: links are without user, password and secret query values. */
export interface DownloadStory {
  shownUrl: string;
  /** The last answer's status; null when no server answered. */
  status: number | null;
  etag: string | null;
  /** As registered: lower case, without parameters, aliases resolved. */
  contentType: string | null;
  redirects: string[];
  attempts: number;
}

/** `retryable`: the server was away, not the link wrong. */
export type DownloadResult = DownloadStory & ({ bytes: Buffer } | { issue: Issue; retryable: boolean });

export interface Download {
  /** Fetches a link, once however often it is asked for. `hosts` narrows where it may go, redirects included; null = anywhere public. */
  (url: string, options: { hosts: readonly string[] | null }): Promise<DownloadResult>;
  /** Cuts all connections; downloads that still run reject. */
  close(): Promise<void>;
}

export interface DownloadSettings {
  /** `HOST[:PORT]` of the operator: there plain http, a number for a name, a private address and that port are fine. */
  allowHosts: readonly string[];
  resolve?: Resolve;
  limits?: Partial<DownloadLimits>;
  wait?: (milliseconds: number) => Promise<unknown>;
}

/** The only code that fetches what a user's data names. It uses no proxy, cookie or credential, and goes to public addresses alone. */
export function createDownload(settings: DownloadSettings): Download {
  const limits = { ...DOWNLOAD_LIMITS, ...settings.limits };
  const exempt = settings.allowHosts.map(exemption);
  const { resolve = systemResolve, wait = sleep } = settings;
  const dispatcher = new Agent({
    connect: guardedConnector({ resolve, exempt, connectTimeout: limits.connect }),
    connections: limits.perHost,
    pipelining: 1,
  });
  const slots = createSlots(limits.perHost);
  const keep = createKeep<DownloadResult>({ maxBytes: limits.keptBytes, bytesOf: keptBytes });
  let isClosed = false;
  const isOpen = () => !isClosed;

  const download = (url: string, { hosts }: { hosts: readonly string[] | null }): Promise<DownloadResult> => {
    const rules = { exempt, hosts: hosts?.flatMap((host) => readHostRule(host) ?? []) ?? null };
    return keep(JSON.stringify([url, hosts]), () =>
      tryDownload(url, { dispatcher, slots, limits, rules, wait, isOpen }),
    );
  };
  const close = async () => {
    isClosed = true;
    await dispatcher.destroy();
  };
  return Object.assign(download, { close });
}

function exemption(text: string): HostRule {
  const rule = readHostRule(text);
  if (rule === null)
    throw new Error(`[download] "${text}" is no host. Write HOST or HOST:PORT, like "files.intern:8080".`);
  return rule;
}

type TrySettings = AttemptSettings & { wait: (milliseconds: number) => Promise<unknown>; isOpen: () => boolean };

/** Tries again what may pass, with growing pauses. */
async function tryDownload(url: string, settings: TrySettings): Promise<DownloadResult> {
  const { limits, wait, isOpen } = settings;
  for (let attempts = 1; ; attempts += 1) {
    const attempt = await attemptDownload(url, settings);
    const { status, etag, contentType, redirects } = attempt;
    const story: DownloadStory = { shownUrl: linkName(url), status, etag, contentType, redirects, attempts };
    if ('bytes' in attempt) return { ...story, bytes: attempt.bytes };
    if (!isOpen()) throw new Error('[download] closed while a link was being fetched.');
    if (!attempt.failure.retryable || attempts >= limits.tries) return failed(story, attempt.failure);
    await wait(pauseBefore(attempts, attempt.failure, limits));
  }
}

function failed(story: DownloadStory, reason: DownloadFailure): DownloadResult {
  return { ...story, issue: downloadIssue(reason, story.shownUrl), retryable: reason.retryable };
}

function pauseBefore(
  attempts: number,
  { retryAfter = 0 }: DownloadFailure,
  { pause, longestPause }: DownloadLimits,
): number {
  const GROWTH = 3;
  return Math.min(longestPause, Math.max(retryAfter, pause * GROWTH ** (attempts - 1)));
}

/** A failure that may pass is not kept: whoever asks again gets another try. */
function keptBytes(result: DownloadResult): number | null {
  const STORY_BYTES = 1024;
  if ('bytes' in result) return result.bytes.length + STORY_BYTES;
  return result.retryable ? null : STORY_BYTES;
}
