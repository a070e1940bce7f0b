import { shellJson, shellWord } from '../../domain/shell.ts';
import type { Usage } from '../../domain/training.ts';
import type { ProviderSettings } from '../provider.ts';
import { baseURL, isAzure, isDatedAzure } from './settings.ts';

/** Names of models as OpenAI and servers that speak its API make them; anything else is handed to no shell. */
const MODEL = /^[\x21-\x7e]{1,512}$/;

const SAME_AS_TRAINED = 'Ask as the rows asked: the same system message, and images in the same turns.';
const SIMULATED = 'The job was simulated, and so is this request: no such model exists at OpenAI.';
const ODD_NAME = 'The server gave the model a name that is no plain text: it is not repeated here.';
const AZURE =
  'Azure OpenAI serves a tuned model from a deployment only: deploy it in the portal, then put the deployment’s name in the place of the model’s.';

/** The chat request to a tuned model, at the API that made it (at OpenAI itself where a simulator did). */
export function usage(tunedModel: string, { simulated, values }: ProviderSettings): Usage {
  if (!MODEL.test(tunedModel)) return { steps: [], notes: [ODD_NAME], simulated };
  const base = publicBase(simulated ? {} : values);
  const atAzure = !simulated && isAzure(values);
  const shell = [
    `curl -sS ${shellWord(simulated ? `${base}/chat/completions` : chatURL(base, tunedModel, values))}`,
    `-H ${atAzure ? '"api-key: $OPENAI_API_KEY"' : '"Authorization: Bearer $OPENAI_API_KEY"'}`,
    `-H 'Content-Type: application/json'`,
    `--data ${shellJson({ model: tunedModel, messages: [{ role: 'user', content: 'Your prompt' }] })}`,
  ].join(' \\\n  ');
  const notes = [...(simulated ? [SIMULATED] : []), SAME_AS_TRAINED, ...(atAzure ? [AZURE] : [])];
  return { steps: [{ title: 'Ask the model', shell }], notes, simulated };
}

/** Azure's API before `/openai/v1` names the deployment in the address. */
function chatURL(base: string, model: string, values: ProviderSettings['values']): string {
  if (!isDatedAzure(values)) return `${base}/chat/completions`;
  const version = encodeURIComponent(values['apiVersion'] ?? '');
  return `${base}/deployments/${encodeURIComponent(model)}/chat/completions?api-version=${version}`;
}

/** The default where no values are given; a password in the address is nobody's business. */
function publicBase(values: ProviderSettings['values']): string {
  const given = baseURL(values);
  const { origin, pathname } = new URL(URL.canParse(given) ? given : baseURL({}));
  return `${origin}${pathname}`.replace(/\/+$/, '');
}
