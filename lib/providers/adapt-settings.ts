import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import type { Target } from '../domain/target.ts';

export interface AdaptSettings {
  /** As people write the provider. */
  title: string;
  /** Images of one example: no more frames or pages can be of use. */
  maxImages: number;
  /** Whether `pdfPages` means anything: a target that takes PDF as it is needs no pages. */
  drawsPages: boolean;
  /** The provider's own options: what to write instead, or null for a value that is one. */
  own?: Readonly<Record<string, (value: unknown) => string | null>>;
}

/** What is wrong with a target's conversion options; values that the job spec's schema judges are known to be sound. */
export function checkAdaptSettings({ adapt }: Pick<Target, 'adapt'>, settings: AdaptSettings): Issue[] {
  const { title, maxImages, drawsPages, own = {} } = settings;
  const count = (value: unknown) =>
    typeof value === 'number' && value <= maxImages
      ? null
      : `Write a number from 1 to ${maxImages}: ${title} takes no more images in one example.`;
  const sound = () => null;
  const shared = {
    level: sound,
    frames: count,
    maxSide: sound,
    metadata: sound,
    ...(drawsPages ? { pdfPages: count } : {}),
  };
  const known: Readonly<Record<string, (value: unknown) => string | null>> = { ...shared, ...own };
  return Object.entries(adapt).flatMap(([name, value]) => {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) return [unknownOption(name, title, Object.keys(known))];
    const expected = check(value);
    return expected === null ? [] : [badValue(name, title, expected)];
  });
}

function unknownOption(name: string, title: string, known: readonly string[]): Issue {
  return {
    code: 'ADAPT_OPTION_UNKNOWN',
    severity: 'error',
    message: `"${excerpt(name)}" is no conversion option of the ${title} target`,
    hint: `${didYouMean(name, known)} Known are ${known.join(', ')}.`.trim(),
  };
}

function badValue(name: string, title: string, expected: string): Issue {
  return {
    code: 'ADAPT_OPTION_VALUE',
    severity: 'error',
    message: `adapt.${name} has a value that the ${title} target does not know`,
    hint: expected,
  };
}
