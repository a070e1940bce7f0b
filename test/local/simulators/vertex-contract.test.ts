import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as rules from '../../../lib/local/simulators/vertex/rules.ts';
import { type Json, jobBody, line, startVertex, type VertexFixture } from './vertex-fixture.ts';

/** Facts that lie beside the checkout where the project is developed; they are not part of it. */
const contracts = new URL('../../../../shared/contracts/', import.meta.url);
const isPresent = existsSync(contracts);
const reason = isPresent ? '' : ' (skipped: no shared/contracts beside the checkout)';
const readContract = (name: string) => JSON.parse(readFileSync(new URL(name, contracts), 'utf8')) as Json;

interface Field {
  type: string;
}

describe.skipIf(!isPresent)(`the published schema of tuning jobs${reason}`, () => {
  let vertex: VertexFixture;
  let types: Record<string, Record<string, Field>>;
  let enums: Record<string, Json>;

  beforeAll(async () => {
    vertex = await startVertex();
    ({ types, enums } = readContract('vertex-tuning-schema.json') as unknown as {
      types: typeof types;
      enums: typeof enums;
    });
    const lines = [...Array(10)].map((_, index) => line(`question ${index}`));
    await vertex.stageLines('train.jsonl', [...lines, line('q', [['image/gif', 'none.gif']])]);
  });

  afterAll(() => vertex.close());

  /** The places where a value is not what the schema says, as `path: type`. */
  function findFaults(value: unknown, type: string, path: string): string[] {
    const list = /^(.+)\[\]$/.exec(type)?.[1];
    if (list !== undefined) {
      if (!Array.isArray(value)) return [`${path}: ${type}`];
      return value.flatMap((item, index) => findFaults(item, list, `${path}[${index}]`));
    }
    const message = types[type];
    if (message !== undefined) {
      return Object.entries(value as Json).flatMap(([field, inner]) => {
        const kind = Object.hasOwn(message, field) ? message[field]?.type : undefined;
        return kind === undefined ? [`${path}.${field}: unknown`] : findFaults(inner, kind, `${path}.${field}`);
      });
    }
    return isOfType(value, type) ? [] : [`${path}: ${type}`];
  }

  const plainTypes: readonly [prefix: string, matches: (value: unknown) => boolean][] = [
    ['string(int64)', (value) => typeof value === 'string' && /^\d+$/.test(value)],
    ['string(timestamp', (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value))],
    ['string', (value) => typeof value === 'string'],
    ['integer', Number.isInteger],
    ['number', (value) => typeof value === 'number'],
    ['boolean', (value) => typeof value === 'boolean'],
    ['map<', (value) => Object.values(value as Json).every((it) => typeof it === 'string')],
  ];

  function isOfType(value: unknown, type: string): boolean {
    const plain = plainTypes.find(([prefix]) => type.startsWith(prefix));
    if (plain !== undefined) return plain[1](value);
    const names = enums[type.split('.').at(-1) ?? ''];
    return typeof value === 'string' && names !== undefined && Object.hasOwn(names, value);
  }

  it('describes every answer on a job’s way, and knows every field of it', async () => {
    const spec = {
      trainingDatasetUri: 'gs://staging/train.jsonl',
      hyperParameters: { epochCount: '2', learningRateMultiplier: 0.5, adapterSize: 'ADAPTER_SIZE_ONE' },
    };
    const { json } = await vertex.create(jobBody({ supervisedTuningSpec: spec, labels: { finedrop_key: 'x' } }));
    expect(findFaults(json, 'TuningJob', 'job')).toEqual([]);
    for (const minutes of [1, 5, 60]) {
      expect(findFaults(await vertex.look(json['name'], minutes), 'TuningJob', 'job')).toEqual([]);
    }
    const job = await vertex.look(json['name'], 0);
    expect(Object.keys(job)).toEqual(expect.arrayContaining(['tunedModel', 'tuningDataStats', 'startTime', 'endTime']));
  });

  it('describes an error', async () => {
    await vertex.stage('bad.jsonl', 'x\n');
    const { json } = await vertex.create(
      jobBody({ supervisedTuningSpec: { trainingDatasetUri: 'gs://staging/bad.jsonl' } }),
    );
    const job = await vertex.look(json['name'], 60);
    expect(job['state']).toBe('JOB_STATE_FAILED');
    expect(findFaults(job, 'TuningJob', 'job')).toEqual([]);
  });

  it('has the adapter sizes by the same numbers', () => {
    const { ADAPTER_SIZE_UNSPECIFIED: _, ...sizes } = enums['AdapterSize'] ?? {};
    expect(rules.ADAPTER_SIZES).toEqual(sizes);
  });
});

describe.skipIf(!isPresent)(`the published limits of tuning${reason}`, () => {
  const limits = isPresent ? readContract('vertex-limits.json') : {};
  const models = Object.entries((limits['models'] ?? {}) as Record<string, Json>);
  const numbers: Record<string, number> = {
    ADAPTER_SIZE_ONE: 1,
    ADAPTER_SIZE_TWO: 2,
    ADAPTER_SIZE_FOUR: 4,
    ADAPTER_SIZE_EIGHT: 8,
    ADAPTER_SIZE_SIXTEEN: 16,
  };

  it('know the same models', () => {
    const tunable = models.filter(([, facts]) => facts['tunable'] !== false).map(([name]) => name);
    expect([...rules.MODELS.keys()].sort()).toEqual(tunable.sort());
  });

  it('give each model the same adapter sizes, regions and encryption', () => {
    for (const [name, known] of rules.MODELS) {
      const facts = models.find(([model]) => model === name)?.[1] ?? {};
      expect(known.adapterSizes.map((size) => numbers[size])).toEqual(facts['adapterSizes']);
      expect(known.regions).toEqual(facts['tuningRegions']);
      expect(known.encryption).toBe(facts['cmek'] ?? true);
      expect(rules.MOST_TOKENS_PER_EXAMPLE).toBe(facts['maxTokensPerExample']);
    }
  });

  it('are the same for datasets and media', () => {
    const dataset = limits['dataset'] as Json;
    expect(dataset).toMatchObject({
      maxTextOnlyExamples: rules.MOST_TEXT_EXAMPLES,
      maxMultimodalExamples: rules.MOST_MULTIMODAL_EXAMPLES,
      droppedExampleFailureRatio: rules.MOST_DROPPED_SHARE,
      validation: { maxExamples: rules.MOST_VALIDATION_EXAMPLES },
    });
    const { image, audio, pdf } = limits['media'] as Record<'image' | 'audio' | 'pdf', Json>;
    for (const [known, facts, most] of [
      [rules.MEDIA.image, image, image['maxPerExample']],
      [rules.MEDIA.audio, audio, audio['maxPerExample']],
      [rules.MEDIA.document, pdf, pdf['maxFilesPerExample']],
    ] as const) {
      expect([known.mostPerExample, `${known.mostBytes / 1024 ** 2}MB`]).toEqual([most, facts['maxFileBytes']]);
      expect([...known.types].sort()).toEqual([...(facts['mimeTypes'] as string[])].sort());
    }
  });
});
