import type { IncomingMessage } from 'node:http';
import { type Answer, type Handler, routeHandler, type SimulatorContext } from '../http.ts';
import { exception, exceptionOf } from './answers.ts';
import { foundationModelRoute } from './foundation-model.ts';
import { jobRoutes } from './jobs.ts';
import { openBedrockSimulator } from './simulator.ts';
import { tagRoutes } from './tags.ts';

/** Speaks Bedrock's model customization API; any well-formed signature (or bearer token) is a good one. */
export function bedrockSimulator(context: SimulatorContext): Handler {
  const simulator = openBedrockSimulator(context);
  return routeHandler({
    provider: 'bedrock',
    faults: context.faults,
    authorize,
    refuse: exceptionOf,
    routes: [...jobRoutes(simulator), ...tagRoutes(simulator), foundationModelRoute(simulator)],
  });
}

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=[^/,\s]+\/\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}$/;

function authorize(request: IncomingMessage): Answer | null {
  const given = request.headers.authorization ?? '';
  if (given === '') return exception('MissingAuthenticationTokenException', 'Missing Authentication Token');
  if (SIGNATURE.test(given) || /^Bearer \S+$/.test(given)) return null;
  return exception(
    'IncompleteSignatureException',
    'The Authorization header is no AWS Signature Version 4 for bedrock.',
  );
}
