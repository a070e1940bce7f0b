import { type Check, checkEnd, checked } from '../domain/check.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { parseTargetWord } from '../pipeline/job-spec.ts';
import type { Provider } from '../providers/provider.ts';
import { loadProvider, PROVIDER_NAMES } from '../providers/registry.ts';
import { UsageError } from './usage-error.ts';

interface Asked {
  /** `provider` or `provider:model`; none = every provider. */
  targets: readonly string[];
  live: boolean;
  environment: Readonly<Record<string, string | undefined>>;
  now: Date;
}

/** Which providers' settings are set, by name; with `live`, what each that is set up answers. Throws {@link UsageError} for a target that is none. */
export async function* checkProviders(asked: Asked): AsyncGenerator<Check> {
  const wanted = modelsByProvider(asked.targets);
  let examined = 0;
  for (const [name, models] of wanted) {
    const loaded = await load(name, asked);
    if ('failed' in loaded) {
      yield loaded.failed;
      continue;
    }
    const missing = loaded.provider.missingSettings(asked.environment);
    yield checkSettings(loaded.provider, { ...asked, missing });
    if (!asked.live || missing.length > 0) continue;
    examined += 1;
    yield* examine(loaded.provider, models, asked);
  }
  if (asked.live && examined === 0 && asked.targets.length === 0) {
    yield checked('live', 'failed', [
      'no provider is set up',
      'Set what one of them needs, as above; docs/live.md tells where it comes from.',
    ]);
  }
}

/** In the registry's order; a provider without a model stands for its default one. */
function modelsByProvider(targets: readonly string[]): [provider: string, models: string[]][] {
  const wanted = new Map<string, string[]>();
  for (const target of targets) {
    const { provider, model = '' } = parseTargetWord(target);
    if (!PROVIDER_NAMES.includes(provider)) {
      const known = PROVIDER_NAMES.join(', ');
      throw new UsageError(
        `--target: there is no provider "${provider}".${didYouMean(provider, PROVIDER_NAMES)} Known here: ${known}.`,
      );
    }
    wanted.set(provider, [...(wanted.get(provider) ?? []), ...(model === '' ? [] : [model])]);
  }
  const names = targets.length === 0 ? PROVIDER_NAMES : PROVIDER_NAMES.filter((name) => wanted.has(name));
  return names.map((name) => [name, [...new Set(wanted.get(name))]]);
}

/** A setting that no provider can be made of, such as an unknown OPENAI_PROFILE, is a check. */
async function load(name: string, { environment }: Asked): Promise<{ provider: Provider } | { failed: Check }> {
  try {
    const provider = await loadProvider(name, environment);
    if (provider === null) throw new Error(`there is no provider "${name}"`);
    return { provider };
  } catch (error) {
    return {
      failed: checked(`${name} settings`, 'failed', [
        messageOf(error),
        'Put the setting right; docs/live.md lists them all.',
      ]),
    };
  }
}

/** Error messages begin with their scope, which a check's name is already. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^\[[\w-]+\] /, '').slice(0, 300);
}

type Settled = Asked & { missing: readonly string[] };

function checkSettings(provider: Provider, { environment, missing, targets, live }: Settled): Check {
  const name = `${provider.name} settings`;
  const given = settingsGiven(provider, environment);
  const fix = `Set ${missing.join(', ')} in the environment (docs/live.md tells where from).`;
  if (missing.length === 0) return checked(name, 'ok', [`set: ${given.join(', ')}`]);
  const isMeant = targets.length > 0;
  if (given.length === 0 && !isMeant) return checked(name, 'skipped', ['not set up', fix]);
  const told = given.length === 0 ? 'nothing is set' : `set: ${given.join(', ')}; missing: ${missing.join(', ')}`;
  return checked(name, isMeant && live ? 'failed' : 'warning', [told, fix]);
}

/** The names that are set and that the provider reads; their values are nobody's business. */
function settingsGiven(provider: Provider, environment: Asked['environment']): string[] {
  return Object.keys(environment)
    .filter((name) => Object.keys(provider.readSettings({ [name]: environment[name] })).length > 0)
    .sort();
}

async function* examine(provider: Provider, models: readonly string[], asked: Asked): AsyncGenerator<Check> {
  const chosen = models.length > 0 ? models : defaultModels(provider);
  yield* checkModels(provider, chosen, asked);
  const settings = { simulated: false, values: provider.readSettings(asked.environment) };
  try {
    yield* provider.examine(settings, { models: chosen, now: asked.now });
  } catch (error) {
    yield checked(provider.name, 'failed', [
      `nothing more could be asked: ${messageOf(error)}`,
      'Put that right, and look again.',
    ]);
  }
}

function defaultModels({ capabilities: { models } }: Provider): string[] {
  const model = models.find(({ isDefault }) => isDefault === true) ?? models[0];
  return model === undefined ? [] : [model.model];
}

/** What is known of the models without asking anybody: that they can be tuned, and until when. */
function* checkModels({ name, capabilities }: Provider, chosen: readonly string[], { now }: Asked): Generator<Check> {
  const known = capabilities.models.map(({ model }) => model);
  for (const model of chosen) {
    const facts = capabilities.models.find((one) => one.model === model);
    const what = `${name} end of ${model}`;
    if (facts === undefined) {
      const fix = `finedrop targets lists those that are.${didYouMean(model, known)}`;
      yield checked(what, 'failed', [`"${model}" is not known to be tuned by ${capabilities.title}`, fix]);
      continue;
    }
    const { endsOn } = facts;
    const ending = endsOn === null ? null : checkEnd(what, endsOn.value, { what: `${model} takes no new jobs`, now });
    if (ending !== null) yield ending;
  }
}
