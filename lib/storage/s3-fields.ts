import type { WriteOptions } from './object-store.ts';

/** ETags travel quoted; here they are bare, as events and inventories have them. */
export function bare(etag: string | undefined): string {
  return (etag ?? '').replace(/^"(.*)"$/, '$1');
}

/** An ETag as requests name it. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** Listings are asked for in URL encoding, since XML cannot hold every character that a key can; a space comes as "+". */
export function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

/** The content type as requests name it. */
export function typeOf({ contentType }: WriteOptions): { ContentType?: string } {
  return contentType === undefined ? {} : { ContentType: contentType };
}

/** Conditions as requests name them. */
export function conditionsOf({ ifNoneMatch, ifMatch }: WriteOptions): { IfNoneMatch?: '*'; IfMatch?: string } {
  return {
    ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
    ...(ifMatch === undefined ? {} : { IfMatch: quoted(ifMatch) }),
  };
}

/** What a write answered. */
export function answerOf(answer: { ETag?: string | undefined; VersionId?: string | undefined }) {
  return { etag: bare(answer.ETag), ...versionOf(answer.VersionId) };
}

/** The version, where a bucket keeps versions. */
export function versionOf(versionId: string | undefined): { versionId?: string } {
  return versionId === undefined ? {} : { versionId };
}
