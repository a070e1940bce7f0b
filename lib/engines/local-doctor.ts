import { type Check, checked } from '../domain/check.ts';
import { VERSION } from '../domain/version.ts';
import { checkMachine } from './local-doctor-machine.ts';
import { checkObjectBuckets } from './local-doctor-objects.ts';
import { checkProviders } from './local-doctor-providers.ts';
import { quietSdk } from './local-environment.ts';

export interface DoctorOptions {
  /** Where results go: a folder, or `results` as `s3://bucket/prefix`. */
  out: string;
  results?: string;
  /** Asks the real providers, too. */
  live?: boolean;
  /** `provider` or `provider:model`; none = every provider that is set up. */
  targets?: readonly string[];
  /** The environment whose settings are looked at; the process's own, unless a test says otherwise. */
  environment?: Readonly<Record<string, string | undefined>>;
  now?: Date;
}

/** Looks at what a run on this machine needs, one check at a time. It spends nothing and leaves nothing behind; what is wrong is a check, not an error. */
export async function* examineRun(options: DoctorOptions): AsyncGenerator<Check> {
  quietSdk();
  yield checked('finedrop', 'ok', [`version ${VERSION}`]);
  yield* checkMachine(options);
  if (options.live === true) yield* checkObjectBuckets();
  yield* checkProviders({
    targets: options.targets ?? [],
    live: options.live === true,
    environment: options.environment ?? process.env,
    now: options.now ?? new Date(),
  });
}
