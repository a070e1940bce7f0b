import type { JobPlan } from '../domain/job-plan.ts';
import { keys } from '../storage/keys.ts';
import { readGate } from './gate-record.ts';
import { sumOf } from './hold.ts';
import { type Manifest, targetOf } from './manifest.ts';
import type { Services } from './services.ts';
import { readSettledGate } from './settled-gate.ts';
import { release } from './spend.ts';

/** Writes what the run would submit and what that costs. null = it ended before the gate. */
export async function publishPlan(services: Services, manifest: Manifest): Promise<JobPlan | null> {
  const gate = await readSettledGate(services, manifest);
  if (gate === null) return null;
  const { dataset, run, simulated, spec } = manifest;
  const unpaid = gate.targets.filter(({ verdict, job }) => verdict !== 'refused' && job === null);
  const plan: JobPlan = {
    schemaVersion: 1,
    dataset,
    run,
    simulated,
    plan: gate.plan,
    held: gate.money.held,
    heldBy: gate.money.heldBy,
    cost: sumOf(unpaid),
    budget: { usd: spec.budget.usd, usdPerDay: services.operator.usdPerDay, approve: spec.approve },
    targets: gate.targets.map(
      ({ name, verdict, message, totals, billed, epochs, usdPerMillionTokens, cost, key, job }) => ({
        name,
        provider: targetOf(manifest, name).provider,
        model: targetOf(manifest, name).model,
        verdict,
        ...(message === undefined ? {} : { message }),
        rows: totals.rows,
        tokens: totals.tokens,
        billed,
        epochs,
        usdPerMillionTokens,
        cost,
        key,
        job,
      }),
    ),
  };
  await services.results.write(keys.run(dataset, run).plan, `${JSON.stringify(plan, null, 2)}\n`, {
    contentType: 'application/json',
  });
  return plan;
}

/** Gives back what the run had reserved for jobs that will not be. After its claim has ended: from then on no call of it begins a job. */
export async function giveBack(services: Services, manifest: Manifest): Promise<void> {
  const day = (await readGate(services, manifest))?.money.reservedOn ?? null;
  if (day !== null) await release(services, manifest, day);
}
