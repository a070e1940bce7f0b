import { randomBytes } from 'node:crypto';
import type { Answer } from '../http.ts';

/** What OpenAI's error envelope holds besides its message. */
export interface RefusalDetails {
  param?: string | null;
  code?: string | null;
  type?: string;
}

/** OpenAI's error envelope: `{error: {message, type, param, code}}`. */
export function refusal(status: number, message: string, details: RefusalDetails = {}): Answer {
  const type = details.type ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  const error = { message, type, param: details.param ?? null, code: details.code ?? codeOf(status) };
  return { status, headers: requestHeaders(), json: { error } };
}

export function ok(json: unknown): Answer {
  return { status: 200, headers: requestHeaders(), json };
}

/** The SDK shows this id in its errors. */
export function requestHeaders(): Record<string, string> {
  return { 'x-request-id': `req_${randomBytes(16).toString('hex')}` };
}

function codeOf(status: number): string | null {
  return status === 429 ? 'rate_limit_exceeded' : null;
}

/** One page of a list that is already in the answer's order. */
export interface Page<T> {
  data: T[];
  hasMore: boolean;
}

/** Cuts `items` by the `after` (an id) and `limit` parameters; a refusal where they are unusable. */
export function paginate<T extends { id: string }>(
  items: T[],
  parameters: URLSearchParams,
  limits: { standard: number; most: number },
): Page<T> | Answer {
  const limit = Number(parameters.get('limit') ?? limits.standard);
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.most) {
    return refusal(400, `Invalid 'limit': expected an integer from 1 to ${limits.most}.`, { param: 'limit' });
  }
  const after = parameters.get('after');
  const position = after === null ? -1 : items.findIndex((item) => item.id === after);
  if (after !== null && position === -1) return refusal(400, `No such object: ${after}`, { param: 'after' });
  const data = items.slice(position + 1, position + 1 + limit);
  return { data, hasMore: position + 1 + limit < items.length };
}
