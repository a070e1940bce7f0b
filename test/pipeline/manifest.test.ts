import { describe, expect, it } from 'vitest';
import { manifestSchema } from '../../lib/pipeline/manifest.ts';
import { manifestOf } from '../factories.ts';

describe('manifestSchema', () => {
  it('reads the manifest of a run that was under way when finedrop began to remember: nothing of it is recorded', () => {
    const { past: _past, by: _by, spec, ...older } = manifestOf();
    const { retrain: _retrain, ...olderSpec } = spec;
    const read = manifestSchema.parse({ ...older, spec: olderSpec });
    expect(read).toMatchObject({ by: 'drop', past: { isRecorded: false, mode: 'replace', base: [] } });
    expect(read.spec.retrain).toMatchObject({ schedule: null, minNewRows: null, now: false });
  });
});
