import type { Capabilities } from '../providers/facts.ts';
import { loadProvider, PROVIDER_NAMES } from '../providers/registry.ts';

/** What every provider takes, in the registry's order; after each, the other services that speak its API. */
export async function listCapabilities(): Promise<Capabilities[]> {
  const providers = await Promise.all(PROVIDER_NAMES.map((name) => loadProvider(name)));
  return providers.flatMap((provider) =>
    provider === null ? [] : [provider.capabilities, ...(provider.otherCapabilities ?? [])],
  );
}
