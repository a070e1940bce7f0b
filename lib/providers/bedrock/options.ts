import type { Issue } from '../../domain/finding.ts';
import type { Target } from '../../domain/target.ts';
import { checkAdaptSettings } from '../adapt-settings.ts';
import { MAX_IMAGES_PER_EXAMPLE } from './spec.ts';

/** The conversion options of a Bedrock target, from the job spec's `adapt`. */
export interface AdaptOptions {
  /** Reserved words are rewritten instead of excluding the row. */
  rewritesReserved: boolean;
  /** Rows with PDF are left out where the model would take them: a dataset holds them or images, not both. */
  refusesDocuments: boolean;
  /**
   * The 12-digit account of the bucket, for lines that other people’s jobs read. Left out by default: finedrop’s own bucket needs none,
   * and AWS’s validator takes lines without it.
   */
  bucketOwner: string | undefined;
}

const ACCOUNT = /^\d{12}$/;

/** Reads the options; what is not understood counts as absent, for `checkAdaptOptions` has told it. */
export function readAdaptOptions({ adapt }: Pick<Target, 'adapt'>): AdaptOptions {
  const owner = adapt['bucketOwner'];
  return {
    rewritesReserved: adapt['reservedWords'] === 'rewrite',
    refusesDocuments: adapt['documents'] === 'refuse',
    bucketOwner: typeof owner === 'string' && ACCOUNT.test(owner) ? owner : undefined,
  };
}

/** Bedrock's own options: what to write instead, or null for a value that is one. */
const OWN_OPTIONS: Readonly<Record<string, (value: unknown) => string | null>> = {
  reservedWords: oneOf('rewrite', 'refuse'),
  documents: oneOf('take', 'refuse'),
  bucketOwner: (value) =>
    typeof value === 'string' && ACCOUNT.test(value) ? null : 'Write the 12 digits of an AWS account, in quotes.',
};

function oneOf(one: string, other: string): (value: unknown) => string | null {
  return (value) => (value === one || value === other ? null : `Write "${one}" or "${other}".`);
}

/** What is wrong with a target's conversion options. */
export function checkAdaptOptions(target: Pick<Target, 'adapt'>): Issue[] {
  const shared = { title: 'Bedrock', maxImages: MAX_IMAGES_PER_EXAMPLE, drawsPages: true };
  return checkAdaptSettings(target, { ...shared, own: OWN_OPTIONS });
}
