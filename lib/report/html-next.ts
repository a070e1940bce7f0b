import type { JobPlan } from '../domain/job-plan.ts';
import type { Report, TargetReport } from '../domain/report.ts';
import type { RunStatus } from '../domain/run.ts';
import { shellWord } from '../domain/shell.ts';
import { html, type Markup } from './html-markup.ts';
import { fileLink, firstFew, section } from './html-parts.ts';
import { counted } from './html-words.ts';

/** What the reader can do now, most pressing first. */
export function nextSteps(
  report: Report,
  { rejected, plan }: { rejected: readonly string[]; plan: JobPlan | null },
): Markup {
  const steps = [
    ...missingFiles(report),
    ...refusedRows(report, rejected),
    ...refusedDrop(report, rejected),
    ...STATUS_STEPS[report.status](report),
    ...heldSteps(report, plan),
    ...jobSteps(report),
    ...simulatedStep(report),
  ];
  if (steps.length === 0) return html``;
  return section('next', 'What to do next', [
    html`<ol class="steps">${steps.map((step) => html`<li>${step}</li>`)}</ol>
`,
  ]);
}

const MISSING_SHOWN = 20;

function missingFiles({ missing = [] }: Report): Markup[] {
  if (missing.length === 0) return [];
  const names = firstFew(
    missing.map((name) => html`<li class="file" dir="auto">${name}</li>`),
    { shown: MISSING_SHOWN, wrap: (items) => html`<ul class="names">${items}</ul>`, more: (left) => `${left} more` },
  );
  return [
    html`Add ${counted(missing.length, 'file')} that rows name and that ${missing.length === 1 ? 'has' : 'have'} not arrived; the upload starts a new run.${names}`,
  ];
}

function refusedRows({ rows }: Report, rejected: readonly string[]): Markup[] {
  if (rows.rejected === 0 || rejected.length === 0) return [];
  return [
    html`Mend ${counted(rows.rejected, 'refused row')} in <a href="#rejected">${rejected.length === 1 ? 'the file' : 'the files'} under rejected/</a> and drop ${rejected.length === 1 ? 'it' : 'them'} beside the original.`,
  ];
}

function refusedDrop({ status, findings }: Report, rejected: readonly string[]): Markup[] {
  if (status !== 'rejected' || rejected.length > 0 || findings.errors === 0) return [];
  return [html`Mend what is listed under <a href="#findings">What was refused and why</a>, then drop the files again.`];
}

const NOTHING = (): Markup[] => [];

const STATUS_STEPS: Readonly<Record<RunStatus, (report: Report) => Markup[]>> = {
  running: () => [html`Nothing yet: the run goes on.`],
  completed: (report) => COMPLETED[report.command](report),
  partial: NOTHING,
  rejected: NOTHING,
  held: NOTHING,
  waiting: NOTHING,
  superseded: () => [html`Look at the newer run: <a class="file" href="../latest.json">latest.json</a> names it.`],
  duplicate: ({ duplicateOf }) =>
    duplicateOf === undefined ? [] : [html`Look at the run that this one repeats: ${duplicateOf}.`],
  cancelled: () => [
    html`Run the drop again if it was not meant to be cancelled; what stands already is not done again.`,
  ],
  failed: NOTHING,
};

const HELD: Readonly<Record<NonNullable<JobPlan['heldBy']>, (plan: JobPlan) => Markup>> = {
  approval: ({ dataset, run, plan }) =>
    html`Look at <a href="#plan">what it costs</a>, and approve it: <code>finedrop approve ${shellWord(dataset)} ${run}</code>. Where finedrop is deployed, an object does the same: <code>{"plan": "${plan}"}</code> at <code>.finedrop/control/${dataset}/${run}/approve.json</code> in the results bucket.`,
  budget: () =>
    html`Look at <a href="#plan">what it costs</a>. Set fewer epochs, train fewer targets or rows, or raise the budget; then run the drop again.`,
  day: () =>
    html`Look at <a href="#plan">what it costs</a>. Run the drop again tomorrow (UTC), or ask whoever runs finedrop for a higher limit.`,
};

/** A plan that waits, or would. */
function heldSteps({ targets, status }: Report, plan: JobPlan | null): Markup[] {
  if (plan === null || plan.heldBy === null || !targets.some((target) => target.status === 'held')) return [];
  const step = HELD[plan.heldBy](plan);
  if (status !== 'held') return [step];
  return [
    step,
    html`Or stop it: <code>finedrop cancel ${shellWord(plan.dataset)} ${plan.run}</code>.${targets.some(({ job }) => job !== null) ? '' : ' Nothing has been submitted.'}`,
  ];
}

const COMPLETED: Readonly<Record<Report['command'], (report: Report) => Markup[]>> = {
  check: () => [
    html`The data can be trained on: <code>finedrop run</code> does it, <code>finedrop convert</code> only writes the training files.`,
  ],
  convert: ({ targets }) =>
    targets.map(({ name, files }) => {
      const [first] = Object.values(files);
      return html`Upload the files of ${name}${first === undefined ? '' : html` (${fileLink(first)})`}, its media first.`;
    }),
  run: ({ dataset, run, targets }) =>
    targets.flatMap((target) => {
      const { name, job, use, simulated, promotion } = target;
      if (job?.tunedModel == null || simulated) return [];
      if (promotion?.promoted === false) return [keptBack(target, { dataset, run })];
      return [
        html`Use the tuned model of ${name}: <code>${job.tunedModel}</code>${use === undefined ? null : html` (<a href="#use">a ready request</a>)`}`,
      ];
    }),
};

/** To offer it like any other would be to say the opposite of its card. */
function keptBack({ name }: TargetReport, { dataset, run }: Pick<Report, 'dataset' | 'run'>): Markup {
  return html`The tuned model of ${name} did not become the current one; <a href="#targets">its card</a> says why. To use it all the same: <code>finedrop promote ${shellWord(dataset)} ${run} --target ${shellWord(name)}</code>`;
}

function jobSteps({ status, targets }: Report): Markup[] {
  const steps: Markup[] = [];
  const refused = namesOf(targets, 'refused');
  if (refused !== '' && status === 'partial')
    steps.push(html`Mend what keeps ${refused} from training (its card says what), or take it out of the job spec.`);
  const lost = namesOf(targets, 'lost');
  if (lost !== '')
    steps.push(html`Run the drop again to take up the jobs of ${lost} where they stand; nothing is paid twice.`);
  const failed = namesOf(targets, 'failed');
  if (failed !== '')
    steps.push(
      html`Read why ${failed} failed, and mend it. A job that the provider failed is paid again only with <code>--again</code>.`,
    );
  return steps;
}

function namesOf(targets: readonly TargetReport[], status: TargetReport['status']): string {
  return targets
    .filter((target) => target.status === status)
    .map(({ name }) => name)
    .join(', ');
}

function simulatedStep({ simulated, command, status }: Report): Markup[] {
  if (!simulated || command !== 'run' || status !== 'completed') return [];
  return [
    html`Nothing was sent to a provider and nothing was paid: simulators answered. <code>finedrop run --live</code> trains.`,
  ];
}
