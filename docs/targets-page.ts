import { factsOf, rangeText, sharedRules, titleOf, valueText } from '../lib/cli/targets.ts';
import type { listCapabilities } from '../lib/engines/local-targets.ts';

type Capabilities = Awaited<ReturnType<typeof listCapabilities>>[number];
type Model = Capabilities['models'][number];

const MADE = 'Made from the data in `lib/providers/*/` by `npm run docs`. `finedrop targets` prints the same.\n';

/** `docs/targets.md`: every model in a line. */
export function targetsPage(providers: readonly Capabilities[]): string {
  return ['# Targets\n', MADE, ...providers.map(overview)].join('\n');
}

/** `docs/providers/*.md`: every fact of a provider's models, each with where and when it was read. */
export function providerPages(providers: readonly Capabilities[]): [file: string, text: string][] {
  const names = [...new Set(providers.map(({ provider }) => provider))];
  return names.map((name) => {
    const own = providers.filter(({ provider }) => provider === name);
    const title = own[0]?.title ?? name;
    return [`providers/${name}.md`, [`# ${title}\n`, MADE, ...own.map(providerSection)].join('\n')];
  });
}

const OVERVIEW =
  '| model | media | rows | tokens an example | USD per million training tokens | no new jobs from |\n|---|---|---|---|---|---|';

function overview(capabilities: Capabilities): string {
  const { provider, models } = capabilities;
  const rows = models.map((model) => {
    const name = `\`${provider}:${model.model}\`${model.isDefault === true ? ' (default)' : ''}`;
    const most = model.maxRows?.value;
    const cells = [
      name,
      valueText(model.modalities.value),
      `${valueText(model.minRows.value)} ${most === undefined ? 'or more' : `to ${valueText(most)}`}`,
      valueText(model.maxTokensPerExample.value),
      model.usdPerMillionTokens === null ? 'not published' : String(model.usdPerMillionTokens.value),
      model.endsOn?.value ?? '',
    ];
    return `| ${cells.map(escapeCell).join(' | ')} |`;
  });
  const more = `Limits, hyperparameters and sources: [providers/${provider}.md](providers/${provider}.md).`;
  return `## ${titleOf(capabilities)}\n\n${OVERVIEW}\n${rows.join('\n')}\n\n${disputes(capabilities)}${more}\n`;
}

/** Where sources differ, a job spec may go as far as the looser one. */
function disputes({ provider, models }: Capabilities): string {
  const lines = models.flatMap((model) =>
    factsOf(model).flatMap(({ name, value, disputed }) =>
      disputed === undefined
        ? []
        : [
            `- \`${provider}:${model.model}\`, ${name}: ${valueText(value)}; \`${disputed.limits}\` follows another source`,
          ],
    ),
  );
  return lines.length === 0
    ? ''
    : `Sources differ on these; the stricter holds unless a target’s \`limits\` in the [job spec](job-spec.md#limits) set it aside:\n\n${lines.join('\n')}\n\n`;
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
    ({ name, value, ...fact }) =>
      `| ${name} | ${escapeCell(valueText(value))} | ${sourceCell(fact)}${disputeText(fact)} |`,
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

function disputeText({ disputed }: Pick<ReturnType<typeof factsOf>[number], 'disputed'>): string {
  if (disputed === undefined) return '';
  return escapeCell(
    `. Disputed by ${disputed.source} (${disputed.asOf}): \`${disputed.limits}\` in the job spec follows that`,
  );
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
