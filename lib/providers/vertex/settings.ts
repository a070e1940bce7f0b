import { sha256 } from '../../domain/canonical.ts';
import type { ProviderSettings } from '../provider.ts';

/** Environment name -> name among the settings' values. `credentials` is a path, or the JSON itself where no file can lie. */
const ENVIRONMENT = {
  GOOGLE_CLOUD_PROJECT: 'project',
  GOOGLE_CLOUD_LOCATION: 'location',
  FINEDROP_GCS_BUCKET: 'bucket',
  GOOGLE_APPLICATION_CREDENTIALS: 'credentials',
  FINEDROP_VERTEX_URL: 'vertexUrl',
  STORAGE_EMULATOR_HOST: 'storageUrl',
} as const;

/** A region that tunes every model. */
const DEFAULT_LOCATION = 'us-central1';

type Environment = Readonly<Record<string, string | undefined>>;
type Values = ProviderSettings['values'];

/** The settings that an environment gives; blank ones count as absent. */
export function readSettings(environment: Environment): Readonly<Record<string, string>> {
  const given = Object.entries(ENVIRONMENT).map(([name, value]) => [value, environment[name]?.trim() ?? '']);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** Environment names without which nothing can be staged or paid for; stand-ins of both services need no credentials. */
export function missingSettings(environment: Environment): string[] {
  const values = readSettings(environment);
  const needsCredentials = !(isStandIn(vertexUrl(values)) && isStandIn(storageUrl(values) ?? ''));
  const needed = ['project', 'bucket', ...(needsCredentials ? ['credentials'] : [])];
  return Object.entries(ENVIRONMENT)
    .filter(([, value]) => needed.includes(value) && values[value] === undefined)
    .map(([name]) => name);
}

/** Who would be charged, as part of the job key. Credentials are not in it: they may be rotated. */
export function account({ simulated, values }: ProviderSettings): Record<string, string> {
  if (simulated) return { account: 'simulated' };
  return { project: values['project'] ?? '', location: locationOf(values) };
}

/** The region in which jobs run. */
export function locationOf(values: Values): string {
  return values['location'] ?? DEFAULT_LOCATION;
}

const LONGEST_SLUG = 64;

/** `gs://<bucket>/finedrop/<dataset>/media`; training files lie one level up. Datasets of different names never share a folder. */
export function mediaBase({ values }: ProviderSettings, dataset: string): string {
  return `gs://${values['bucket'] ?? 'your-bucket'}/finedrop/${slugOf(dataset)}/media`;
}

function slugOf(dataset: string): string {
  const safe = dataset.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '');
  if (safe === dataset && safe.length <= LONGEST_SLUG && safe !== '') return safe;
  return `${safe.slice(0, LONGEST_SLUG)}-${sha256(dataset).slice(0, 8)}`.replace(/^-/, '');
}

/** The base of Vertex AI's API, an origin. Multi-regions have hosts of another form. */
export function vertexUrl(values: Values): string {
  const given = values['vertexUrl'];
  if (given !== undefined) return given.replace(/\/+$/, '');
  const location = locationOf(values);
  if (location === 'global') return 'https://aiplatform.googleapis.com';
  const isMultiRegion = location === 'us' || location === 'eu';
  return isMultiRegion
    ? `https://aiplatform.${location}.rep.googleapis.com`
    : `https://${location}-aiplatform.googleapis.com`;
}

/** Cloud Storage itself. */
export const STORAGE_URL = 'https://storage.googleapis.com';

/** The base of a Cloud Storage stand-in, an origin, or null for the service itself. Emulators are often named without a scheme. */
export function storageUrl(values: Values): string | null {
  const given = values['storageUrl']?.replace(/\/+$/, '');
  if (given === undefined) return null;
  return /^https?:\/\//i.test(given) ? given : `http://${given}`;
}

/** Whether a server is one of this machine's own, to which nobody's credentials are shown. */
export function isStandIn(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** A name that goes into a host name or path must be one: a token is sent there. */
const SHAPES: readonly [setting: string, shape: RegExp][] = [
  ['GOOGLE_CLOUD_PROJECT', /^[a-z0-9][a-z0-9.:-]{0,62}$/],
  ['GOOGLE_CLOUD_LOCATION', /^[a-z][a-z0-9-]{0,62}$/],
];

/** Throws, naming the setting, when the settings cannot be used at all. */
export function checkSettings({ simulated, values }: ProviderSettings): void {
  const given = [values['project'] ?? '', locationOf(values)];
  for (const [index, [setting, shape]] of SHAPES.entries()) {
    if (!shape.test(given[index] ?? '')) throw new Error(`[vertex] ${setting} is missing or malformed. Set it.`);
  }
  const urls = [vertexUrl(values), storageUrl(values) ?? STORAGE_URL];
  if (simulated && !urls.every(isStandIn)) {
    throw new Error('[vertex] the simulators’ URLs are missing: nothing simulated goes to Google.');
  }
  for (const url of urls) {
    if (URL.canParse(url) && (new URL(url).protocol === 'https:' || isStandIn(url))) continue;
    throw new Error(`[vertex] "${url}" is no https URL: credentials would be sent in the clear. Use https.`);
  }
}
