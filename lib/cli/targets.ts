import { type LimitValue, limitText } from '../domain/limits.ts';
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

function providerText(capabilities: Capabilities): string {
  const { provider, models } = capabilities;
  const shared = sharedRules(capabilities);
  const rules = shared.map(({ value, source, asOf }) => lineText('rule of every model', value, { source, asOf }));
  return `${titleOf(capabilities)}\n${rules.join('')}${models.map((model) => modelText(provider, model, shared)).join('')}\n`;
}

type Rule = NonNullable<Model['rules']>[number];

/** The rules that every model of a provider has: said once, and not at each. */
export function sharedRules({ models: [first, ...others] }: Capabilities): Rule[] {
  const has = ({ rules = [] }: Model, { value }: Rule) => rules.some((rule) => rule.value === value);
  return (first?.rules ?? []).filter((rule) => others.every((model) => has(model, rule)));
}

/** `OpenAI (openai)`, or `Azure OpenAI (openai, OPENAI_PROFILE=azure)` where several services speak one API. */
export function titleOf({ provider, title, profile }: Capabilities): string {
  const words = title.charAt(0).toUpperCase() + title.slice(1);
  const chosenBy = profile === undefined ? '' : `, ${provider.toUpperCase()}_PROFILE=${profile}`;
  return `${words} (${provider}${chosenBy})`;
}

/** The words for facts whose names would read badly; any other is named by its own words. */
const NAMES: Readonly<Record<string, string>> = {
  modalities: 'media',
  mimeTypes: 'types taken as they are',
  adaptedMimeTypes: 'types taken after a change',
  minRows: 'rows at least',
  recommendedRows: 'rows advised',
  maxRows: 'rows at most',
  maxRowsWithMedia: 'rows with media at most',
  maxTokensPerExample: 'tokens an example',
  maxPerExample: 'files an example',
  imagesCountedIn: 'images are counted in',
  maxBytesPerFile: 'bytes a file',
  maxTrainingFileBytes: 'bytes of a training file',
  validation: 'validation file',
  maxValidationRows: 'validation rows at most',
  validationShare: 'validation rows beyond free ones',
  usdPerMillionTokens: 'USD per million training tokens',
  usdPerMillionTunedTokens: 'USD per million tokens in use',
  tunedPriceFactor: 'price in use, times the base',
  storageUsdPerMonth: 'USD a month for keeping it',
  servingLocations: 'asked in',
  epochs: 'epochs by default',
  endsOn: 'no new jobs from',
  tunedModelEndsOn: 'tuned models end on',
  continues: 'a tuned one trains further',
  rules: 'rule',
};

export interface PrintedFact {
  name: string;
  value: unknown;
  source: string;
  asOf: string;
  note?: string;
  /** What a looser source says, and how a job spec lets that hold. */
  disputed?: { value: LimitValue; source: string; asOf: string; limits: string };
}

/** What is known of a model, in the words in which it is printed here and in docs/targets.md: every fact that the model has, but for rules told before. */
export function factsOf(model: Model, told: readonly Rule[] = []): PrintedFact[] {
  const order = Object.keys(NAMES);
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  const entries = Object.entries(model).sort(([left], [right]) => rank(left) - rank(right));
  return entries.flatMap(([key, value]) => {
    if (key === 'hyperparameters') return [];
    const facts: unknown[] = Array.isArray(value) ? value : [value];
    const name = NAMES[key] ?? wordsOf(key);
    const untold = facts
      .filter(isFact)
      .filter((fact) => key !== 'rules' || !told.some((rule) => rule.value === fact.value));
    return untold.map((fact) => ({ ...fact, name, ...disputedBy(key, fact) }));
  });
}

type ReadFact = Omit<PrintedFact, 'name'> & { otherwise?: Omit<NonNullable<PrintedFact['disputed']>, 'limits'> };

function disputedBy(key: string, { otherwise }: ReadFact): Pick<PrintedFact, 'disputed'> {
  if (otherwise === undefined) return {};
  return { disputed: { ...otherwise, limits: `limits: {${key}: ${limitText(otherwise.value)}}` } };
}

function isFact(value: unknown): value is ReadFact {
  return typeof value === 'object' && value !== null && 'value' in value && 'source' in value && 'asOf' in value;
}

/** `maxPages` -> `max pages`. */
function wordsOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
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

function modelText(provider: string, model: Model, told: readonly Rule[]): string {
  const known = factsOf(model, told).map(
    ({ name, value, source, asOf, disputed }) =>
      lineText(name, valueText(value), { source, asOf }) +
      (disputed === undefined ? '' : lineText('', `disputed; ${disputed.limits} in the job spec`, disputed)),
  );
  const settings = model.hyperparameters.map((setting) => lineText(setting.name, rangeText(setting), setting));
  return `\n  ${provider}:${model.model}${model.isDefault === true ? ' (default)' : ''}\n${known.join('')}${settings.join('')}`;
}

function lineText(name: string, value: string, { source, asOf }: { source: string; asOf: string }): string {
  return `    ${name.padEnd(32)}${value}  [${source}, ${asOf}]\n`;
}

/** A fact's value as people read it. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ') || 'none';
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
