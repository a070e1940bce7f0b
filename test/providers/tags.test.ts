import { describe, expect, it } from 'vitest';
import { loadProvider } from '../../lib/providers/registry.ts';
import { targetOf } from '../factories.ts';

type Name = 'openai' | 'vertex' | 'bedrock';
const MODELS: Record<Name, string> = {
  openai: 'gpt-4o-2024-08-06',
  vertex: 'gemini-3.1-flash-lite',
  bedrock: 'amazon.nova-lite-v1:0:300k',
};

async function problems(provider: Name, tags: Readonly<Record<string, string>>) {
  const loaded = await loadProvider(provider);
  if (loaded === null) throw new Error('no provider');
  return loaded.checkTarget(targetOf({ provider, model: MODELS[provider], tags }));
}

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, 'a']));

describe('tags of a job', () => {
  it.each<[Name, string, Readonly<Record<string, string>>]>([
    ['openai', 'names and values as long as they may be', { ['é'.repeat(64)]: 'ü'.repeat(512) }],
    ['openai', 'as many as a job takes', many(14)],
    ['vertex', 'names and values as long as they may be', { ['a'.repeat(63)]: '0'.repeat(63) }],
    ['vertex', 'an empty value', { team: '' }],
    ['vertex', 'as many as a job takes', many(63)],
    ['bedrock', 'names and values as long as they may be', { ['A'.repeat(128)]: '@'.repeat(256) }],
    ['bedrock', 'as many as a job takes', many(198)],
  ])('%s takes %s', async (provider, _what, tags) => {
    expect(await problems(provider, tags)).toEqual([]);
  });

  it.each<[Name, string, Readonly<Record<string, string>>, string]>([
    ['openai', 'a name of 65 characters', { ['a'.repeat(65)]: '' }, 'TAG_INVALID'],
    ['openai', 'a value of 513', { team: 'a'.repeat(513) }, 'TAG_INVALID'],
    ['openai', 'one too many', many(15), 'TAGS_TOO_MANY'],
    ['vertex', 'a capital', { Team: 'birds' }, 'TAG_INVALID'],
    ['vertex', 'a name of 64 characters', { ['a'.repeat(64)]: '' }, 'TAG_INVALID'],
    ['vertex', 'a space in a value', { team: 'the birds' }, 'TAG_INVALID'],
    ['vertex', 'one too many', many(64), 'TAGS_TOO_MANY'],
    ['bedrock', 'letters that are not of ASCII', { team: 'Vögel' }, 'TAG_INVALID'],
    ['bedrock', "a name that is AWS's own", { 'AWS:team': 'birds' }, 'TAG_INVALID'],
    ['bedrock', 'one too many', many(199), 'TAGS_TOO_MANY'],
    ['openai', 'a name by which finedrop finds its jobs', { finedrop_key: 'mine' }, 'TAG_INVALID'],
  ])('%s does not take %s', async (provider, _what, tags, code) => {
    const issues = await problems(provider, tags);
    expect(issues.map((issue) => [issue.code, issue.severity])).toEqual([[code, 'error']]);
    expect(issues[0]?.hint).toMatch(/\w{3,}/);
  });
});
