import type { Capabilities } from '../providers/provider.ts';
import { loadProvider, PROVIDER_NAMES } from '../providers/registry.ts';

/** What every provider takes, in the registry's order. */
export async function listCapabilities(): Promise<Capabilities[]> {
  const providers = await Promise.all(PROVIDER_NAMES.map(loadProvider));
  return providers.flatMap((provider) => (provider === null ? [] : [provider.capabilities]));
}
