import type { Provider, ProviderClient, ProviderSettings } from '../providers/provider.ts';
import { loadProvider } from '../providers/registry.ts';

export interface ProviderClients {
  open(provider: string, mediaBase: string): Promise<ProviderClient>;
  close(): Promise<void>;
}

/** One open client for each provider and staging place; opening one loads its SDK. */
export function providerClients(
  settingsOf: (provider: Provider) => Promise<ProviderSettings>,
  now: () => Date,
): ProviderClients {
  const clients = new Map<string, Promise<ProviderClient>>();
  const connect = async (name: string, mediaBase: string): Promise<ProviderClient> => {
    const provider = await loadProvider(name);
    if (provider === null) throw new Error(`[engine] there is no provider "${name}".`);
    return provider.connect(await settingsOf(provider), { mediaBase, now });
  };
  return {
    open: (name, mediaBase) => {
      const key = `${name}\n${mediaBase}`;
      const client = clients.get(key) ?? connect(name, mediaBase);
      clients.set(key, client);
      // A place that could not be opened is tried anew by the next call.
      client.catch(() => void clients.delete(key));
      return client;
    },
    close: async () => {
      for (const client of clients.values()) await client.then((open) => open.close()).catch(() => {});
    },
  };
}
