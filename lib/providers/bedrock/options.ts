import type { Issue } from '../../domain/finding.ts';
import type { Target } from '../../domain/target.ts';
import { issues } from './codes.ts';

/** The conversion options of a Bedrock target, from the job spec's `adapt`. */
export interface AdaptOptions {
  /** Reserved words are rewritten instead of excluding the row. */
  rewritesReserved: boolean;
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
    bucketOwner: typeof owner === 'string' && ACCOUNT.test(owner) ? owner : undefined,
  };
}

/** What is wrong with a target's conversion options. */
export function checkAdaptOptions({ adapt }: Pick<Target, 'adapt'>): Issue[] {
  return Object.entries(adapt).flatMap(([name, value]) => {
    if (name === 'reservedWords') {
      return value === 'rewrite' || value === 'refuse' ? [] : [issues.adaptValue(name, 'Write "rewrite" or "refuse".')];
    }
    if (name !== 'bucketOwner') return [issues.adaptUnknown(name)];
    const isAccount = typeof value === 'string' && ACCOUNT.test(value);
    return isAccount ? [] : [issues.adaptValue(name, 'Write the 12 digits of an AWS account, in quotes.')];
  });
}
