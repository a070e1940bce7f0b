import type { Answer } from '../http.ts';

/** One thing wrong with a request; `field` as Google names it, in snake case from the message on. */
export interface Violation {
  field: string;
  description: string;
}

/** Canonical names of google.rpc.Code by HTTP status (google/rpc/code.proto). */
const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** google.rpc.Status in Google's JSON; `name` where the HTTP status alone does not say which code it is. */
export function refuse(status: number, message: string, name = STATUS_NAMES.get(status) ?? 'UNKNOWN'): Answer {
  return { status, json: { error: { code: status, message, status: name } } };
}

/** 400 INVALID_ARGUMENT with every violation, listed in the message as the tuning service does. */
export function refuseFields(violations: readonly Violation[]): Answer {
  const listed = violations.map(
    ({ field, description }, index) => `${index + 1}.Field: ${field}; Message: ${description}`,
  );
  const message = `List of found errors:\t${listed.join('\t')}`;
  const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations }];
  return { status: 400, json: { error: { code: 400, message, status: 'INVALID_ARGUMENT', details } } };
}
