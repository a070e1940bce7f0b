/** What a list filter can ask a job for. */
interface Filtered {
  state: string;
  tunedModelDisplayName?: string | undefined;
  baseModel?: string | undefined;
  labels?: Record<string, string> | undefined;
}

type Test = (job: Filtered) => boolean;

/** What is left to read, and what was read of it. */
interface Read {
  test: Test;
  rest: string;
}

const FIELDS =
  /^(labels\.(?:[a-z0-9_-]{1,63}|"[a-z0-9_-]{1,63}")|state|tunedModelDisplayName|tuned_model_display_name|baseModel|base_model)/;
const COMPARISON = /^\s*(!=|=|:)\s*(?:"((?:[^"\\]|\\.)*)"|([\w./@*-]+))\s*/;

/**
 * Reads a filter as AIP-160 has it: comparisons by `=`, `!=` and `:` (`labels.key:*` is "has the label"), NOT or `-` before them, OR
 * binding closer than AND. No parentheses, no functions: null for these and for anything else. Google documents no grammar for jobs.
 */
export function parseFilter(filter: string): Test | null {
  if (filter.trim() === '') return () => true;
  const whole = readJoined(filter, /^AND(?=\s)/, (text) => readJoined(text, /^OR(?=\s)/, readTerm, 'some'), 'every');
  return whole === null || whole.rest !== '' ? null : whole.test;
}

function readJoined(
  text: string,
  word: RegExp,
  read: (text: string) => Read | null,
  how: 'some' | 'every',
): Read | null {
  const tests: Test[] = [];
  let rest = text;
  for (;;) {
    const one = read(rest);
    if (one === null) return null;
    tests.push(one.test);
    const next = word.exec(one.rest);
    if (next === null) return { test: (job) => tests[how]((test) => test(job)), rest: one.rest };
    rest = one.rest.slice(next[0].length);
  }
}

function readTerm(text: string): Read | null {
  const negation = /^\s*(?:NOT\s+|-)/.exec(text);
  const from = text.slice(negation?.[0].length ?? 0).trimStart();
  const field = FIELDS.exec(from)?.[0];
  const match = field === undefined ? null : COMPARISON.exec(from.slice(field.length));
  if (field === undefined || match === null) return null;
  const [all, operator = '', quoted, bare] = match;
  const wanted = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '';
  const isPresence = operator === ':' && bare === '*';
  const holds: Test = (job) => {
    const value = fieldOf(job, field);
    if (isPresence) return value !== undefined;
    return (value === wanted) === (operator !== '!=');
  };
  return { test: negation === null ? holds : (job) => !holds(job), rest: from.slice(field.length + all.length) };
}

function fieldOf(job: Filtered, field: string): string | undefined {
  if (field === 'state') return job.state;
  if (/^base_?model$/i.test(field)) return job.baseModel;
  if (!field.startsWith('labels.')) return job.tunedModelDisplayName;
  const key = field.slice('labels.'.length).replaceAll('"', '');
  return job.labels !== undefined && Object.hasOwn(job.labels, key) ? job.labels[key] : undefined;
}
