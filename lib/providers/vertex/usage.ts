import { shellJson, shellWord } from '../../domain/shell.ts';
import type { Usage } from '../../domain/training.ts';

/** `projects/…/locations/…/endpoints/…`: where a tuned model answers, which is not always where it was tuned. */
const ENDPOINT = /^projects\/[\w:.-]{1,128}\/locations\/([a-z][a-z0-9-]{0,62})\/endpoints\/[\w-]{1,64}$/;

const NO_ENDPOINT =
  'Vertex AI named no endpoint for the model: deploy the model in its console, then ask the endpoint that it gives.';
const PERMISSION =
  'Whoever asks needs roles/aiplatform.user in the project; an API key of the Gemini API does not reach tuned models.';
const LOCATION =
  'The location is the endpoint’s own: asked at another one, even the one where the model was tuned, it is "not found".';
const THINKING =
  'Tuned models are asked to think as little as they can, which is what Google advises. Ask as the rows asked: the same system instruction and media resolution; response schemas are not for tuned models.';
const SIMULATED = 'The job was simulated, and so is this request: no such endpoint exists at Google.';

/** The request to a tuned model's endpoint, at the location that its name tells. */
export function usage(tunedModel: string, { model, simulated }: { model: string; simulated: boolean }): Usage {
  const [endpoint, location] = ENDPOINT.exec(tunedModel) ?? [];
  const told = simulated ? [SIMULATED] : [];
  if (endpoint === undefined || location === undefined) return { steps: [], notes: [NO_ENDPOINT, ...told], simulated };
  const body = {
    contents: [{ role: 'user', parts: [{ text: 'Your prompt' }] }],
    generationConfig: { thinkingConfig: leastThinking(model) },
  };
  const shell = [
    `curl -sS ${shellWord(`https://${hostOf(location)}/v1/${endpoint}:generateContent`)}`,
    `-H "Authorization: Bearer $(gcloud auth print-access-token)"`,
    `-H 'Content-Type: application/json'`,
    `--data ${shellJson(body)}`,
  ].join(' \\\n  ');
  return { steps: [{ title: 'Ask the model', shell }], notes: [...told, LOCATION, THINKING, PERMISSION], simulated };
}

/** Multi-regions have hosts of another form. */
function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  const isMultiRegion = location === 'us' || location === 'eu';
  return isMultiRegion ? `aiplatform.${location}.rep.googleapis.com` : `${location}-aiplatform.googleapis.com`;
}

/** Gemini 3 takes levels; 2.5 takes budgets, of which Pro knows none below 128. */
function leastThinking(model: string): { thinkingLevel: 'MINIMAL' } | { thinkingBudget: number } {
  if (!model.startsWith('gemini-2')) return { thinkingLevel: 'MINIMAL' };
  return { thinkingBudget: model.includes('-pro') ? 128 : 0 };
}
