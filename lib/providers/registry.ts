import type { Provider } from './provider.ts';

/** One line a provider; a folder loads when it is asked for. */
const PROVIDERS: Readonly<Record<string, () => Promise<Provider>>> = {
  openai: async () => (await import('./openai/index.ts')).openai,
  vertex: async () => (await import('./vertex/index.ts')).vertex,
  bedrock: async () => (await import('./bedrock/index.ts')).bedrock,
};

/** The names a target may have as provider, in the order in which reports show them. */
export const PROVIDER_NAMES: readonly string[] = Object.keys(PROVIDERS);

/** The provider of that name, or null. */
export async function loadProvider(name: string): Promise<Provider | null> {
  const load = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  return load === undefined ? null : load();
}
