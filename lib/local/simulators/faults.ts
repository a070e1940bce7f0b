import { z } from 'zod';

/** What a simulator can be told to do wrong; `operation` is a route's name, `*` any; `after` calls pass first, then `times` (1) are hit. */
const faultRule = z.strictObject({
  provider: z.enum(['openai', 'vertex', 'bedrock', 'gcs', 's3']),
  operation: z.string().min(1),
  action: z.enum([
    'error',
    'accept-then-timeout',
    'reset',
    'slow',
    'lost-job',
    'reject-file',
    'fail-job',
    'poor-training',
    'odd-state',
    'null-fields',
    'fail-without-reason',
    'encode-results',
  ]),
  status: z.number().int().min(400).max(599).optional(),
  /** What the provider calls the error, where one status has several names: `ServiceQuotaExceededException`. */
  code: z.string().min(1).max(64).optional(),
  /** With `odd-state`: the state that the job goes through or ends in, by the provider's own word. */
  state: z
    .string()
    .regex(/^[A-Za-z_]{1,64}$/)
    .optional(),
  /** With any action on OpenAI's `jobs.create`: the job is kept without its metadata, as some servers that speak the API do. */
  forgets: z.literal('metadata').optional(),
  times: z.number().int().min(1).optional(),
  after: z.number().int().min(0).optional(),
  ms: z.number().int().min(0).max(600_000).optional(),
});

/** The faults file of `finedrop simulators --faults`. */
const faultsFile = z.strictObject({ rules: z.array(faultRule).max(1000) });

export type FaultRule = z.infer<typeof faultRule>;

export interface Faults {
  /** The rule that hits this call, or null; each call counts, so ask once per request. */
  take(provider: string, operation: string): FaultRule | null;
}

/** Reads rules as a value of unknown origin (undefined: none); its counters live as long as the process. */
export function openFaults(rules: unknown): Faults {
  const parsed = faultsFile.safeParse(rules ?? { rules: [] });
  if (!parsed.success) throw new Error(`[faults] the rules are not usable: ${z.prettifyError(parsed.error)}`);
  const counters: Counter[] = parsed.data.rules.map((rule) => ({ rule, seen: 0 }));
  return {
    take(provider, operation) {
      const waiting = counters.filter(({ rule }) => concerns(rule, provider, operation));
      const hit = waiting.find(isDue) ?? null;
      for (const counter of waiting) if (counter === hit || !hasBegun(counter)) counter.seen += 1;
      return hit?.rule ?? null;
    },
  };
}

interface Counter {
  rule: FaultRule;
  seen: number;
}

function concerns(rule: FaultRule, provider: string, operation: string): boolean {
  return rule.provider === provider && (rule.operation === operation || rule.operation === '*');
}

function hasBegun({ rule, seen }: Counter): boolean {
  return seen >= (rule.after ?? 0);
}

function isDue(counter: Counter): boolean {
  const { after = 0, times = 1 } = counter.rule;
  return hasBegun(counter) && counter.seen < after + times;
}
