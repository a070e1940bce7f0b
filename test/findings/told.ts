import { beforeAll, describe, expect, it } from 'vitest';
import { FINDING_GROUPS } from '../../docs/finding-codes.ts';
import { excerpt } from '../../lib/domain/excerpt.ts';
import type { Finding, Issue, Where } from '../../lib/domain/finding.ts';
import type { Request } from '../../lib/pipeline/manifest.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { newMemoryWorld, runInMemory } from '../pipeline/memory-run.ts';

/** What finedrop really said: of a whole drop with its place, of a single reader without. */
export type Told = Issue & Partial<Pick<Finding, 'where' | 'target'>>;

/** A small drop in which something is wrong, and how it is run; it is only checked unless `request` says otherwise. */
export interface WrongDrop {
  files: Readonly<Record<string, string | Uint8Array>>;
  request?: Partial<Request>;
  change?: Partial<Services>;
}

/** Something wrong, made when it is asked for. */
export type Mistake = () => Promise<readonly Told[]>;

/** Takes the drop through the machine, and gives all that it says. */
export function dropped(make: () => WrongDrop | Promise<WrongDrop>): Mistake {
  return async () => {
    const { files, request, change } = await make();
    const { result, findings } = await runInMemory(await newMemoryWorld(files, change), {
      command: 'check',
      ...request,
    });
    if (result.status !== 'SUCCEEDED') throw new Error(`the run ended ${JSON.stringify(result)}`);
    return findings;
  };
}

/** One test for each code of a group: the example that the documentation gives is what one of these mistakes is really told. */
export function proveExamples(group: string, mistakes: readonly Mistake[]): void {
  describe(`the examples of ${group}`, () => {
    const said = new Map<string, Said>();
    beforeAll(async () => {
      for (const mistake of mistakes) for (const told of await mistake()) note(said, told);
    }, TIME_FOR_ALL);

    it.each(Object.entries(FINDING_GROUPS[group]?.codes ?? {}))('%s is told as documented', (code, words) => {
      const { examples, severities } = said.get(code) ?? nothing();
      expect(examples.has(words.example) ? [words.example] : [...examples].slice(0, SHOWN)).toEqual([words.example]);
      expect(words.severity.split(' or ')).toEqual(expect.arrayContaining([...severities]));
    });
  });
}

const TIME_FOR_ALL = 60_000;
/** A code may be told of each of a thousand rows. */
const SHOWN = 5;

/** What was said of one code. */
interface Said {
  examples: Set<string>;
  severities: Set<string>;
}

const nothing = (): Said => ({ examples: new Set(), severities: new Set() });

function note(all: Map<string, Said>, told: Told): void {
  const said = all.get(told.code) ?? nothing();
  all.set(told.code, said);
  said.examples.add(exampleOf(told));
  said.severities.add(told.severity);
}

const LONGEST_EXAMPLE = 300;

/** The finding in one line, as the documentation shows it: its place, then its message. */
function exampleOf({ where = {}, target = null, message }: Told): string {
  const place = [...placeWords(where), ...(target === null ? [] : [`${target} only`])].join(', ');
  const text = place === '' ? message : `${place}: ${message}`;
  return text.length > LONGEST_EXAMPLE ? `${text.slice(0, LONGEST_EXAMPLE - 1)}…` : text;
}

function placeWords({ file, sheet, entry, row, line, column, part }: Where): string[] {
  const words = [
    file,
    sheet === undefined ? undefined : `sheet ${sheet}`,
    entry === undefined ? undefined : `entry ${entry}`,
    row === undefined ? undefined : `row ${row}`,
    row !== undefined || line === undefined ? undefined : `line ${line}`,
    column,
    part === undefined ? undefined : `part ${part}`,
  ];
  return words.filter((word) => word !== undefined).map((word) => excerpt(word));
}
