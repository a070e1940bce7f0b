import { join } from 'node:path';
import { startSimulators } from '../../lib/local/simulators/start.ts';

/** How many jobs were ever created at each simulated provider, by the providers' own lists. */
export async function countJobs(out: string): Promise<Record<'openai' | 'vertex' | 'bedrock', number>> {
  const simulators = await startSimulators({ stateDir: join(out, '.finedrop', 'simulators') });
  try {
    const { openai, vertex, bedrock } = simulators.urls;
    return {
      openai: await countIn(`${openai}/fine_tuning/jobs?limit=100`, 'data'),
      vertex: await countIn(`${vertex}/v1/projects/simulated/locations/us-central1/tuningJobs`, 'tuningJobs'),
      bedrock: await countIn(`${bedrock}/model-customization-jobs`, 'modelCustomizationJobSummaries'),
    };
  } finally {
    await simulators.close();
  }
}

async function countIn(url: string, list: string): Promise<number> {
  const response = await fetch(url, { headers: { authorization: 'Bearer anything' } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const body = (await response.json()) as Record<string, unknown[] | undefined>;
  return body[list]?.length ?? 0;
}
