import type { ModelRecord } from '../domain/history.ts';
import type { Promotion, Report } from '../domain/report.ts';
import type { ResolvedRetrain } from '../domain/retrain.ts';
import type { TargetMetrics } from '../report/metrics-series.ts';
import { type Latest, readLatest } from './latest.ts';
import type { Manifest } from './manifest.ts';
import { lastMetrics, readModels } from './models.ts';
import { takenBackAt } from './pointer-moves.ts';
import type { Services } from './services.ts';

/** Whether each tuned model of a run is to become its target's current one, and why. Targets without a tuned model have no say. */
export async function decidePromotions(
  services: Services,
  { dataset, spec }: Manifest,
  { report, metrics }: { report: Report; metrics: readonly TargetMetrics[] },
): Promise<Map<string, Promotion>> {
  const latest = await readLatest(services.results, dataset);
  const { models, moves } = await readModels(services.results, dataset);
  const decided = new Map<string, Promotion>();
  for (const { name, status, job } of report.targets) {
    if (status !== 'succeeded' || job?.tunedModel == null) continue;
    const current = latest?.models[name];
    // A simulated model is nothing to compare with.
    const isRival = current !== undefined && current.simulated === report.simulated;
    const standing = isRival ? models.find((model) => isModel(model, name, current)) : undefined;
    const points = metrics.find(({ target }) => target === name)?.points ?? [];
    const { tunedModel } = job;
    decided.set(
      name,
      decidedBefore(latest, {
        report,
        target: name,
        tunedModel,
        takenBack: takenBackAt(moves, { target: name, tunedModel }),
      }) ??
        judge(lastMetrics(points), {
          rival: current?.tunedModel ?? '',
          standing: standing?.metrics,
          rule: spec.retrain,
        }),
    );
  }
  return decided;
}

interface Candidate {
  report: Report;
  target: string;
  tunedModel: string;
  /** When a person put another model in its place. */
  takenBack: string | null;
}

/** What holds whatever the losses are; null = they decide. */
function decidedBefore(latest: Latest | null, { report, target, tunedModel, takenBack }: Candidate): Promotion | null {
  const current = latest?.models[target];
  if (current === undefined || (current.simulated && !report.simulated))
    return { promoted: true, reason: 'it is the first model of its target' };
  if (report.simulated && !current.simulated)
    return { promoted: false, reason: `it is simulated; ${current.tunedModel} is real, and stays the current model` };
  if (current.tunedModel === tunedModel) return { promoted: true, reason: 'it is the current model already' };
  // A job is found again by every run of the same data: what a person has taken back would return with each.
  if (takenBack !== null)
    return {
      promoted: false,
      reason: `it was taken back by hand on ${takenBack.slice(0, 10)}; ${current.tunedModel} stays`,
    };
  if (latest !== null && latest.run !== report.run && latest.startedAt > report.startedAt)
    return { promoted: false, reason: `a later run has ended before this one; ${current.tunedModel} stays` };
  return null;
}

function isModel(model: ModelRecord, target: string, current: { run: string; tunedModel: string }): boolean {
  return model.target === target && model.run === current.run && model.tunedModel === current.tunedModel;
}

interface Rival {
  /** The tuned model that is current. */
  rival: string;
  standing: ModelRecord['metrics'] | undefined;
  rule: Pick<ResolvedRetrain, 'margin' | 'withoutMetric'>;
}

function judge(metrics: ModelRecord['metrics'], { rival, standing, rule }: Rival): Promotion {
  if (metrics.diverged === true)
    return { promoted: false, reason: `its training diverged; ${rival} stays the current model` };
  const [own, other] = [metrics.validLoss, standing?.validLoss ?? null];
  if (own === null || other === null) {
    const lacking = own === null ? 'it has no validation loss' : 'the model before has no validation loss';
    return rule.withoutMetric === 'promote'
      ? { promoted: true, reason: `${lacking} to be compared, and retrain.promote.withoutMetric is "promote"` }
      : {
          promoted: false,
          reason: `${lacking} to be compared, and retrain.promote.withoutMetric is "keep": ${rival} stays`,
        };
  }
  const most = other * (1 + rule.margin);
  const compared = `its validation loss is ${short(own)}, the current model’s ${short(other)}`;
  const margin = `${short(rule.margin * 100)}%`;
  return own <= most
    ? { promoted: true, reason: `${compared}: not more than ${margin} worse` }
    : { promoted: false, reason: `${compared}: more than ${margin} worse, so that ${rival} stays` };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
