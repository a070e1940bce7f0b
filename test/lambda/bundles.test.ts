import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { budgetProblems } from '../../deploy/budgets.ts';
import { type BuiltFunction, buildFunctions, functionNames } from '../../deploy/bundle.ts';

const ROOT = process.cwd();
const folder = await mkdtemp(join(tmpdir(), 'finedrop-bundles-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Elf64_Ehdr.e_machine, of the ELF specification and its supplements. */
const MACHINES = { x86_64: 62, arm64: 183 } as const;

type Outcome = { built: BuiltFunction[] } | { why: string };

/** Packages of another processor come from the registry; where there is none, there is nothing to look at. */
async function build(architecture: keyof typeof MACHINES, out: string, functions?: string[]): Promise<Outcome> {
  try {
    const options = {
      root: ROOT,
      out: join(folder, out),
      architecture,
      ...(functions === undefined ? {} : { functions }),
    };
    return { built: await buildFunctions(options) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!/npm/.test(message)) throw error;
    return { why: message.split('\n')[0] ?? message };
  }
}

const outcomes = {
  arm64: await build('arm64', 'arm64'),
  x86_64: await build('x86_64', 'x86_64', ['collect']),
};

describe('buildFunctions', () => {
  const { arm64 } = outcomes;
  if ('why' in arm64) return void it.skip(`is not tested: ${arm64.why}`, () => {});

  it('builds a zip for every function, each within its budget', () => {
    expect(arm64.built.map(({ name }) => name)).toEqual(functionNames(ROOT));
    expect(budgetProblems(arm64.built)).toEqual([]);
  });

  it('builds the same bytes again', async () => {
    const again = await build('arm64', 'again', ['collect', 'receive']);
    if ('why' in again) throw new Error(again.why);
    const hashOf = (name: string) => arm64.built.find((one) => one.name === name)?.sha256;
    expect(again.built.map(({ name, sha256 }) => [name, sha256])).toEqual([
      ['collect', hashOf('collect')],
      ['receive', hashOf('receive')],
    ]);
  });

  it('puts a handler where the template looks for it, and nothing of the tests, sources or another function', async () => {
    for (const { name, zip } of arm64.built) {
      const names = Object.keys(unzipSync(await readFile(zip)));
      expect(names).toContain(`functions/${name}.mjs`);
      expect(names.filter((file) => /\.ts$|^test\/|\.map$/.test(file))).toEqual([]);
      expect(names.filter((file) => /^functions\//.test(file))).toEqual([`functions/${name}.mjs`]);
    }
  });
});

describe.each(Object.entries(MACHINES))('the binaries packed for %s', (architecture, machine) => {
  const outcome = outcomes[architecture as keyof typeof MACHINES];
  if ('why' in outcome) return void it.skip(`are not tested: ${outcome.why}`, () => {});

  it('are made for that processor', async () => {
    const collect = outcome.built.find(({ name }) => name === 'collect');
    const files = unzipSync(await readFile(collect?.zip ?? ''));
    const binaries = Object.entries(files).filter(([name]) => /\.node$|\.so(\.|$)/.test(name));
    expect(binaries.length).toBeGreaterThanOrEqual(2);
    for (const [name, bytes] of binaries) {
      const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      expect(view.subarray(0, 4).toString('latin1'), name).toBe('\x7fELF');
      expect(view.readUInt16LE(18), name).toBe(machine);
    }
  });
});

describe('budgetProblems', () => {
  it.each([
    [{ name: 'gate', startBytes: 500_001, bundleBytes: 1 }, /^gate loads 500001 bytes/],
    [{ name: 'gate', startBytes: 1, bundleBytes: 4_000_001 }, /^gate holds 4000001 bytes of code/],
  ])('names what is too large: %o', (built, message) => {
    expect(budgetProblems([built])).toEqual([expect.stringMatching(message)]);
  });
});
