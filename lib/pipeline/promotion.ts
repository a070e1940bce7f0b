import type { ModelRecord } from '../domain/history.ts';
import type { Promotion, Report } from '../domain/report.ts';
import type { ResolvedRetrain } from '../domain/retrain.ts';
import type { TargetMetrics } from '../report/metrics-series.ts';
import { readLatest } from './latest.ts';
import type { Manifest } from './manifest.ts';
import { lastMetrics, readModels } from './models.ts';
import type { Services } from './services.ts';

/** Whether each tuned model of a run is to become its target's current one, and why. Targets without a tuned model have no say. */
export async function decidePromotions(
  services: Services,
  { dataset, spec }: Manifest,
  { report, metrics }: { report: Report; metrics: readonly TargetMetrics[] },
): Promise<Map<string, Promotion>> {
  const latest = await readLatest(services.results, dataset);
  const { models } = await readModels(services.results, dataset);
  const decided = new Map<string, Promotion>();
  for (const { name, status, job } of report.targets) {
    if (status !== 'succeeded' || job?.tunedModel == null) continue;
    const current = latest?.models[name];
    // A simulated model is nothing to compare with.
    const isRival = current !== undefined && current.simulated === report.simulated;
    const standing = isRival ? models.find((model) => isModel(model, name, current)) : undefined;
    const points = metrics.find(({ target }) => target === name)?.points ?? [];
    decided.set(
      name,
      !isRival || current.tunedModel === job.tunedModel
        ? {
            promoted: true,
            reason: isRival ? 'it is the current model already' : 'it is the first model of its target',
          }
        : judge(lastMetrics(points), { rival: current.tunedModel, standing: standing?.metrics, rule: spec.retrain }),
    );
  }
  return decided;
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
