import { readDrop } from '../pipeline/drop.ts';
import { resolveJobSpec } from '../pipeline/job-spec.ts';
import type { Request } from '../pipeline/manifest.ts';
import type { Services } from '../pipeline/services.ts';
import { UsageError } from './usage-error.ts';

/** `--live` pays real money: it needs targets that somebody named, and every setting they need, told all at once. */
export async function checkLive(services: Services, request: Request): Promise<void> {
  if (request.command !== 'run') throw new UsageError(`--live belongs to run; ${request.command} submits nothing.`);
  const resolved = await resolveJobSpec(services, await readDrop(services.inbox, request.dataset), request);
  if (!resolved.named) {
    throw new UsageError(
      '--live never guesses whom to pay: name targets in finedrop.yaml (targets: [openai]) or by --target.',
    );
  }
  const missing = new Set<string>();
  for (const { provider: name } of resolved.targets) {
    const provider = await services.provider(name);
    for (const setting of provider === null ? [] : services.missingSettings(provider)) missing.add(setting);
  }
  if (missing.size > 0)
    throw new UsageError(`--live needs these settings in the environment: ${[...missing].join(', ')}.`);
}
