import { z } from 'zod';
import { exampleSchema } from '../lib/domain/example.ts';
import { findingSchema } from '../lib/domain/finding.ts';
import { jobPlanSchema } from '../lib/domain/job-plan.ts';
import { jobSpecSchema } from '../lib/domain/job-spec.ts';
import { lineMapEntrySchema, lockSchema, reportSchema } from '../lib/domain/report.ts';
import { statusSchema } from '../lib/domain/run.ts';
import { listCapabilities } from '../lib/engines/local-targets.ts';
import { adaptationsPage } from './adaptations-page.ts';
import { findingsPage } from './findings-page.ts';
import { architecturePage } from './state-machine-diagram.ts';
import { providerPages, targetsPage } from './targets-page.ts';

/** What is published, by file name; the title says which file of a run it describes. */
const SCHEMAS: Readonly<Record<string, { schema: z.ZodType; title: string }>> = {
  report: { schema: reportSchema, title: 'report.json' },
  finding: { schema: findingSchema, title: 'one line of findings.jsonl' },
  lock: { schema: lockSchema, title: 'lock.json' },
  'line-map-entry': { schema: lineMapEntrySchema, title: 'one line of line-map.jsonl' },
  plan: { schema: jobPlanSchema, title: 'plan.json' },
  status: { schema: statusSchema, title: 'status.json' },
  example: { schema: exampleSchema, title: 'the canonical form of a training row' },
  'job-spec': { schema: jobSpecSchema, title: 'finedrop.yaml or finedrop.json' },
};

/** Every generated file below docs/, by its name. */
export async function generatedDocs(): Promise<Map<string, string>> {
  const schemas = Object.entries(SCHEMAS).map(([name, { schema, title }]): [string, string] => {
    const json = { title, ...z.toJSONSchema(schema, { io: 'input' }) };
    return [`schemas/${name}.schema.json`, `${JSON.stringify(json, null, 2)}\n`];
  });
  const capabilities = await listCapabilities();
  return new Map([
    ...schemas,
    ['targets.md', targetsPage(capabilities)],
    ...providerPages(capabilities),
    ['findings.md', findingsPage()],
    ['adaptations.md', adaptationsPage()],
    ['architecture.md', await architecturePage()],
  ]);
}
