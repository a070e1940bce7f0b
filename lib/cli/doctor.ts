import type { Check } from '../domain/check.ts';
import { examineRun } from '../engines/local-doctor.ts';
import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { BROKEN } from './exit-code.ts';
import { plainText } from './plain-text.ts';

/** Prints one line a check, as each is known; 1 where one failed. */
export async function doctorCommand({ paths, flags, values }: Arguments): Promise<number> {
  if (paths.length > 0) throw new UsageError(`doctor takes no path, but got "${paths[0]}".`);
  const isJson = flags['json'] === true;
  const [results] = values['results'] ?? [];
  const checks: Check[] = [];
  const looking = examineRun({
    out: values['out']?.[0] ?? 'finedrop-results',
    ...(results === undefined ? {} : { results }),
    live: flags['live'] === true,
    targets: values['target'] ?? [],
  });
  for await (const check of looking) {
    checks.push(check);
    if (!isJson) process.stdout.write(lineOf(check));
  }
  const ok = checks.every(({ result }) => result !== 'failed');
  process.stdout.write(isJson ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : ending(checks));
  return ok ? 0 : BROKEN;
}

/** `failed   openai access: … Fix.` */
export function lineOf({ name, result, message, fix }: Check): string {
  const advice = fix === undefined ? '' : ` ${fix}`;
  return `${plainText(`${result.padEnd(9)}${name}: ${message}.${advice}`.replaceAll('\n', ' '))}\n`;
}

function ending(checks: readonly Check[]): string {
  const count = (result: Check['result']) => checks.filter((check) => check.result === result).length;
  const failed = count('failed');
  const warnings = count('warning');
  if (failed > 0) return `\n${failed} failed. Nothing was spent.\n`;
  return `\nNothing failed${warnings > 0 ? `, ${warnings} to be warned of` : ''}. Nothing was spent.\n`;
}
