import { mergeAdapt } from '../domain/adapt-options.ts';
import { excerpt } from '../domain/excerpt.ts';
import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import type { JobSpec, TargetSpec } from '../domain/job-spec.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { continuingOf, resolveRetrain } from '../domain/retrain.ts';
import type { Target } from '../domain/target.ts';
import type { ModelFacts } from '../providers/facts.ts';
import type { Provider } from '../providers/provider.ts';
import { continueTargets } from './continue-targets.ts';
import type { Drop } from './drop.ts';
import type { Request, ResolvedSpec, RunTarget } from './manifest.ts';
import { endOfLife } from './model-ends.ts';
import { readJobSpec } from './read-job-spec.ts';
import type { OperatorSettings, Services } from './services.ts';

const DEFAULT_VALIDATION_SHARE = 0.1;

export interface Resolved {
  spec: ResolvedSpec;
  targets: RunTarget[];
  /** Somebody named the targets; otherwise they are every provider's default. */
  named: boolean;
  findings: Finding[];
}

/** The drop's job spec (or the one that stands in for it) with all defaults and operator limits applied. */
export async function resolveJobSpec(services: Services, drop: Drop, request: Request): Promise<Resolved> {
  const { spec, file, findings } = await readJobSpec(services, drop, request);
  const wanted = request.targets ?? spec.targets ?? services.operator.targets ?? services.providerNames;
  const asked = wanted.map((target) => (typeof target === 'string' ? parseTargetWord(target) : target));
  const resolved = await Promise.all(
    asked.map((target) => resolveTarget(services, withDefaults(target, spec), request)),
  );
  const usable = resolved.flatMap(({ target }, index) =>
    target === null ? [] : [{ target, ...continuingOf(spec.retrain, asked[index]?.retrain) }],
  );
  const names = nameTargets(usable.map(({ target }) => target));
  const continued = await continueTargets(
    services,
    drop,
    usable.map((one, index) => ({ ...one, target: names[index] ?? one.target })),
  );
  const where = file === null ? {} : { file };
  const named = (request.targets ?? spec.targets) !== undefined;
  const issues = [...(named ? [] : unnamed(services, request)), ...resolved.flatMap((one) => one.issues)];
  return {
    spec: {
      policy: { maxRejected: spec.policy?.maxRejected ?? 0 },
      validation: { share: spec.validation?.share ?? DEFAULT_VALIDATION_SHARE },
      media: { verify: spec.media?.verify ?? 'decode' },
      links: {
        allow: (spec.links?.allow ?? true) && services.operator.linksAllowed,
        hosts: spec.links?.hosts ?? null,
        private: [...services.operator.allowHosts].sort(),
      },
      objects: { buckets: [...services.operator.objectBuckets].sort() },
      generation: spec.generation ?? 0,
      budget: budgetOf(spec, services.operator),
      notify: spec.notify ?? 'always',
      approve: spec.approve === 'required' || services.operator.approve,
      retrain: resolveRetrain(spec.retrain),
    },
    targets: continued.targets,
    named,
    findings: [...findings, ...issues.map((issue) => findingAt(issue, where)), ...continued.findings],
  };
}

/** The lower of what the drop's owner and the operator are willing to pay. */
function budgetOf({ budget }: JobSpec, { usdPerRun }: OperatorSettings): ResolvedSpec['budget'] {
  const own = budget?.usd ?? null;
  if (usdPerRun !== null && (own === null || usdPerRun < own)) return { usd: usdPerRun, by: 'operator' };
  return { usd: own, by: 'drop' };
}

/** Real money: nobody's wish is guessed, but where the operator allows one target alone there is nothing to guess. */
function unnamed({ simulated, operator, providerNames }: Services, { command }: Request): Issue[] {
  if (simulated || command !== 'run' || operator.targets?.length === 1) return [];
  const choice = operator.targets ?? providerNames;
  return [
    {
      code: 'TARGETS_UNNAMED',
      severity: 'error',
      message: 'the drop does not say where to train, and each job costs money',
      hint: `Add a finedrop.yaml with "targets: [${choice[0] ?? ''}]"; allowed here: ${choice.join(', ')}.`,
    },
  ];
}

/** `openai` or `openai:gpt-4o-2024-08-06`; models may hold colons themselves. */
export function parseTargetWord(word: string): TargetSpec {
  const colon = word.indexOf(':');
  return colon === -1 ? { provider: word } : { provider: word.slice(0, colon), model: word.slice(colon + 1) };
}

/** A target with its conversion options as they hold: its own, and else the drop's. */
type AskedTarget = Omit<TargetSpec, 'adapt'> & { adapt: Target['adapt'] };

/** What the drop says of all its targets holds where a target says nothing itself. */
function withDefaults(target: TargetSpec, { adapt, policy }: JobSpec): AskedTarget {
  const maxExcluded = target.maxExcluded ?? policy?.maxExcluded;
  return { ...target, adapt: mergeAdapt(adapt, target.adapt), ...(maxExcluded === undefined ? {} : { maxExcluded }) };
}

