import type { listCapabilities } from '../lib/engines/local-targets.ts';

type Capabilities = Awaited<ReturnType<typeof listCapabilities>>[number];
type Model = Capabilities['models'][number];

/** `docs/targets.md`: models, limits and prices of every provider, each with where and when it was read. */
export function targetsPage(providers: readonly Capabilities[]): string {
  const head =
    '# Targets\n\nMade from the data in `lib/providers/*/spec.ts` by `npm run docs`. `finedrop targets` prints the same.\n';
  return [head, ...providers.map(providerSection)].join('\n');
}

function providerSection({ provider, title, models }: Capabilities): string {
  return [`## ${title} (\`${provider}\`)\n`, ...models.map((model) => modelSection(provider, model))].join('\n');
}

function modelSection(provider: string, model: Model): string {
  const facts: [string, { value: unknown; source: string; asOf: string; note?: string } | null][] = [
    ['media', model.modalities],
    ['types taken as they are', model.mimeTypes],
    ['rows at least', model.minRows],
    ['rows at most', model.maxRows],
    ['rows with media at most', model.maxRowsWithMedia],
    ['tokens an example', model.maxTokensPerExample],
    ['files an example', model.maxPerExample],
    ['bytes a file', model.maxBytesPerFile],
    ['bytes of a training file', model.maxTrainingFileBytes],
    ['validation file', model.validation],
    ['validation rows at most', model.maxValidationRows],
    ['regions', model.regions],
    ['USD per million training tokens', model.usdPerMillionTokens],
    ['epochs by default', model.epochs],
    ['no new jobs from', model.endsOn],
  ];
  const rows = facts.flatMap(([name, fact]) =>
    fact === null ? [] : [`| ${name} | ${cell(fact.value)} | ${sourceCell(fact)} |`],
  );
  const settings = model.hyperparameters.map(
    (setting) => `| \`${setting.name}\` | ${rangeOf(setting)} | ${sourceCell(setting)} |`,
  );
  const heading = `### \`${provider}:${model.model}\`${model.isDefault === true ? ' (default)' : ''}\n`;
  return `${heading}\n| | value | source |\n|---|---|---|\n${[...rows, ...settings].join('\n')}\n`;
}

function rangeOf({ type, min, max, words }: Model['hyperparameters'][number]): string {
  const parts = [
    min === undefined ? '' : `from ${min}`,
    max === undefined ? '' : `to ${max}`,
    words === undefined ? '' : `or ${words.join(', ')}`,
  ];
  return [type, ...parts].filter((part) => part !== '').join(' ');
}

function sourceCell({ source, asOf, note }: { source: string; asOf: string; note?: string }): string {
  return escapeCell(`${source} (${asOf})${note === undefined ? '' : `. ${note}`}`);
}

function cell(value: unknown): string {
  if (Array.isArray(value)) return escapeCell(value.join(', ') || 'none');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, one]) => `${key} ${cell(one)}`)
      .join(', ');
  }
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return escapeCell(String(value));
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
