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

/** What is known of a model, in the words in which it is printed here and in docs/targets.md. */
export function factsOf(model: Model): { name: string; value: unknown; source: string; asOf: string; note?: string }[] {
  const facts = {
    media: model.modalities,
    'types taken as they are': model.mimeTypes,
    'rows at least': model.minRows,
    'rows at most': model.maxRows,
    'rows with media at most': model.maxRowsWithMedia,
    'tokens an example': model.maxTokensPerExample,
    'files an example': model.maxPerExample,
    'bytes a file': model.maxBytesPerFile,
    'bytes of a training file': model.maxTrainingFileBytes,
    'validation file': model.validation,
    'validation rows at most': model.maxValidationRows,
    regions: model.regions,
    'USD per million training tokens': model.usdPerMillionTokens,
    'epochs by default': model.epochs,
    'no new jobs from': model.endsOn,
  };
  return Object.entries(facts).flatMap(([name, fact]) => (fact === null ? [] : [{ name, ...fact }]));
}

/** The range of a hyperparameter: `integer from 1 to 50 or auto`. */
export function rangeText({ type, above, min, max, words }: Model['hyperparameters'][number]): string {
  const parts = [
    above === undefined ? '' : `above ${above}`,
    min === undefined ? '' : `from ${min}`,
    max === undefined ? '' : `to ${max}`,
    words === undefined ? '' : `or ${words.join(', ')}`,
  ];
  return [type, ...parts].filter((part) => part !== '').join(' ');
}

function modelText(provider: string, model: Model): string {
  const known = factsOf(model).map(({ name, value, source, asOf }) =>
    lineText(name, valueText(value), { source, asOf }),
  );
  const settings = model.hyperparameters.map((setting) => lineText(setting.name, rangeText(setting), setting));
  return `\n  ${provider}:${model.model}${model.isDefault === true ? ' (default)' : ''}\n${known.join('')}${settings.join('')}`;
}

function lineText(name: string, value: string, { source, asOf }: { source: string; asOf: string }): string {
  return `    ${name.padEnd(32)}${value}  [${source}, ${asOf}]\n`;
}

/** A fact's value as people read it. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ') || 'none';
  if (typeof value === 'object' && value !== null)
    return (
      Object.entries(value)
        .map(([key, one]) => `${key} ${valueText(one)}`)
        .join(', ') || 'none'
    );
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
