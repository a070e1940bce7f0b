import { shellJson, shellWord } from '../../domain/shell.ts';
import type { Usage } from '../../domain/training.ts';

/** A custom model's ARN, its Region and its id. */
const MODEL =
  /^arn:aws(?:-[a-z]{1,16}){0,3}:bedrock:([a-z0-9-]{1,32}):\d{12}:custom-model\/[A-Za-z0-9.:/-]{1,256}\/([a-z0-9]{12})$/;

const WAIT = 'Until it says Active; a deployment that waits for requests costs nothing, tokens are billed.';
const KEEPING = 'The model itself is billed by the month for as long as it is kept.';
const ORDER = 'The deployment goes first: Bedrock refuses to delete a model that is deployed (ConflictException).';
const ODD_NAME = 'Bedrock named the model by something that is no ARN of a custom model: it is not repeated here.';
const SAME_AS_TRAINED = 'Ask as the rows asked: the same system text, and images in the same turns.';
const SIMULATED = 'The job was simulated, and so are these requests: no such model exists at AWS.';

/** The requests that deploy a tuned model, ask it, and take it all away again, in the Region of its ARN. */
export function usage(tunedModel: string, { simulated }: { simulated: boolean }): Usage {
  const [arn, region, id] = MODEL.exec(tunedModel) ?? [];
  if (arn === undefined || region === undefined || id === undefined)
    return { steps: [], notes: [ODD_NAME, ...(simulated ? [SIMULATED] : [])], simulated };
  const inRegion = `--region ${shellWord(region)}`;
  const deployment = '--custom-model-deployment-identifier "$DEPLOYMENT"';
  const messages = [{ role: 'user', content: [{ text: 'Your prompt' }] }];
  const steps = [
    {
      title: 'Deploy the model, on demand',
      shell: `DEPLOYMENT=$(aws bedrock create-custom-model-deployment ${inRegion} \\\n  --model-deployment-name ${shellWord(`finedrop-${id}`)} \\\n  --model-arn ${shellWord(arn)} \\\n  --query customModelDeploymentArn --output text)`,
    },
    {
      title: 'Wait until it is Active',
      shell: `aws bedrock get-custom-model-deployment ${inRegion} ${deployment} --query status --output text`,
    },
    {
      title: 'Ask the model',
      shell: `aws bedrock-runtime converse ${inRegion} --model-id "$DEPLOYMENT" \\\n  --messages ${shellJson(messages)}`,
    },
    {
      title: 'Delete the deployment, then the model',
      shell: `aws bedrock delete-custom-model-deployment ${inRegion} ${deployment}\naws bedrock delete-custom-model ${inRegion} --model-identifier ${shellWord(arn)}`,
    },
  ];
  return { steps, notes: [...(simulated ? [SIMULATED] : []), WAIT, ORDER, KEEPING, SAME_AS_TRAINED], simulated };
}
