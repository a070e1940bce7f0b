/** Every key of the results bucket, in one place. `.finedrop/` is for finedrop, the rest is for people. */
export const keys = {
  latest: (dataset: string) => `${dataset}/latest.json`,
  claim: (dataset: string, run: string) => `.finedrop/claims/${dataset}/${run}.json`,
  ledger: (jobKey: string) => `.finedrop/ledger/${jobKey}.json`,
  /** What was spent on a UTC day, or may be yet. */
  spend: (world: 'live' | 'simulated', day: string) => `.finedrop/spend/${world}/${day}.json`,
  /** How a run was asked for on the machine that ran it, so that it can be asked for again. */
  asked: (dataset: string, run: string) => `.finedrop/asked/${dataset}/${run}.json`,
  control: (dataset: string, run: string, word: string) => `.finedrop/control/${dataset}/${run}/${word}.json`,
  histories: '.finedrop/history/',
  history: (dataset: string) => historyKeys(`.finedrop/history/${dataset}`),
  /** When the dataset is to be trained again. */
  schedule: (dataset: string) => `.finedrop/schedules/${dataset}.json`,
  schedules: '.finedrop/schedules/',
  run: (dataset: string, run: string) => runKeys(`${dataset}/${run}`),
  work: (dataset: string, run: string) => workKeys(`.finedrop/work/${dataset}/${run}`),
} as const;

const CONTROL = /^\.finedrop\/control\/([^/]+)\/([^/]+)\/([a-z]+)\.json$/;

/** What a control object's key asks for, and for which run; null for any other key. */
export function controlOf(key: string): { dataset: string; run: string; word: string } | null {
  const [, dataset, run, word] = CONTROL.exec(key) ?? [];
  return dataset === undefined || run === undefined || word === undefined ? null : { dataset, run, word };
}

function historyKeys(root: string) {
  return {
    /** The accepted states, oldest first. */
    head: `${root}/head.json`,
    /** Every model that was made of the dataset, and each move of the pointers to the current ones. */
    models: `${root}/models.json`,
    /** What was decided about retraining, and why. */
    decisions: `${root}/decisions.json`,
    /** The rows of a state in their order: by content, with their sources. */
    rows: (snapshot: string) => `${root}/snapshots/${snapshot}/rows.jsonl`,
    /** Eight bytes a row: what it is by its words and names, and its side. */
    sides: (snapshot: string) => `${root}/snapshots/${snapshot}/sides.bin`,
    /** Eight bytes a row: what it is by its words and files. */
    contents: (snapshot: string) => `${root}/snapshots/${snapshot}/contents.bin`,
    /** With `history: append`: what is new in a state, in canonical form, and what was taken out. */
    kept: (snapshot: string) => `${root}/snapshots/${snapshot}/kept.jsonl`,
    /** With `history: append`: a file's bytes, which outlive the drop. */
    media: (sha256: string) => `${root}/media/${sha256}`,
  };
}

export type WorkKeys = ReturnType<typeof workKeys>;

function runKeys(root: string) {
  return {
    root: `${root}/`,
    status: `${root}/status.json`,
    report: `${root}/report.json`,
    html: `${root}/report.html`,
    plan: `${root}/plan.json`,
    findings: `${root}/findings.jsonl`,
    lock: `${root}/lock.json`,
    fetches: `${root}/fetches.jsonl`,
    rejected: (file: string) => `${root}/rejected/${file}`,
    target: (target: string, file: string) => `${root}/${target}/${file}`,
  };
}

