/** Runs a drop and kills this very process at a point of it: `<drop> <out> <host> <point, as a pattern> <before|after>`. */
import { runLocal } from '../../lib/engines/local.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import type { ProviderClient } from '../../lib/providers/provider.ts';

const [drop = '', out = '', host = '', pattern = '', side = ''] = process.argv.slice(2);
const point = new RegExp(pattern);

await runLocal({ command: 'run', paths: [drop], out, allowHosts: [host], decorate: mortal });

/** Every write and every call of a provider is a point at which the process may die. */
function mortal(services: Services): Services {
  const { results } = services;
  return {
    ...services,
    results: {
      ...results,
      write: (key, body, options) => at(`write ${key}`, () => results.write(key, body, options)),
      remove: (key) => at(`remove ${key}`, () => results.remove(key)),
      concatenate: (key, parts, options) => at(`join ${key}`, () => results.concatenate(key, parts, options)),
    },
    client: async (name, mediaBase) => mortalClient(name, await services.client(name, mediaBase)),
  };
}

function mortalClient(name: string, client: ProviderClient): ProviderClient {
  return {
    ...client,
    stageMedia: (...words) => at(`${name} stageMedia`, () => client.stageMedia(...words)),
    stageFile: (...words) => at(`${name} stageFile`, () => client.stageFile(...words)),
    findJobs: (key) => at(`${name} findJobs`, () => client.findJobs(key)),
    createJob: (...words) => at(`${name} createJob`, () => client.createJob(...words)),
    getJob: (id) => at(`${name} getJob`, () => client.getJob(id)),
  };
}

async function at<T>(label: string, work: () => Promise<T>): Promise<T> {
  const isHere = point.test(label);
  if (isHere && side === 'before') process.kill(process.pid, 'SIGKILL');
  const result = await work();
  if (isHere) process.kill(process.pid, 'SIGKILL');
  return result;
}
