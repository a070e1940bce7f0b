import jsonata from 'jsonata';
import { type ExpressionUses, expressionUses } from './expression-uses.ts';
import { isJsonObject, type Json } from './json.ts';
import { PURE_FUNCTIONS, seededRandom, uuidFrom } from './step-functions-library.ts';

/** Deepest nesting that Step Functions evaluates (measured, floci-io/floci#2783: depth 100 passes, 101 does not). */
const DEEPEST = 100;
/** Longest sequence that Step Functions holds (measured, floci-io/floci#2783: [1..873782] passes, [1..873783] does not). */
const LONGEST_SEQUENCE = 873_782;
/** Longest text between the two that were measured (2^22 characters pass, 2^23 do not; same source). */
const LONGEST_TEXT = 6_990_256;
/** Evaluation steps; a runaway tail recursion ends after about a second. Step Functions does not publish its bound. */
const MOST_STEPS = 500_000;
/** JSONata takes hooks under global symbols; this one is called before each node is evaluated, the other after. */
const ENTRY_HOOK = Symbol.for('jsonata.__evaluate_entry');
const EXIT_HOOK = Symbol.for('jsonata.__evaluate_exit');

/** Chance and time for `$random`, `$uuid`, `$now` and `$millis`. */
export interface EvaluationSources {
  random(): number;
  now(): Date;
}

/** A compiled JSONata expression; `evaluate` gives undefined where JSONata gives nothing, and throws ExpressionFault. */
export interface Expression {
  source: string;
  uses: ExpressionUses;
  evaluate(bindings: Readonly<Record<string, Json>>, sources: EvaluationSources): Promise<Json | undefined>;
}

/** The expression failed; the message begins with JSONata's code where it has one. */
export class ExpressionFault extends Error {
  override readonly name = 'ExpressionFault';
}

/** Compiles once; throws an Error with JSONata's message when the source is no expression. */
export function compileExpression(source: string): Expression {
  const compiled = parse(source);
  for (const { name, signature, implementation } of PURE_FUNCTIONS)
    compiled.registerFunction(name, implementation, signature);
  limitSteps(compiled);
  return {
    source,
    uses: expressionUses(compiled.ast(), source),
    evaluate: async (bindings, sources) => {
      try {
        const result: unknown = await compiled.evaluate(undefined, { ...bindings, ...sourceFunctions(sources) });
        return result === undefined ? undefined : plain(result);
      } catch (error) {
        throw new ExpressionFault(faultText(error), { cause: error });
      }
    },
  };
}

function parse(source: string): jsonata.Expression {
  try {
    return jsonata(source, { stack: DEEPEST, sequence: LONGEST_SEQUENCE });
  } catch (error) {
    throw new Error(faultText(error), { cause: error });
  }
}

/** Counts steps for each evaluation apart, for one compiled expression may be evaluated by many children at once. */
function limitSteps(compiled: jsonata.Expression): void {
  const steps = new WeakMap<object, number>();
  const enter = (_node: unknown, _input: unknown, environment: { base: object }) => {
    const taken = (steps.get(environment.base) ?? 0) + 1;
    if (taken > MOST_STEPS)
      throw new Error(`the expression took more than ${MOST_STEPS} steps; is it a loop without end?`);
    steps.set(environment.base, taken);
  };
  const leave = (_node: unknown, _input: unknown, _environment: unknown, result: unknown) => {
    if (typeof result === 'string' && result.length > LONGEST_TEXT)
      throw new Error('the expression exceeds the memory limit.');
  };
  // The typings know names only, but JSONata's own debugger binds these symbols the same way.
  Reflect.apply(compiled.assign, compiled, [ENTRY_HOOK, enter]);
  Reflect.apply(compiled.assign, compiled, [EXIT_HOOK, leave]);
}

const formatMillis = jsonata('$fromMillis($millis, $picture, $timezone)');

function sourceFunctions(sources: EvaluationSources): Record<string, unknown> {
  const millis = sources.now().getTime();
  return {
    millis: () => millis,
    now: (picture?: unknown, timezone?: unknown) => formatMillis.evaluate(undefined, { millis, picture, timezone }),
    random: (seed?: unknown) => {
      if (seed === undefined) return sources.random();
      if (typeof seed !== 'number' || !Number.isFinite(seed)) throw new Error('$random takes a number as its seed.');
      return seededRandom(seed);
    },
    uuid: () => uuidFrom(sources.random),
  };
}

/** JSONata marks its sequences and makes objects without a prototype; what leaves is plain JSON. */
function plain(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(plain);
  if (isJsonObject(value) && !isFunctionValue(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
  }
  throw new Error(`the expression gives ${typeof value === 'number' ? value : 'a function'}, which JSON cannot hold.`);
}

function isFunctionValue(value: object): boolean {
  return '_jsonata_function' in value || '_jsonata_lambda' in value;
}

function faultText(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (!isJsonObject(error)) return String(error);
  const code = typeof error['code'] === 'string' ? `${error['code']}: ` : '';
  return `${code}${String(error['message'])}`;
}

/** JSONata's own functions and the six that Step Functions adds (JSONata 2.0.6; `eval` is not among them). */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set(
  (
    'abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl decodeUrlComponent distinct each ' +
    'encodeUrl encodeUrlComponent error exists filter floor formatBase formatInteger formatNumber fromMillis join keys length ' +
    'lookup lowercase map match max merge millis min not now number pad parseInteger power random reduce replace reverse ' +
    'round shuffle sift single sort split spread sqrt string substring substringAfter substringBefore sum toMillis trim type ' +
    'uppercase zip partition range hash uuid parse'
  ).split(' '),
);
