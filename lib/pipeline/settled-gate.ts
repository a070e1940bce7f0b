import { type Gate, type GateTarget, readGate } from './gate-record.ts';
import type { Manifest } from './manifest.ts';
import { readJobResult } from './poll.ts';
import type { Services } from './services.ts';

/** What the gate decided, as it turned out: a target that was held or refused while a job of it was in doubt goes by that job where there is one. */
export async function readSettledGate(
  services: Services,
  manifest: Pick<Manifest, 'dataset' | 'run'>,
): Promise<Gate | null> {
  const gate = await readGate(services, manifest);
  if (gate === null) return null;
  const targets = await Promise.all(gate.targets.map((target) => settle(services, manifest, target)));
  const goesOn = isHeld(gate.targets) && !isHeld(targets);
  return { ...gate, targets, money: goesOn ? { ...gate.money, held: null, heldBy: null } : gate.money };
}

function isHeld(targets: readonly GateTarget[]): boolean {
  return targets.some(({ verdict }) => verdict === 'held');
}

async function settle(
  services: Services,
  manifest: Pick<Manifest, 'dataset' | 'run'>,
  target: GateTarget,
): Promise<GateTarget> {
  if (target.verdict === 'accepted') return target;
  const job = await readJobResult(services, manifest, target.name);
  if (job?.key !== target.key) return target;
  const { message: _message, ...found } = target;
  return { ...found, verdict: 'accepted', job: job.id };
}
