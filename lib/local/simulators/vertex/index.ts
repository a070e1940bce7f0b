import type { IncomingMessage } from 'node:http';
import { type Answer, type Handler, type Route, routeHandler, type SimulatorContext } from '../http.ts';
import { openJobs } from './documents.ts';
import { cancelJob, createJob, getJob, listJobs, type VertexState } from './jobs.ts';
import { openOutcomes } from './outcomes.ts';
import { refuse } from './refusal.ts';
import type { ApiVersion } from './view.ts';

/** Vertex AI's tuning jobs, v1 and v1beta1; `context.objects` are the Cloud Storage buckets that jobs read. */
export function vertexSimulator(context: SimulatorContext): Handler {
  const jobs = openJobs(context.stateDir);
  const { objects, clock } = context;
  const state: VertexState = { jobs, objects, clock, settle: openOutcomes(jobs, objects) };
  const routes = [...tuningRoutes('v1', state), ...tuningRoutes('v1beta1', state)];
  return routeHandler({ provider: 'vertex', routes, faults: context.faults, authorize, refuse });
}

function tuningRoutes(version: ApiVersion, state: VertexState): Route[] {
  const path = `/${version}/projects/{project}/locations/{location}/tuningJobs`;
  return [
    { operation: 'tuningJobs.create', method: 'POST', path, answer: (call) => createJob(state, call, version) },
    { operation: 'tuningJobs.list', method: 'GET', path, answer: (call) => listJobs(state, call, version) },
    {
      operation: 'tuningJobs.get',
      method: 'GET',
      path: `${path}/{job}`,
      answer: (call) => getJob(state, call, version),
    },
    { operation: 'tuningJobs.cancel', method: 'POST', path: `${path}/{job}`, answer: (call) => cancelJob(state, call) },
  ];
}

function authorize({ headers }: IncomingMessage): Answer | null {
  if (/^Bearer \S+$/.test(headers.authorization ?? '')) return null;
  const message =
    'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential.';
  return refuse(401, message);
}
