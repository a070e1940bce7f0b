import type { Provider } from '../providers/provider.ts';
import type { AwsSettings, Environment } from './aws-settings.ts';

/** Secret's name in the environment -> the setting that its value is. */
const SECRETS = {
  OPENAI_API_KEY_SECRET: 'OPENAI_API_KEY',
  GOOGLE_CREDENTIALS_SECRET: 'GOOGLE_APPLICATION_CREDENTIALS',
} as const;

/** Stands for a value that nobody has read yet. */
const UNREAD = 'secret:';

/** The environment with a mark where a secret's value belongs: enough to tell what is missing, and nothing that must be hidden. */
export function unreadSecrets({ environment, ...settings }: AwsSettings): Environment {
  const { GOOGLE_CREDENTIALS_CONFIG: config } = settings;
  const named = Object.entries(SECRETS).flatMap(([key, setting]) => {
    const name = settings[key as keyof typeof SECRETS];
    return name === undefined ? [] : [[setting, `${UNREAD}${name}`]];
  });
  return {
    ...environment,
    ...(config === undefined ? {} : { GOOGLE_APPLICATION_CREDENTIALS: config }),
    ...Object.fromEntries(named),
  };
}

/** A provider's settings with its own secrets' values and nobody else's; they are read anew for each call, since they may be rotated. */
export async function readProviderSecrets(
  settings: AwsSettings,
  provider: Provider,
): Promise<Readonly<Record<string, string>>> {
  const values = Object.entries(provider.readSettings(unreadSecrets(settings)));
  const read = values.map(async ([name, value]): Promise<[string, string]> => {
    return [name, value.startsWith(UNREAD) ? await readSecret(value.slice(UNREAD.length)) : value];
  });
  return Object.fromEntries(await Promise.all(read));
}

async function readSecret(name: string): Promise<string> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({});
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    const value = SecretString?.trim() ?? '';
    if (value === '')
      throw new Error(`[aws] the secret "${name}" is empty. Put its value into Secrets Manager as text.`);
    return value;
  } finally {
    client.destroy();
  }
}
