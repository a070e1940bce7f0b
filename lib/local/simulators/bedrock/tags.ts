import { z } from 'zod';
import { type Answer, type Call, type Route, readJson } from '../http.ts';
import { exception, ok } from './answers.ts';
import type { TagSet } from './documents.ts';
import { refuseIssue, tagList } from './job-request.ts';
import type { BedrockSimulator } from './simulator.ts';

const BODY_LIMIT = 256 * 1024;
const MAXIMUM_TAGS = 200;

const listRequest = z.strictObject({ resourceARN: z.string().min(20).max(1011) });
const tagRequest = z.strictObject({ resourceARN: z.string().min(20).max(1011), tags: tagList });

/** ListTagsForResource and TagResource, for jobs and for the models they make. */
export function tagRoutes(simulator: BedrockSimulator): Route[] {
  return [
    {
      operation: 'ListTagsForResource',
      method: 'POST',
      path: '/listTagsForResource',
      answer: (call) => listTags(simulator, call),
    },
    { operation: 'TagResource', method: 'POST', path: '/tagResource', answer: (call) => addTags(simulator, call) },
  ];
}

async function listTags(simulator: BedrockSimulator, call: Call): Promise<Answer> {
  const parsed = listRequest.safeParse((await readJson(call.request, BODY_LIMIT))?.value);
  if (!parsed.success) return refuseIssue(parsed.error.issues[0]);
  return withTags(simulator, parsed.data.resourceARN, async ({ tags }) => ok({ tags }));
}

async function addTags(simulator: BedrockSimulator, call: Call): Promise<Answer> {
  const parsed = tagRequest.safeParse((await readJson(call.request, BODY_LIMIT))?.value);
  if (!parsed.success) return refuseIssue(parsed.error.issues[0]);
  const { resourceARN, tags: added } = parsed.data;
  return withTags(simulator, resourceARN, async ({ arn, tags }) => {
    const kept = tags.filter((tag) => !added.some(({ key }) => key === tag.key));
    const all = [...kept, ...added];
    if (all.length > MAXIMUM_TAGS) {
      return exception('TooManyTagsException', `A resource may have at most ${MAXIMUM_TAGS} tags.`);
    }
    await simulator.documents.tags.put(arn, { arn, tags: all });
    return ok({});
  });
}

async function withTags(
  simulator: BedrockSimulator,
  arn: string,
  answer: (found: TagSet) => Promise<Answer>,
): Promise<Answer> {
  const found = await simulator.documents.tags.get(arn);
  if (found !== null) return answer(found);
  return exception('ResourceNotFoundException', `The resource ${arn} could not be found.`);
}