function workKeys(root: string) {
  return {
    root: `${root}/`,
    /** The pinned drop, its resolved job spec and targets. */
    manifest: `${root}/manifest.json`,
    loose: `${root}/loose.jsonl`,
    surveyFindings: `${root}/survey-findings.jsonl`,
    /** Which version made this work, and whether another attempt may go on from it. */
    basis: `${root}/basis.json`,
    /** How the run ended, when a step before `publish` decided it. */
    ending: `${root}/ending.json`,
    archive: (archive: number) => `${root}/archives/${number(archive)}.jsonl`,
    /** Rows in canonical form with their references, at most a few thousand a shard. */
    rows: (file: number, shard: number) => `${root}/rows/${number(file)}/${number(shard)}.jsonl`,
    rowsNeeds: (file: number, shard: number) => `${root}/rows/${number(file)}/${number(shard)}.needs.json`,
    /** By what a shard's rows are known, where any are merged or taken out. */
    rowsKeys: (file: number, shard: number) => `${root}/rows/${number(file)}/${number(shard)}.keys.jsonl`,
    /** Rows of a shard that stand no more: newer ones replace them, or a list takes them out. */
    rowsPassed: (file: number, shard: number) => `${root}/rows/${number(file)}/${number(shard)}.passed.json`,
    /** Of the rows of a shard that stand, those that the history holds as they are. */
    rowsHeld: (file: number, shard: number) => `${root}/rows/${number(file)}/${number(shard)}.held.json`,
    /** The rows that a file of the drop takes out. */
    retired: (file: number) => `${root}/rows/${number(file)}/retired.jsonl`,
    rowsSummary: (file: number, call: number) => `${root}/rows/${number(file)}/summary-${number(call)}.json`,
    rowsOf: (file: number) => `${root}/rows/${number(file)}/`,
    data: (sha256: string) => `${root}/data/${sha256}`,
    plan: `${root}/plan.json`,
    planFindings: `${root}/plan-findings.jsonl`,
    replaced: `${root}/replaced.json`,
    collectItems: `${root}/collect/items.jsonl`,
    collectedAll: `${root}/collect/`,
    collected: (batch: number) => `${root}/collect/${number(batch)}.jsonl`,
    linkItems: `${root}/links/items.jsonl`,
    link: (urlHash: string) => `${root}/links/${urlHash}.json`,
    /** Named by what was fetched as well: two attempts may be given different bytes, and each record must keep its own. */
    linkBytes: (urlHash: string, sha256: string) => `${root}/links/${urlHash}.${sha256}.bin`,
    links: `${root}/links/`,
    /** What was found under an s3:// reference when it was first read, by the URI's hash: another attempt reads that, whatever lies there by then. */
    object: (uriHash: string) => `${root}/objects/${uriHash}.json`,
    objectBytes: (sha256: string) => `${root}/objects/${sha256}.bin`,
    objects: `${root}/objects/`,
    shards: `${root}/convert/shards.jsonl`,
    convertItems: `${root}/convert/items.jsonl`,
    /** What one call of `convert` made of one shard, for one target or (`rows`) for all. */
    converted: (target: string, shard: number, part: string) => `${root}/convert/${target}/${number(shard)}.${part}`,
    /** What comparing all rows needs of a shard's. */
    facts: (shard: number) => `${root}/convert/.rows/${number(shard)}.facts`,
    /** What so many passes over the facts have found. */
    checks: (passes: number) => `${root}/checks/${number(passes)}.json`,
    leaked: (passes: number) => `${root}/checks/${number(passes)}.leaked`,
    datasetFindings: `${root}/checks/findings.jsonl`,
    rendition: (name: string) => `${root}/renditions/${name}`,
    gate: `${root}/gate.json`,
    /** The state of the dataset that the run has added to the history. */
    state: `${root}/state.json`,
    gateSoFar: `${root}/gate-so-far.json`,
    mediaItems: (target: string) => `${root}/stage/${target}/media.jsonl`,
    /** What one call joined of a target's lines, where one call cannot join them all. */
    joined: (target: string, stretch: number, file: string) => `${root}/stage/${target}/${number(stretch)}.${file}`,
    staged: (target: string) => `${root}/stage/${target}/files.json`,
    job: (target: string) => `${root}/jobs/${target}.json`,
    jobResult: (target: string) => `${root}/jobs/${target}.result.json`,
    /** What a job that ended told of its training, beside its metrics. */
    training: (target: string) => `${root}/jobs/${target}.training.json`,
    step: (step: string, item: string) => `${root}/steps/${step}/${item}.json`,
    /** Why a call of a step failed last. */
    failure: (step: string) => `${root}/failures/${step}.json`,
    steps: `${root}/steps/`,
    told: `${root}/publish/told.json`,
    /** Where the state machine leaves what the children of its large Maps gave; nothing reads it but people. */
    mapResults: `${root}/map-results/`,
  };
}

/** Zero-padded, so that a listing is in numeric order. */
function number(value: number): string {
  return String(value).padStart(6, '0');
}
