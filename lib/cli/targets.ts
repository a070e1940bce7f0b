import { listCapabilities } from '../engines/local-targets.ts';
import type { Arguments } from './arguments.ts';

/** Prints what each target takes: models, limits and prices with their sources and dates. */
export async function targetsCommand({ flags }: Arguments): Promise<number> {
  const capabilities = await listCapabilities();
  if (flags['json'] === true) process.stdout.write(`${JSON.stringify(capabilities, null, 2)}\n`);
  else for (const provider of capabilities) process.stdout.write(providerText(provider));
  return 0;
}

type Capabilities = Awaited<ReturnType<typeof listCapabilities>>[number];
type Model = Capabilities['models'][number];

function providerText({ provider, title, models }: Capabilities): string {
  return `${title} (${provider})\n${models.map((model) => modelText(provider, model)).join('')}\n`;
}

function modelText(provider: string, model: Model): string {
  const facts: [string, { value: unknown; source: string; asOf: string; note?: string } | null][] = [
    ['media', model.modalities],
    ['types', model.mimeTypes],
    ['rows at least', model.minRows],
    ['rows at most', model.maxRows],
    ['rows with media at most', model.maxRowsWithMedia],
    ['tokens an example', model.maxTokensPerExample],
    ['files an example', model.maxPerExample],
    ['bytes a file', model.maxBytesPerFile],
    ['training file bytes', model.maxTrainingFileBytes],
    ['validation file', model.validation],
    ['validation rows at most', model.maxValidationRows],
    ['regions', model.regions],
    ['USD per million tokens', model.usdPerMillionTokens],
    ['epochs by default', model.epochs],
    ['no new jobs from', model.endsOn],
  ];
  const known = facts.flatMap(([name, fact]) =>
    fact === null ? [] : [`    ${name.padEnd(24)}${valueText(fact.value)}  [${fact.source}, ${fact.asOf}]\n`],
  );
  const settings = model.hyperparameters.map(({ name, type, min, max, words, source, asOf }) => {
    const range = [
      min === undefined ? '' : `from ${min}`,
      max === undefined ? '' : `to ${max}`,
      words === undefined ? '' : `or ${words.join(', ')}`,
    ];
    return `    ${name.padEnd(24)}${[type, ...range].filter((part) => part !== '').join(' ')}  [${source}, ${asOf}]\n`;
  });
  return `\n  ${provider}:${model.model}${model.isDefault === true ? ' (default)' : ''}\n${known.join('')}${settings.join('')}`;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ') || 'none';
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, one]) => `${key} ${valueText(one)}`)
      .join(', ');
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