async function resolveTarget(
  services: Services,
  asked: AskedTarget,
  request: Request,
): Promise<{ target: RunTarget | null; issues: Issue[] }> {
  const provider = await services.provider(asked.provider);
  if (provider === null) return { target: null, issues: [unknownProvider(asked.provider, services.providerNames)] };
  const models = provider.capabilities.models;
  const model = models.find((facts) =>
    asked.model === undefined ? facts.isDefault === true : facts.model === asked.model,
  );
  if (model === undefined) return { target: null, issues: [unknownModel(provider, asked.model ?? '', models)] };
  if (!isAllowed(services, asked.provider, model.model))
    return { target: null, issues: [notAllowed(asked.provider, model.model)] };
  const target: Target = {
    name: asked.name ?? provider.name,
    provider: provider.name,
    model: model.model,
    hyperparameters: asked.hyperparameters ?? {},
    ...(asked.suffix === undefined ? {} : { suffix: asked.suffix }),
    ...(asked.tags === undefined ? {} : { tags: asked.tags }),
    adapt: asked.adapt,
    ...(Object.keys(asked.limits ?? {}).length === 0 ? {} : { limits: asked.limits }),
  };
  return {
    target: {
      ...target,
      mediaBase: mediaBaseFor(services, provider, request),
      ...(asked.maxExcluded === undefined ? {} : { maxExcluded: asked.maxExcluded }),
    },
    issues: [
      ...provider.checkTarget(target),
      ...endOfModel(services, model),
      ...unconfigured(services, provider, request),
      ...misplaced(services, provider, { target, request }),
    ],
  };
}

function endOfModel(services: Services, { model, endsOn }: ModelFacts): Issue[] {
  return endsOn === null ? [] : endOfLife(services, { model, endsOn: endsOn.value, what: 'takes no new jobs' });
}

/** A job that would fail for want of a key must not have its media staged first. */
function unconfigured(services: Services, provider: Provider, { command }: Request): Issue[] {
  const missing = command === 'run' ? services.missingSettings(provider) : [];
  if (missing.length === 0) return [];
  return [
    {
      code: 'TARGET_NOT_CONFIGURED',
      severity: 'error',
      message: `nothing can be trained at ${provider.capabilities.title} yet: ${missing.join(', ')} is not set`,
      hint: 'Ask whoever runs finedrop to set it, or choose another target.',
    },
  ];
}

/** A job that its region refuses would be refused after everything was staged. */
function misplaced(
  services: Services,
  provider: Provider,
  { target, request: { command } }: { target: Target; request: Request },
): Issue[] {
  if (command !== 'run' || services.missingSettings(provider).length > 0) return [];
  return provider.checkPlace?.(target, services.settings(provider)) ?? [];
}

function mediaBaseFor(services: Services, provider: Provider, request: Request): string {
  if (provider.mediaScheme === null) return '';
  if (request.command !== 'convert') return provider.mediaBase(services.settings(provider), request.dataset);
  const given = request.mediaBase?.[provider.mediaScheme];
  return given ?? `${provider.mediaScheme}://${PLACEHOLDER_BUCKET}`;
}

/** What lines name until `--media-base` says where the media will lie. */
export const PLACEHOLDER_BUCKET = 'your-bucket/media';

/** Targets whose lines name a placeholder: not about the data, and to be told before anything else. */
export function placeholderFindings(
  { command }: Pick<Request, 'command'>,
  { targets }: Pick<Resolved, 'targets'>,
): Finding[] {
  if (command !== 'convert') return [];
  return targets
    .filter(({ mediaBase }) => mediaBase.endsWith(`://${PLACEHOLDER_BUCKET}`))
    .map(({ name, mediaBase }) =>
      findingAt(
        {
          code: 'MEDIA_BASE_PLACEHOLDER',
          severity: 'info',
          message: `the lines name media under "${mediaBase}", which is a placeholder`,
          hint: `Give --media-base with the place you will upload ${name}/media to.`,
        },
        {},
        name,
      ),
    );
}

function isAllowed({ operator }: Services, provider: string, model: string): boolean {
  return (
    operator.targets === null ||
    operator.targets.includes(provider) ||
    operator.targets.includes(`${provider}:${model}`)
  );
}

/** Two targets of one provider are told apart by their models, unless the job spec names them. */
function nameTargets(targets: RunTarget[]): RunTarget[] {
  // Names are folders, and some file systems do not tell upper and lower case apart.
  const folded = targets.map(({ name }) => name.toLowerCase());
  const used = new Set<string>();
  return targets.map((target) => {
    const isShared = folded.filter((name) => name === target.name.toLowerCase()).length > 1;
    const base = isShared
      ? `${target.name}-${target.model}`.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 60)
      : target.name;
    let name = base;
    for (let count = 2; used.has(name.toLowerCase()); count += 1) name = `${base}-${count}`;
    used.add(name.toLowerCase());
    return { ...target, name };
  });
}

function unknownProvider(name: string, known: readonly string[]): Issue {
  return {
    code: 'TARGET_UNKNOWN',
    severity: 'error',
    message: `there is no provider "${excerpt(name)}"`,
    hint: `${didYouMean(name, known)} Known: ${known.join(', ')}.`.trim(),
  };
}

function unknownModel(provider: Provider, model: string, models: readonly ModelFacts[]): Issue {
  const known = models.map((facts) => facts.model);
  return {
    code: 'MODEL_UNKNOWN',
    severity: 'error',
    message: `${provider.capabilities.title} lists no tunable model "${excerpt(model)}"`,
    hint: `${didYouMean(model, known)} Tunable: ${known.join(', ')}. See finedrop targets.`.trim(),
  };
}

function notAllowed(provider: string, model: string): Issue {
  return {
    code: 'TARGET_NOT_ALLOWED',
    severity: 'error',
    message: `the operator does not allow the target "${provider}:${model}"`,
    hint: 'Choose another target, or ask whoever runs finedrop.',
  };
}
