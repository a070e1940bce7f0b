import type { Finding } from '../domain/finding.ts';
import type { Asset } from '../domain/media.ts';
import type { ExplainedMedia, Explanation } from '../engines/local-explain.ts';
import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { plainText } from './plain-text.ts';
import { dropOptions, follow } from './run.ts';

/** `explain`: one row as it was read, its media and findings, and the line that each target would get. */
export async function explainCommand(words: Arguments): Promise<number> {
  const row = words.values['row']?.[0];
  if (row === undefined) throw new UsageError('name the row: finedrop explain museum --row train.csv:17.');
  const { explainLocal } = await import('../engines/local-explain.ts');
  const explanation = await follow(words, async (following) =>
    explainLocal({ ...following, ...(await dropOptions(words)), row }),
  );
  const isData = words.flags['json'] === true;
  process.stdout.write(isData ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation));
  return 0;
}

type Target = Explanation['targets'][number];

/** An explanation for people. */
export function explanationText(explanation: Explanation): string {
  const { example, media, findings, targets } = explanation;
  const lines = [
    headOf(explanation),
    '',
    ...(example === null ? ['as read: nothing'] : ['as read:', ...indented(example)]),
    ...(media.length === 0 ? [] : ['', 'media:', ...media.map(mediaLine)]),
    ...(findings.length === 0 ? [] : ['', 'findings:', ...findings.flatMap(findingLines)]),
    ...targets.flatMap((target) => ['', ...targetLines(target)]),
  ];
  return `${plainText(lines.join('\n'))}\n`;
}

function headOf({ dataset, file, sheet, row, line, verdict, run, targets }: Explanation): string {
  const place = `${file}${sheet === null ? '' : `, sheet ${sheet}`}, row ${row}${line === null ? '' : ` (line ${line})`}`;
  return `${dataset}: ${place}: ${VERDICTS[verdict]({ run, targets })}`;
}

const VERDICTS: Readonly<Record<Explanation['verdict'], (known: Pick<Explanation, 'run' | 'targets'>) => string>> = {
  accepted: ({ targets }) => {
    const taken = targets.filter(({ verdict }) => verdict === 'accepted').length;
    return `accepted, and taken by ${taken} of ${targets.length} target${targets.length === 1 ? '' : 's'}`;
  },
  rejected: () => 'refused for every target; the findings say why',
  replaced: () => 'replaced by a row that fixes it, or a fix of a row that was mended since; it counts nowhere',
  unjudged: ({ run }) => `not judged: ${run.message}`,
};

function indented(value: unknown): string[] {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`);
}

function mediaLine({ part, origin, name, asset }: ExplainedMedia): string {
  return `  ${part}. ${name} (${origin}): ${asset === null ? 'no file that can be used' : factsOf(asset)}`;
}

function factsOf({ sha256, mime, bytes, width, height, frames, orientation, pages, seconds, colors }: Asset): string {
  const facts = [
    mime,
    `${many(bytes)} bytes`,
    width === undefined || height === undefined ? '' : `${width} x ${height} pixels`,
    colors ?? '',
    frames === undefined || frames === 1 ? '' : `${frames} frames`,
    orientation === undefined || orientation === 1 ? '' : `EXIF orientation ${orientation}`,
    pages === undefined ? '' : `${pages} page${pages === 1 ? '' : 's'}`,
    seconds === undefined ? '' : `${seconds.toFixed(1)} seconds`,
    `sha256 ${sha256}`,
  ];
  return facts.filter((fact) => fact !== '').join(', ');
}

function findingLines({ severity, code, where, message, hint }: Finding): string[] {
  const place = [
    ...(where.column === undefined ? [] : [`column ${where.column}`]),
    ...(where.part === undefined ? [] : [`part ${where.part}`]),
  ];
  const at = place.length === 0 ? '' : ` (${place.join(', ')})`;
  return [`  ${severity} ${code}${at}: ${message}`, ...(hint === undefined ? [] : [`    ${hint}`])];
}

function targetLines({ name, model, verdict, split, tokens, bytes, adjustments, findings, line }: Target): string[] {
  const told = findings.flatMap(findingLines);
  if (verdict === 'excluded') return [`${name} (${model}): excluded`, ...told];
  const adjusted = adjustments.length === 0 ? '' : `, adjusted: ${adjustments.join(', ')}`;
  const size = `about ${many(tokens)} tokens, ${many(bytes)} bytes`;
  return [`${name} (${model}): a ${split} line of ${size}${adjusted}`, ...told, ...indented(line)];
}

function many(count: number): string {
  return count.toLocaleString('en-US');
}
