import type { Route } from '../http.ts';
import { exception, ok } from './answers.ts';
import { MODELS } from './rules.ts';
import type { BedrockSimulator } from './simulator.ts';

/** GetFoundationModel: each model of the rules is active and can be tuned, and there are no others. */
export function foundationModelRoute({ region }: BedrockSimulator): Route {
  return {
    operation: 'GetFoundationModel',
    method: 'GET',
    path: '/foundation-models/{id}',
    answer: async ({ parameters }) => {
      const modelId = parameters.get('id') ?? '';
      const rules = MODELS.get(modelId);
      if (rules === undefined) {
        return exception('ValidationException', 'The provided model identifier is invalid.');
      }
      const media = [rules.images.length > 0 ? 'IMAGE' : [], rules.videos.length > 0 ? 'VIDEO' : []].flat();
      return ok({
        modelDetails: {
          modelArn: `arn:aws:bedrock:${region}::foundation-model/${modelId}`,
          modelId,
          providerName: 'Amazon',
          inputModalities: ['TEXT', ...media],
          outputModalities: ['TEXT'],
          responseStreamingSupported: true,
          customizationsSupported: ['FINE_TUNING'],
          inferenceTypesSupported: ['PROVISIONED'],
          modelLifecycle: { status: 'ACTIVE' },
        },
      });
    },
  };
}
