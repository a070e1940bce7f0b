/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Google's JSON parser for protobuf stops at 100 levels; what is around a record takes some of them. */
const MOST_LEVELS = 64;

/** The object that a text of JSON holds; null where it holds none, or one nested too deeply to be written again. */
export function parseRecord(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && hasFewLevels(value) ? value : null;
  } catch {
    return null;
  }
}

/** Level by level and not by recursion: a text of a hundred thousand brackets would end the process. */
function hasFewLevels(value: object): boolean {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MOST_LEVELS) return false;
    level = level.flatMap((one) => Object.values(one).filter(isContainer));
  }
  return true;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
