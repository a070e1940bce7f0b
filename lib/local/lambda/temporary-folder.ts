import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new, empty folder that stands for an environment's own /tmp. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'finedrop-lambda-'));
}
