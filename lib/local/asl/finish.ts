import { type Available, checkPayload, evaluateField, type Visit } from './execution.ts';
import type { Json } from './json.ts';
import type { Bindings } from './machine.ts';

/** What a state hands on. */
export interface Step {
  output: Json;
  next: string | undefined;
}

/** Evaluates Output and Assign from the same scope, then sets the variables; without Output `fallback` is handed on. */
export async function finish(
  visit: Visit,
  bindings: Bindings,
  options: { next: string | undefined; fallback: Json; available?: Available },
): Promise<Step> {
  const available = options.available ?? {};
  const output = bindings.output ? await evaluateField(bindings.output, visit, available) : options.fallback;
  const assigned = new Map<string, Json>();
  for (const [name, template] of bindings.assign ?? [])
    assigned.set(name, await evaluateField(template, visit, available));
  checkPayload(output, 'an output', visit);
  visit.frame.variables.assign(assigned);
  return { output, next: options.next };
}
