import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { packageRoot } from '../../lib/engines/local-machine.ts';
import { STEPS } from '../../lib/pipeline/steps.ts';
import { type Ended, runFile } from '../e2e/running.ts';
import { csv, HEADER, plainRows } from '../e2e/tables.ts';
import { useWorkspace } from '../e2e/workspace.ts';

const workspace = useWorkspace();
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MACHINE = join('functions', 'pipeline.asl.json');

interface State {
  [field: string]: unknown;
  Type: string;
}
interface Machine {
  StartAt: string;
  States: Record<string, State>;
}

const machineText = async () => readFile(join(await packageRoot(), MACHINE), 'utf8');

/** A copy of the package whose state machine has been changed, and a check that is run by it. */
async function checkWith(mend: (machine: Machine) => unknown): Promise<Ended> {
  const copy = await workspace.folder('package');
  for (const name of ['package.json', 'functions']) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await cp(inject('scripts'), join(copy, 'lib'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const machine = JSON.parse(await machineText()) as Machine;
  mend(machine);
  await writeFile(join(copy, MACHINE), JSON.stringify(machine));
  return runFile(join(copy, 'lib', 'cli.mjs'), ['check', drop, '--out', await workspace.folder('out'), '--json']);
}

let drop: string;
beforeAll(async () => {
  drop = await workspace.drop('museum', { 'train.csv': csv([HEADER, ...plainRows(11)]) });
});

function change({ States }: Machine, name: string, fields: Record<string, unknown>): void {
  Object.assign(States[name] ?? {}, fields);
}

describe('the state machine of the package', () => {
  it('is what runs: as it is, it checks a drop', async () => {
    const { code, stdout } = await checkWith(() => {});
    expect({ code, status: JSON.parse(stdout).status }).toEqual({ code: 0, status: 'completed' });
  });

  it('decides which way a run goes', async () => {
    const { code, stdout } = await checkWith((machine) => {
      const Choices = [
        { Condition: "{% $plan.outcome = 'go' %}", Output: {}, Next: 'Publish' },
        { Condition: '{% $plan.batches > 0 %}', Next: 'CollectFiles' },
      ];
      change(machine, 'Planned', { Choices });
    });
    expect({ code, targets: JSON.parse(stdout).targets }).toEqual({ code: 0, targets: [] });
  });

  it.each<[string, (machine: Machine) => unknown, RegExp]>([
    ['lacks a state', ({ States }) => Reflect.deleteProperty(States, 'Gate'), /"Gate"/],
    ['has a field that nobody knows', (machine) => change(machine, 'Gate', { Patience: 3 }), /"Gate".*"?Patience/],
    [
      'has a state of a type that nobody knows',
      (machine) => change(machine, 'Gated', { Type: 'Chioce' }),
      /"Gated".*Chioce/,
    ],
    [
      'calls a function that is no step',
      (machine) =>
        change(machine, 'Gate', { Arguments: { FunctionName: ['$', '{GuessFunction}'].join(''), Payload: {} } }),
      /GuessFunction/,
    ],
    ['begins nowhere', (machine) => Object.assign(machine, { StartAt: 'Start' }), /"Start"/],
    [
      'has an expression that is none',
      (machine) => change(machine, 'Gate', { Output: '{% $states.result. %}' }),
      /"Gate"/,
    ],
  ])('fails every run with one sentence that names what is wrong when it %s', async (_what, spoil, message) => {
    const { code, stdout, stderr } = await checkWith(spoil);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('calls steps that exist, and every step', async () => {
    const called = [...(await machineText()).matchAll(/"\$\{(\w+)Function\}"/g)].map(([, name = '']) =>
      name.toLowerCase(),
    );
    expect([...new Set(called)].sort()).toEqual([...STEPS.keys()].sort());
  });

  it('catches what fails in every step between the claim and the report', async () => {
    const { States } = JSON.parse(await machineText()) as Machine;
    const uncaught = Object.entries(States).filter(
      ([, { Type, Catch }]) => (Type === 'Task' || Type === 'Map') && Catch === undefined,
    );
    expect(uncaught.map(([name]) => name)).toEqual(['Survey', 'Publish']);
  });
});
