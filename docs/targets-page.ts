import { factsOf, rangeText, sharedRules, titleOf, valueText } from '../lib/cli/targets.ts';
import type { listCapabilities } from '../lib/engines/local-targets.ts';

type Capabilities = Awaited<ReturnType<typeof listCapabilities>>[number];
type Model = Capabilities['models'][number];

/** `docs/targets.md`: models, limits and prices of every provider, each with where and when it was read. */
export function targetsPage(providers: readonly Capabilities[]): string {
  const head =
    '# Targets\n\nMade from the data in `lib/providers/*/` by `npm run docs`. `finedrop targets` prints the same.\n';
  return [head, ...providers.map(providerSection)].join('\n');
}

function providerSection(capabilities: Capabilities): string {
  const { provider, models } = capabilities;
  const shared = sharedRules(capabilities);
  const rules = shared.map(({ value, ...fact }) => `| ${escapeCell(value)} | ${sourceCell(fact)} |`);
  const table = rules.length === 0 ? [] : [`| rule of every model | source |\n|---|---|\n${rules.join('\n')}\n`];
  const sections = models.map((model) => modelSection(provider, model, shared));
  return [`## ${titleOf(capabilities)}\n`, ...table, ...sections].join('\n');
}

function modelSection(provider: string, model: Model, told: ReturnType<typeof sharedRules>): string {
  const facts = factsOf(model, told).map(
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
