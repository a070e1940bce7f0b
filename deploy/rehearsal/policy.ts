import { z } from 'zod';

/** Whether a role may do something to a resource: `s3:GetObject` on `arn:aws:s3:::bucket/key`. */
export type Policy = (action: string, resource: string) => boolean;

const words = z.union([z.string().transform((word) => [word]), z.array(z.string())]);
const documentSchema = z.object({
  Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: words, Resource: words })),
});
const propertiesSchema = z.union([
  z.object({ Policies: z.array(z.object({ PolicyDocument: documentSchema })) }),
  z.object({ PolicyDocument: documentSchema }).transform((policy) => ({ Policies: [policy] })),
]);

/** The policy of a role's or policy's properties, resolved. Conditions only narrow it further: they are not judged here. */
export function policyOf(properties: unknown): Policy {
  const { Policies } = propertiesSchema.parse(properties);
  const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).map(({ Action, Resource }) => ({
    actions: Action.map((pattern) => wildcard(pattern, 'i')),
    resources: Resource.map((pattern) => wildcard(pattern, '')),
  }));
  return (action, resource) =>
    statements.some(
      ({ actions, resources }) =>
        actions.some((pattern) => pattern.test(action)) && resources.some((pattern) => pattern.test(resource)),
    );
}

function wildcard(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`);
}
