import type { Finding } from '../lib/domain/finding.ts';
import type { JobPlan } from '../lib/domain/job-plan.ts';
import type { Report, TargetReport } from '../lib/domain/report.ts';
import { resolveRetrain } from '../lib/domain/retrain.ts';
import type { Target } from '../lib/domain/target.ts';
import type { GateTarget } from '../lib/pipeline/gate-record.ts';
import type { Manifest, RunTarget } from '../lib/pipeline/manifest.ts';
import type { OperatorSettings, Services } from '../lib/pipeline/services.ts';
import { memoryStore } from '../lib/storage/memory-store.ts';

/** A sound value of each kind; `change` says what the test is about. */
export function findingOf(change: Partial<Finding> = {}): Finding {
  return {
    code: 'MEDIA_MISSING',
    severity: 'error',
    where: { file: 'train.csv', row: 17, line: 19, column: 'files', part: 2 },
    message: 'no file "owl.jpg" in media.zip',
    hint: 'nearest names: owl.jpeg',
    target: null,
    ...change,
  };
}

export function targetOf(change: Partial<Target> = {}): Target {
  return { name: 'openai', provider: 'openai', model: 'gpt-4o-2024-08-06', hyperparameters: {}, adapt: {}, ...change };
}

export function targetReportOf(change: Partial<TargetReport> = {}): TargetReport {
  return {
    name: 'openai',
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    status: 'succeeded',
    rows: { accepted: 22, adjusted: 3, excluded: 4, train: 22, validation: 0 },
    tokens: { train: 21_873, validation: 0 },
    estimatedCost: { currency: 'USD', low: 1.21, high: 1.64 },
    adjustments: { 'gif-to-png': 3 },
    files: { train: 'openai/train.jsonl', lineMap: 'openai/line-map.jsonl' },
    job: null,
    simulated: true,
    ...change,
  };
}

export function reportOf(change: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    finedrop: '0.1.0',
    dataset: 'museum',
    run: '3f0c9a1d5b7e2c48',
    command: 'run',
    status: 'completed',
    simulated: true,
    startedAt: '2026-11-23T09:00:00Z',
    finishedAt: '2026-11-23T09:00:07Z',
    message: 'Every target was trained.',
    inputs: [{ key: 'museum/train.csv', bytes: 4812, rows: 28 }],
    rows: { total: 28, accepted: 26, rejected: 2, train: 26, validation: 0 },
    media: { references: 31, assets: 19, bytes: 812_345, deduplicated: 12, byKind: { image: 19 } },
    findings: { errors: 6, warnings: 3, infos: 0, byCode: { MEDIA_MISSING: 6, MEDIA_TYPE_MISMATCH: 3 } },
    targets: [targetReportOf()],
    ...change,
  };
}

export function manifestOf(change: Partial<Manifest> = {}): Manifest {
  return {
    dataset: 'museum',
    run: '3f0c9a1d5b7e2c48',
    command: 'run',
    simulated: true,
    spec: {
      policy: { maxRejected: 0 },
      validation: { share: 0.1 },
      media: { verify: 'decode' },
      links: { allow: true, hosts: null, private: [] },
      objects: { buckets: [] },
      generation: 0,
      budget: { usd: null, by: 'drop' },
      approve: false,
      notify: 'always',
      retrain: resolveRetrain(undefined),
    },
    targets: [runTargetOf()],
    files: [],
    archives: [],
    loose: 0,
    past: { drop: '5d0c'.repeat(16), mode: 'replace', after: null, base: [], isRecorded: false },
    by: 'hand',
    ...change,
  };
}

export function runTargetOf(change: Partial<RunTarget> = {}): RunTarget {
  return { ...targetOf(), mediaBase: '', ...change };
}

export function gateTargetOf(change: Partial<GateTarget> = {}): GateTarget {
  return {
    name: 'openai',
    verdict: 'accepted',
    mayCreate: true,
    key: '9c1e'.repeat(10),
    totals: {
      accepted: 22,
      excluded: 4,
      trainedBefore: 0,
      adjusted: 3,
      rows: { train: 22, validation: 0 },
      tokens: { train: 21_873, validation: 0 },
      tokensAtMost: { train: 21_873, validation: 0 },
      bytes: { train: 40_000, validation: 0 },
      withMedia: 20,
      kinds: ['image'],
      adjustments: { 'gif-to-png': 3 },
    },
    billed: { low: 21_873, high: 21_873 },
    epochs: { low: 2.2, high: 3 },
    usdPerMillionTokens: 25,
    cost: { currency: 'USD', low: 1.21, high: 1.64 },
    job: null,
    ...change,
  };
}

export function operatorOf(change: Partial<OperatorSettings> = {}): OperatorSettings {
  return {
    targets: null,
    linksAllowed: true,
    allowHosts: [],
    objectBuckets: [],
    usdPerRun: null,
    usdPerDay: null,
    approve: false,
    settleSeconds: 0,
    ...change,
  };
}

export function jobPlanOf(change: Partial<JobPlan> = {}): JobPlan {
  const { totals, verdict: _verdict, mayCreate: _mayCreate, ...target } = gateTargetOf();
  return {
    schemaVersion: 1,
    dataset: 'museum',
    run: '3f0c9a1d5b7e2c48',
    simulated: true,
    plan: 'c7bba5234150b052',
    held: 'the jobs wait for approval.',
    heldBy: 'approval',
    cost: target.cost,
    budget: { usd: null, usdPerDay: null, approve: true },
    targets: [
      {
        ...target,
        provider: 'openai',
        model: 'gpt-4o-2024-08-06',
        verdict: 'held',
        rows: totals.rows,
        tokens: totals.tokens,
      },
    ],
    ...change,
  };
}

/** What a gate without limits says of money. */
export const NO_LIMITS = { plan: '0123456789abcdef', money: { held: null, heldBy: null, reservedOn: null } };

/** Services in memory whose clock stands still; what a test does not give throws when it is used. */
export function servicesOf(change: Partial<Services> = {}): Services {
  let ids = 0;
  const unused = (what: string) => (): never => {
    throw new Error(`this test gives no ${what}`);
  };
  return {
    version: '0.1.0',
    simulated: true,
    inbox: memoryStore(),
    results: memoryStore(),
    operator: operatorOf(),
    objects: async () => null,
    provider: unused('provider'),
    providerNames: ['openai'],
    settings: unused('settings'),
    missingSettings: () => [],
    announce: async () => {},
    client: unused('client'),
    download: { get: unused('download'), close: async () => {} } as unknown as Services['download'],
    holder: { execution: 'execution-1', host: 'host', pid: 1, startedAt: '1' },
    isRunning: unused('isRunning'),
    now: () => new Date('2026-11-23T09:00:00Z'),
    uuid: () => {
      ids += 1;
      return `id-${ids}`;
    },
    log: { info: () => {} },
    progress: { add: () => {} },
    ...change,
  };
}
