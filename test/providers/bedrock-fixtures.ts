import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Example, Message } from '../../lib/domain/example.ts';
import type { Target } from '../../lib/domain/target.ts';
import { simulatorEnvironment } from '../../lib/local/simulators/environment.ts';
import { type RunningSimulators, startSimulators } from '../../lib/local/simulators/start.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import type {
  DatasetTotals,
  Formatted,
  PreparedMedia,
  ProviderClient,
  ProviderSettings,
  ReadableFile,
} from '../../lib/providers/provider.ts';

export const NOVA_LITE = 'amazon.nova-lite-v1:0:300k';
export const NOVA_2_LITE = 'amazon.nova-2-lite-v1:0:256k';
export const NOVA_MICRO = 'amazon.nova-micro-v1:0:128k';

export function target(changes: Partial<Target> = {}): Target {
  return { name: 'bedrock', provider: 'bedrock', model: NOVA_LITE, hyperparameters: {}, adapt: {}, ...changes };
}

export function example(messages: Message[], changes: Partial<Example> = {}): Example {
  const source = { file: 'train.csv', row: 1, line: 2 };
  return { id: 'e_0123456789abcdef', split: null, source, messages, ...changes };
}

export const user = (...parts: Message['parts']): Message => ({ role: 'user', parts });
export const system = (text: string): Message => ({ role: 'system', parts: [{ text }] });
export const assistant = (text: string, changes: Partial<Message> = {}): Message => ({
  role: 'assistant',
  parts: [{ text }],
  ...changes,
});

export const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** A prepared image; formatting never looks inside. */
export function image(name: string, changes: Partial<Extract<PreparedMedia, { as: 'file' }>> = {}) {
  return {
    as: 'file',
    kinds: [],
    name,
    sha256: sha256(name),
    kind: 'image',
    mime: 'image/png',
    bytes: 2000,
    width: 64,
    height: 48,
    ...changes,
  } as const satisfies PreparedMedia;
}

/** A prepared PDF. */
export function pdf(name: string, changes: Partial<Extract<PreparedMedia, { as: 'file' }>> = {}) {
  const {
    width: _width,
    height: _height,
    ...file
  } = image(name, { mime: 'application/pdf', kind: 'document', pages: 2 });
  return { ...file, ...changes } as const satisfies PreparedMedia;
}

export const textFile = (name: string, text: string): PreparedMedia => ({
  as: 'text',
  kinds: ['text-inlined'],
  name,
  text,
});

export const weatherTool = {
  name: 'get_weather',
  description: 'Weather of a place',
  parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
};
export const weatherCall = (id: string, place: string) => ({
  id,
  name: 'get_weather',
  arguments: JSON.stringify({ place }),
});

/** The options of `format` with media in one folder. */
export function options(changes: Partial<Target> = {}) {
  return {
    target: target(changes),
    countTokens: () => 0,
    mediaUri: (fileName: string) => `s3://fine-bucket/finedrop/birds/media/${fileName}`,
  };
}

export function accepted(formatted: Formatted): Exclude<Formatted, { excluded: unknown }> {
  if ('excluded' in formatted) throw new Error(`excluded: ${JSON.stringify(formatted.excluded)}`);
  return formatted;
}

export function excludedCodes(formatted: Formatted): string[] {
  return 'excluded' in formatted ? formatted.excluded.map(({ code }) => code) : [];
}

export function totals(
  changes: Partial<DatasetTotals['rows']> & { kinds?: DatasetTotals['kinds'] } = {},
): DatasetTotals {
  const { kinds = [], train = 150, validation = 0, withMedia = 0 } = changes;
  return {
    rows: { train, validation, withMedia, textOnly: train + validation - withMedia },
    tokens: { train: 1000, validation: 0 },
    bytes: { train: 1000, validation: 0 },
    kinds,
  };
}

export function readable(bytes: Buffer): ReadableFile {
  async function* read(offset: number, length: number) {
    yield bytes.subarray(offset, offset + length);
  }
  return { bytes: bytes.length, sha256: sha256(bytes), read };
}

export interface Running {
  simulators: RunningSimulators;
  settings: ProviderSettings;
  mediaBase: string;
  client: ProviderClient;
  close(): Promise<void>;
}

/** All simulators and a client of the dataset "museum", as the local engine opens them. */
export async function startRunning(rules: object[] = []): Promise<Running> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-bedrock-'));
  const simulators = await startSimulators({ stateDir, faults: { rules } });
  const settings = { simulated: true, values: bedrock.readSettings(simulatorEnvironment(simulators.urls)) };
  const mediaBase = bedrock.mediaBase(settings, 'museum');
  const client = await bedrock.connect(settings, { mediaBase, now: () => simulators.clock.now() });
  const close = async () => {
    await client.close();
    await simulators.close();
    await rm(stateDir, { recursive: true, force: true });
  };
  return { simulators, settings, mediaBase, client, close };
}
