import type { Provider } from './provider.ts';

/** What an operator has set, by the names of the environment. */
type Environment = Readonly<Record<string, string | undefined>>;

/** One line a provider; a folder loads when it is asked for. */
const PROVIDERS: Readonly<Record<string, (environment: Environment) => Promise<Provider>>> = {
  openai: async (environment) => (await import('./openai/index.ts')).openaiIn(environment),
  vertex: async () => (await import('./vertex/index.ts')).vertex,
  bedrock: async () => (await import('./bedrock/index.ts')).bedrock,
};

/** The names a target may have as provider, in the order in which reports show them. */
export const PROVIDER_NAMES: readonly string[] = Object.keys(PROVIDERS);

/** The provider of that name, or null. Some servers speak another's API: the environment tells which one it is. */
export async function loadProvider(name: string, environment: Environment = {}): Promise<Provider | null> {
  const load = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  return load === undefined ? null : load(environment);
}
