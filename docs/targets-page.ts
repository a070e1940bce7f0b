import { factsOf, rangeText, valueText } from '../lib/cli/targets.ts';
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
  const facts = factsOf(model).map(
    ({ name, value, ...fact }) => `| ${name} | ${escapeCell(valueText(value))} | ${sourceCell(fact)} |`,
  );
  const settings = model.hyperparameters.map(
    (setting) => `| \`${setting.name}\` | ${escapeCell(rangeText(setting))} | ${sourceCell(setting)} |`,
  );
  const heading = `### \`${provider}:${model.model}\`${model.isDefault === true ? ' (default)' : ''}\n`;
  return `${heading}\n| | value | source |\n|---|---|---|\n${[...facts, ...settings].join('\n')}\n`;
}

function sourceCell({ source, asOf, note }: { source: string; asOf: string; note?: string }): string {
  return escapeCell(`${source} (${asOf})${note === undefined ? '' : `. ${note}`}`);
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
