// Not when it is asked for: of a CommonJS package a bundle's import() gives the default alone, and job.ts is loaded late itself.
import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library';
import type { ProviderSettings } from '../provider.ts';
import { isStandIn } from './settings.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** What stand-ins get: they want a token, and no real one is shown to them. */
const STAND_IN_TOKEN = 'finedrop-stand-in';

/** Who asks: a client that makes tokens for the server of that URL. Nothing is looked up at Google, or on this machine, for a stand-in. */
export async function openCredentials({ values }: ProviderSettings, url: string): Promise<AuthClient> {
  if (isStandIn(url)) {
    const client = new OAuth2Client();
    client.setCredentials({ access_token: STAND_IN_TOKEN });
    return client;
  }
  const given = values['credentials'];
  const source = given === undefined ? {} : sourceOf(given);
  try {
    return await new GoogleAuth({ scopes: [SCOPE], ...source }).getClient();
  } catch (cause) {
    // The cause may quote the file: it is kept for whoever looks, and not shown.
    const message = '[vertex] the credentials cannot be used. Check GOOGLE_APPLICATION_CREDENTIALS.';
    throw new Error(message, { cause });
  }
}

/** A file, or its content: on Lambda, workload identity federation is a piece of JSON without secrets. */
function sourceOf(given: string): { keyFilename: string } | { credentials: object } {
  if (!given.startsWith('{')) return { keyFilename: given };
  try {
    return { credentials: JSON.parse(given) as object };
  } catch {
    throw new Error('[vertex] GOOGLE_APPLICATION_CREDENTIALS is neither a path nor JSON. Set it to one of them.');
  }
}

/** A bearer token for one request; throws a sentence that holds no secret. */
export async function tokenOf(client: AuthClient): Promise<string> {
  const { token } = await client.getAccessToken();
  if (typeof token !== 'string' || token === '') throw new Error('the credentials gave no token');
  return token;
}
