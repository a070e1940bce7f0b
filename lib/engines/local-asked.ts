import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { RunReference } from '../pipeline/manifest.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import type { LocalOptions } from './local-options.ts';

const askedSchema = z.strictObject({
  /** Paths hold on one machine. */
  host: z.string(),
  paths: z.array(z.string()),
  targets: z.array(z.string()).exactOptional(),
  spec: z.string().exactOptional(),
  allowHosts: z.array(z.string()).exactOptional(),
  live: z.boolean(),
});
export type Asked = z.infer<typeof askedSchema>;

/** Notes how a run was asked for, so that a later command need not be told again. */
export async function noteAsked(
  results: ObjectStore,
  { dataset, run }: RunReference,
  { command, paths, targets, spec, allowHosts, live }: LocalOptions,
): Promise<void> {
  if (command !== 'run') return;
  const asked: Asked = {
    host: hostname(),
    paths: paths.map(absolute),
    ...(targets === undefined ? {} : { targets: [...targets] }),
    ...(spec === undefined ? {} : { spec: absolute(spec) }),
    ...(allowHosts === undefined ? {} : { allowHosts: [...allowHosts] }),
    live: live === true,
  };
  await results.write(keys.asked(dataset, run), `${JSON.stringify(asked, null, 2)}\n`);
}

/** How the run was asked for on this machine; null = it was not, or not here. */
export async function readAsked(results: ObjectStore, { dataset, run }: RunReference): Promise<Asked | null> {
  const asked = await readJson(results, keys.asked(dataset, run), (value) => askedSchema.parse(value));
  return asked?.host === hostname() ? asked : null;
}

function absolute(path: string): string {
  return path.startsWith('s3://') ? path : resolve(path);
}
