import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import type { Target } from '../domain/target.ts';

export interface TagRules {
  /** As people write the provider. */
  title: string;
  /** Beside those that finedrop sets itself. */
  most: number;
  key: { form: RegExp; words: string };
  value: { form: RegExp; words: string };
}

/** By them finedrop finds its jobs again. */
const OWN = /^finedrop/i;

/** What is wrong with the tags that a target's job is to carry. */
export function checkTags({ tags = {} }: Pick<Target, 'tags'>, { title, most, key, value }: TagRules): Issue[] {
  const entries = Object.entries(tags);
  const surplus = entries.length > most ? [tagsTooMany(entries.length, most, title)] : [];
  const broken = entries.flatMap(([name, text]) => {
    if (OWN.test(name)) return [tagInvalid(`the tag "${excerpt(name)}" has a name that finedrop keeps for itself`)];
    if (!key.form.test(name))
      return [tagInvalid(`the tag "${excerpt(name)}" cannot be named so at ${title}`, `Write ${key.words}.`)];
    if (!value.form.test(text))
      return [tagInvalid(`the tag "${name}" cannot have this value at ${title}`, `Write ${value.words}.`)];
    return [];
  });
  return [...surplus, ...broken];
}

function tagInvalid(message: string, hint = 'Choose another name.'): Issue {
  return { code: 'TAG_INVALID', severity: 'error', message, hint };
}

function tagsTooMany(count: number, most: number, title: string): Issue {
  return {
    code: 'TAGS_TOO_MANY',
    severity: 'error',
    message: `there are ${count} tags; a job at ${title} takes ${most}`,
    hint: 'Leave some of them out.',
  };
}
