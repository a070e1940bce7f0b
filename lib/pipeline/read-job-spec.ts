import { parse as parseYaml } from 'yaml';
import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import { type JobSpec, parseJobSpec, targetsOfInvalid } from '../domain/job-spec.ts';
import { readBytes } from '../storage/object-store.ts';
import type { Drop } from './drop.ts';
import type { Request } from './manifest.ts';
import type { Services } from './services.ts';

/** The YAML reader compares each key with all others: 256 KiB of keys took it 22 s (yaml 2, 2026-11). */
const JOB_SPEC_BYTES = 64 * 1024;

/** The job spec as it was written, by whoever may write one; what is wrong with it is findings. */
export async function readJobSpec(
  services: Services,
  drop: Drop,
  request: Request,
): Promise<{ spec: JobSpec; file: string | null; findings: Finding[] }> {
  const [first, ...others] = drop.jobSpecs;
  const given = request.spec ?? (first === undefined ? null : await loadText(services, first));
  if (given === null) return { spec: {}, file: null, findings: [] };
  const findings = request.spec === undefined ? others.map((other) => surplusSpec(other.name, first?.name ?? '')) : [];
  const parsed: Parsed = 'problem' in given ? { problems: [given.problem] } : parseText(given.text);
  if ('problems' in parsed) {
    const problems = parsed.problems.map((problem) => findingAt(invalidSpec(problem), { file: given.name }));
    return { spec: parsed.rest ?? {}, file: given.name, findings: [...findings, ...problems] };
  }
  return { spec: parsed.spec, file: given.name, findings };
}

async function loadText(
  { inbox }: Services,
  { key, name, size, etag }: { key: string; name: string; size: number; etag: string },
): Promise<{ name: string; text: string } | { name: string; problem: string }> {
  const bytes = await readBytes(inbox, key, { ifMatch: etag, length: Math.min(size, JOB_SPEC_BYTES + 1) });
  if (bytes === null) return { name, problem: 'the job spec has been taken away since the drop was listed' };
  if (bytes.length > JOB_SPEC_BYTES) return { name, problem: `the job spec is larger than ${JOB_SPEC_BYTES} bytes` };
  return { name, text: bytes.toString('utf8') };
}

/** `rest`: what can be judged of a spec that is not valid. */
type Parsed = { spec: JobSpec } | { problems: string[]; rest?: JobSpec };

function parseText(text: string): Parsed {
  try {
    // JSON is YAML; aliases are limited, so that a few lines cannot unfold into gigabytes.
    const value: unknown = parseYaml(text, { maxAliasCount: 100, uniqueKeys: true }) ?? {};
    const parsed = parseJobSpec(value);
    return 'spec' in parsed ? parsed : { ...parsed, rest: targetsOfInvalid(value) };
  } catch (error) {
    return {
      problems: [
        `the job spec is no valid YAML or JSON: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
      ],
    };
  }
}

/** Problems come as sentences; other words may stand around a message. */
function invalidSpec(problem: string): Issue {
  return {
    code: 'JOB_SPEC_INVALID',
    severity: 'error',
    message: problem.replace(/\.$/, ''),
    hint: 'See docs/job-spec.md for every key with an example.',
  };
}

function surplusSpec(file: string, used: string): Finding {
  return findingAt(
    {
      code: 'JOB_SPEC_SEVERAL',
      severity: 'error',
      message: `the drop has several job specs: "${used}" and "${file}"`,
      hint: 'Keep one of them.',
    },
    { file },
  );
}
