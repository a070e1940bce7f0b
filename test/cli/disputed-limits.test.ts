import { describe, expect, it } from 'vitest';
import { factsOf } from '../../lib/cli/targets.ts';
import { listCapabilities } from '../../lib/engines/local-targets.ts';

describe('factsOf', async () => {
  const models = (await listCapabilities()).flatMap((provider) => provider.models);

  it('tells of each disputed limit how a job spec lets the other source hold', () => {
    const nova2 = models.find(({ model }) => model.startsWith('amazon.nova-2-lite'));
    const disputed = (nova2 === undefined ? [] : factsOf(nova2)).flatMap((fact) => fact.disputed?.limits ?? []);
    expect(disputed).toEqual([
      'limits: {mimeTypes: [image/jpeg, image/png, image/gif, image/webp, application/pdf]}',
      'limits: {minRows: 8}',
      'limits: {imagesCountedIn: message}',
      'limits: {maxBytesPerFile: {image: 10485760, document: 10485760}}',
    ]);
  });

  it('gives each side of a dispute a source and a date', () => {
    const sides = models.flatMap((model) => factsOf(model).flatMap(({ disputed }) => disputed ?? []));
    expect(sides.length).toBeGreaterThan(8);
    for (const { source, asOf } of sides)
      expect([source, asOf]).toEqual([expect.stringMatching(/./), expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
  });
});
