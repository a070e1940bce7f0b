/** One comparison of a list filter: a label's value, or a field of the job. */
interface Comparison {
  field: string;
  value: string;
}

interface Filtered {
  state: string;
  tunedModelDisplayName?: string | undefined;
  labels?: Record<string, string> | undefined;
}

const COMPARISON =
  /^\s*(labels\.[a-z0-9_-]{1,63}|state|tunedModelDisplayName|tuned_model_display_name)\s*(?:=|:)\s*(?:"([^"\\]*)"|([\w-]+))\s*/;

/** Reads `labels.key="value" AND state="…"` (AIP-160, equality only); null for anything else. The grammar is not documented for jobs. */
export function parseFilter(filter: string): ((job: Filtered) => boolean) | null {
  const comparisons: Comparison[] = [];
  let rest = filter;
  while (rest.trim() !== '') {
    const match = COMPARISON.exec(rest);
    if (match === null) return null;
    comparisons.push({ field: match[1] ?? '', value: match[2] ?? match[3] ?? '' });
    rest = rest.slice(match[0].length);
    if (rest === '') break;
    if (!/^AND\s+\S/.test(rest)) return null;
    rest = rest.slice('AND'.length);
  }
  return (job) => comparisons.every(({ field, value }) => fieldOf(job, field) === value);
}

function fieldOf(job: Filtered, field: string): string | undefined {
  if (field === 'state') return job.state;
  if (!field.startsWith('labels.')) return job.tunedModelDisplayName;
  const key = field.slice('labels.'.length);
  return job.labels !== undefined && Object.hasOwn(job.labels, key) ? job.labels[key] : undefined;
}
