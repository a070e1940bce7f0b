/** What each step does, as people read it. */
const WORDS: Readonly<Record<string, string>> = {
  survey: 'looking at the drop',
  normalize: 'reading rows',
  collect: 'bringing files',
  fetch: 'fetching links',
  convert: 'writing training lines',
  stage: 'staging',
  submit: 'submitting',
  publish: 'writing results',
};

const REDRAW_MS = 100;
/** Where nobody watches a bar, a line now and then shows that work goes on. */
const LINE_EVERY_MS = 5000;

type Counts = Map<string, number>;

export interface ProgressTold {
  add(step: string, what: Readonly<Record<string, number>>): void;
  log(message: string, facts?: Readonly<Record<string, string | number | boolean>>): void;
  end(): void;
}

/** Progress on stderr: one live line on a terminal, plain lines elsewhere. */
export function openProgress({ debug }: { debug: boolean }): ProgressTold {
  const live = process.stderr.isTTY === true && !debug;
  const steps = new Map<string, Counts>();
  const startedAt = Date.now();
  let current: string | null = null;
  let drawnAt = 0;
  let ended = false;

  const lineOf = (step: string) => `${WORDS[step] ?? step}: ${countsText(steps.get(step) ?? new Map())}`;
  const finishStep = () => {
    if (current !== null) process.stderr.write(live ? `\r\u001b[K${lineOf(current)}\n` : `${lineOf(current)}\n`);
  };
  const draw = (step: string) => {
    const now = Date.now();
    if (now - drawnAt < (live ? REDRAW_MS : LINE_EVERY_MS)) return;
    drawnAt = now;
    process.stderr.write(live ? `\r\u001b[K${lineOf(step)} · ${seconds(now - startedAt)}` : `${lineOf(step)} …\n`);
  };
  return {
    add: (step, what) => {
      const counts = steps.get(step) ?? new Map<string, number>();
      steps.set(step, counts);
      for (const [name, count] of Object.entries(what)) counts.set(name, (counts.get(name) ?? 0) + count);
      if (current !== step) {
        finishStep();
        current = step;
        drawnAt = live ? 0 : Date.now();
      }
      draw(step);
    },
    log: (message, facts) => {
      if (debug) process.stderr.write(`${message}${facts === undefined ? '' : ` ${JSON.stringify(facts)}`}\n`);
    },
    end: () => {
      if (ended) return;
      ended = true;
      finishStep();
    },
  };
}

function countsText(counts: Counts): string {
  const words = [...counts].map(([name, count]) =>
    name === 'bytes' ? bytesText(count) : `${count.toLocaleString('en-US')} ${name}`,
  );
  return words.join(', ');
}

function bytesText(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} KB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
