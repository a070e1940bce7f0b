import type { IncomingMessage } from 'node:http';
import { type Answer, type Call, type Handler, type Route, routeHandler, type SimulatorContext } from '../http.ts';
import { ok, type RefusalDetails, refusal } from './answers.ts';
import { fileRoutes } from './files.ts';
import { jobRoutes } from './jobs.ts';
import { SERVICE_NAMES, SERVICE_PATHS, SERVICES } from './rules.ts';
import { type OpenaiSimulator, openOpenaiSimulator } from './simulator.ts';
import { uploadRoutes } from './uploads.ts';

/**
 * Speaks OpenAI's files, uploads and fine-tuning API below `/v1`, by Azure's limits below `/openai/v1`, and for any model below
 * `/compatible/v1`, over the same files and jobs; any bearer token is a good one.
 */
export function openaiSimulator(context: SimulatorContext): Handler {
  const simulator = openOpenaiSimulator(context);
  const handlers = new Map(SERVICE_NAMES.map((service) => [service, serviceHandler({ ...simulator, service })]));
  return async (request, response, url) => {
    const [path, service] = SERVICE_PATHS.find(([prefix]) => url.pathname.startsWith(`${prefix}/`)) ?? ['', 'openai'];
    const inner = new URL(url);
    if (path !== '') inner.pathname = `/v1${url.pathname.slice(path.length)}`;
    await handlers.get(service)?.(request, response, inner);
  };
}

function serviceHandler(simulator: OpenaiSimulator): Handler {
  return routeHandler({
    provider: 'openai',
    faults: simulator.faults,
    authorize,
    refuse: (status, message, code) => refusal(status, message, code === undefined ? {} : namedRefusal(code)),
    routes: [...fileRoutes(simulator), ...uploadRoutes(simulator), ...jobRoutes(simulator), modelRoute(simulator)],
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
function modelRoute({ service }: OpenaiSimulator): Route {
  const { tunable } = SERVICES[service];
  return {
    operation: 'models.retrieve',
    method: 'GET',
    path: '/v1/models/{id}',
    answer: async (call: Call) => {
      const id = call.parameters.get('id') ?? '';
      if (tunable === null || tunable.includes(id)) {
        return ok({ id, object: 'model', created: 0, owned_by: 'system', shutdown_date: null });
      }
      return refusal(404, `The model '${id}' does not exist`, { param: 'model', code: 'model_not_found' });
    },
  };
}
