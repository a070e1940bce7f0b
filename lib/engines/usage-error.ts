/** A user's mistake or a missing setting: one sentence on stderr and exit code 1, never a stack. */
export class UsageError extends Error {
  override name = 'UsageError';
}
