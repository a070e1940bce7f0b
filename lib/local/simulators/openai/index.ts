import type { IncomingMessage } from 'node:http';
import { type Answer, type Call, type Handler, type Route, routeHandler, type SimulatorContext } from '../http.ts';
import { ok, type RefusalDetails, refusal } from './answers.ts';
import { fileRoutes } from './files.ts';
import { jobRoutes } from './jobs.ts';
import { TUNABLE_MODELS } from './rules.ts';
import { openOpenaiSimulator } from './simulator.ts';
import { uploadRoutes } from './uploads.ts';

/** Speaks OpenAI's files, uploads and fine-tuning API below `/v1`; any bearer token is a good one. */
export function openaiSimulator(context: SimulatorContext): Handler {
  const simulator = openOpenaiSimulator(context);
  return routeHandler({
    provider: 'openai',
    faults: context.faults,
    authorize,
    refuse: (status, message, code) => refusal(status, message, code === undefined ? {} : namedRefusal(code)),
    routes: [...fileRoutes(simulator), ...uploadRoutes(simulator), ...jobRoutes(simulator), modelRoute()],
  });
}

/** A refusal by its code; only faults of the server itself have another type than a bad request, too many of them included. */
function namedRefusal(code: string): RefusalDetails {
  return { code, type: code === 'insufficient_quota' ? 'insufficient_quota' : 'invalid_request_error' };
}

function authorize(request: IncomingMessage): Answer | null {
  const given = request.headers.authorization ?? '';
  if (/^Bearer \S+$/.test(given)) return null;
  const message =
    given === ''
      ? "You didn't provide an API key. Provide it in an Authorization header: Authorization: Bearer YOUR_KEY."
      : 'Invalid Authorization header: expected "Bearer" and a key.';
  return refusal(401, message, { code: given === '' ? null : 'invalid_api_key' });
}

/** Clients look here for a base model's end before they pay for tuning it. */
function modelRoute(): Route {
  return {
    operation: 'models.retrieve',
    method: 'GET',
    path: '/v1/models/{id}',
    answer: async (call: Call) => {
      const id = call.parameters.get('id') ?? '';
      if (TUNABLE_MODELS.some((known) => known === id)) {
        return ok({ id, object: 'model', created: 0, owned_by: 'system', shutdown_date: null });
      }
      return refusal(404, `The model '${id}' does not exist`, { param: 'model', code: 'model_not_found' });
    },
  };
}
