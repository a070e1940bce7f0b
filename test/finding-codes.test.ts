import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES, FINDING_GROUPS } from '../docs/finding-codes.ts';
import { findingsPage } from '../docs/findings-page.ts';
import { readFindingLiterals } from './finding-literals.ts';

// Simulators speak the providers' language, not ours.
const SIMULATED = /^local\//;

/** What is written like a code and is none: names in the environment, and words of providers and of Node. */
const OTHER_WORDS =
  /^(?:AWS|FINEDROP|GOOGLE|OPENAI|STORAGE|POWERTOOLS)_|^(?:INBOX|RESULTS)_BUCKET$|_(?:ARN|BUS_NAME)$|^FULL_OBJECT$|^PENDING_REDRIVE$|^ERR_|^UND_ERR_|^(?:TUNING_)?JOB_STATE_|^ADAPTER_SIZE_|^MEDIA_RESOLUTION_|^FAILED_PRECONDITION$|^FINE_TUNING$/;

const { codes, severities } = readFindingLiterals('lib', SIMULATED);

describe('readFindingLiterals', () => {
  it('finds what there is to check', () => {
    expect(codes.size).toBeGreaterThan(150);
    expect(severities.size).toBeGreaterThan(50);
  });
});

describe('FINDING_CODES', () => {
  it('has every code that the sources name', () => {
    const unknown = [...codes].filter(([code]) => !OTHER_WORDS.test(code) && FINDING_CODES[code] === undefined);
    expect(unknown).toEqual([]);
  });

  it('has no code that nothing gives', () => {
    expect(Object.keys(FINDING_CODES).filter((code) => !codes.has(code))).toEqual([]);
  });

  it('has each code in one group only', () => {
    const counts = Object.values(FINDING_GROUPS).map((group) => Object.keys(group.codes).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Object.keys(FINDING_CODES).length);
  });

  it('gives each code the severity that the sources give it', () => {
    const wrong = [...severities].filter(([given]) => {
      const [code = '', severity = ''] = given.split(' ');
      return FINDING_CODES[code]?.severity.split(' or ').includes(severity) !== true;
    });
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(FINDING_CODES))(
    'explains %s in a sentence, its remedy in another, and gives an example',
    (_code, words) => {
      expect(words.example).toMatch(/^\S.*[^.]$/);
      expect(words.summary).toMatch(/^[A-Z].+\.$/);
      expect(words.remedy).toMatch(/^[A-Z].+\.$/);
    },
  );

  // Each of those tests proves the examples of its group, one by one: a code that nothing makes is red there.
  it('has a test in test/findings that makes the examples of each group', () => {
    const tests = readdirSync('test/findings').filter((name) => name.endsWith('.test.ts'));
    expect(tests).toEqual(
      Object.keys(FINDING_GROUPS)
        .map((group) => `${group}.test.ts`)
        .sort(),
    );
    const proving = (group: string) => `proveExamples('${group}', [`;
    const idle = Object.keys(FINDING_GROUPS).filter(
      (group) => !readFileSync(join('test/findings', `${group}.test.ts`), 'utf8').includes(proving(group)),
    );
    expect(idle).toEqual([]);
  });
});

describe('findingsPage', () => {
  it('has a line for each code', () => {
    const listed = [...findingsPage().matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code);
    expect(listed.toSorted()).toEqual(Object.keys(FINDING_CODES).toSorted());
  });
});
