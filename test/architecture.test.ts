import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Cruise {
  modules: { source: string }[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[]; totalCruised: number };
}

const cruise = (): Cruise =>
  JSON.parse(
    execFileSync(
      'npx',
      ['depcruise', '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'lib', 'functions'],
      {
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
      },
    ),
  );

describe('architecture', () => {
  it('lets folders import only whom they may, in a crawl that saw every file', () => {
    const { modules, summary } = cruise();
    const sources = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const seen = new Set(modules.map(({ source }) => source));
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.map((name) => `lib/${name.replaceAll('\\', '/')}`).filter((name) => !seen.has(name))).toEqual([]);
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  });
});
