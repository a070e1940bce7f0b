import { lookup } from 'node:dns/promises';
import { isIP, isIPv6, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './download-address.ts';
import { bareHost, type HostRule, isExempt, portOf } from './download-guard.ts';
import { type DownloadFailure, DownloadFailureError, failure } from './download-issues.ts';

/** The addresses of a host name, as the system sees them. */
export type Resolve = (host: string) => Promise<string[]>;

export interface ConnectSettings {
  resolve: Resolve;
  exempt: readonly HostRule[];
  /** Milliseconds for the name, and again for the connection with its TLS handshake. */
  connectTimeout: number;
  /** Makes the connection, given the only addresses it may use. */
  open?: (addresses: readonly string[], timeout: number) => buildConnector.connector;
}

// An address that does not answer gives way to the next one; the 250 ms that Node takes are too short for the far side of the world.
const NEXT_ADDRESS_AFTER = 1000;

/**
 * A connector for undici that looks a name up once for each connection, judges every address and connects to those very addresses: a
 * name that means another host a moment later (DNS rebinding) gains nothing. TLS is checked against the name.
 */
export function guardedConnector({
  resolve,
  exempt,
  connectTimeout,
  open = openTo,
}: ConnectSettings): buildConnector.connector {
  return (options, callback) => {
    const target = {
      host: bareHost(options.hostname),
      port: portOf({ port: options.port, protocol: options.protocol }),
    };
    withTimeout(addressesOf(target, { resolve, exempt }), connectTimeout).then(
      (addresses) => open(addresses, connectTimeout)(options, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

/** Asks the system, its hosts file included. */
export async function systemResolve(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

async function addressesOf(
  { host, port }: { host: string; port: number },
  { resolve, exempt }: Pick<ConnectSettings, 'resolve' | 'exempt'>,
): Promise<string[]> {
  const isOpened = isExempt(host, port, exempt);
  const addresses = isIP(host) === 0 ? await resolved(host, resolve) : [host];
  if (isOpened || addresses.every(isPublicAddress)) return addresses;
  // One private address among public ones is how rebinding begins.
  throw new DownloadFailureError(failure('LINK_PRIVATE'));
}

async function resolved(host: string, resolve: Resolve): Promise<string[]> {
  let addresses: string[];
  try {
    addresses = await resolve(host);
  } catch (error) {
    throw new DownloadFailureError(nameFailure(error));
  }
  if (addresses.length === 0) throw new DownloadFailureError(failure('LINK_DNS', { retryable: false }));
  return addresses;
}

/** A name that does not exist will not exist in a second run; a name server that does not answer may. */
function nameFailure(error: unknown): DownloadFailure {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return failure('LINK_DNS', { retryable: code !== 'ENOTFOUND' && code !== 'ENODATA' });
}

async function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DownloadFailureError(failure('LINK_TIMEOUT'))), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function openTo(addresses: readonly string[], timeout: number): buildConnector.connector {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const first = found[0] ?? { address: '', family: 4 };
  const pinned: LookupFunction = (_host, { all }, done) => {
    if (all === true) done(null, found);
    else done(null, first.address, first.family);
  };
  return buildConnector({
    lookup: pinned,
    timeout,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER,
    maxCachedSessions: 0,
  });
}
