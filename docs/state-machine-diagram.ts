import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** As much of a state as a picture shows. */
interface State {
  Type: string;
  Next?: string | undefined;
  Default?: string | undefined;
  Choices?: { Condition: string; Next: string }[] | undefined;
  Catch?: { Next: string }[] | undefined;
  ItemProcessor?: Chain | undefined;
}
interface Chain {
  StartAt: string;
  States: Record<string, State>;
}

const stateSchema: z.ZodType<State> = z.object({
  Type: z.string(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(z.object({ Condition: z.string(), Next: z.string() })).optional(),
  Catch: z.array(z.object({ Next: z.string() })).optional(),
  get ItemProcessor() {
    return chainSchema.optional();
  },
});
const chainSchema: z.ZodType<Chain> = z.object({
  StartAt: z.string(),
  get States() {
    return z.record(z.string(), stateSchema);
  },
});

const MACHINE = new URL('../functions/pipeline.asl.json', import.meta.url);
const PAGE = new URL('./architecture.md', import.meta.url);
const BEGIN = '<!-- The state machine: drawn from functions/pipeline.asl.json by npm run docs. -->';
const END = '<!-- The end of the state machine. -->';

/** docs/architecture.md with the machine's picture as functions/pipeline.asl.json has it now. */
export async function architecturePage(): Promise<string> {
  const page = await readFile(PAGE, 'utf8');
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from === -1 || to < from) throw new Error(`docs/architecture.md lost its marks: ${BEGIN} … ${END}`);
  const machine = chainSchema.parse(JSON.parse(await readFile(MACHINE, 'utf8')));
  const diagram = ['```mermaid', 'flowchart TD', ...drawChain(machine, '  '), '```'].join('\n');
  return `${page.slice(0, from)}${BEGIN}\n${diagram}\n${page.slice(to)}`;
}

function drawChain({ States: states }: Chain, indent: string): string[] {
  return Object.entries(states).flatMap(([name, state]) => drawState(name, state, indent));
}

/** A map is a box around what it does with each item; a dotted line is what follows a failure. */
function drawState(name: string, state: State, indent: string): string[] {
  const inner = state.ItemProcessor;
  const box =
    inner === undefined
      ? [`${indent}${shapeOf(name, state.Type)}`]
      : [`${indent}subgraph ${name}`, ...drawChain(inner, `${indent}  `), `${indent}end`];
  const choices = (state.Choices ?? []).map(
    ({ Condition, Next }) => `${indent}${name} -- "${conditionOf(Condition)}" --> ${Next}`,
  );
  const otherwise = state.Default === undefined ? [] : [`${indent}${name} -- otherwise --> ${state.Default}`];
  const next = state.Next === undefined ? [] : [`${indent}${name} --> ${state.Next}`];
  const failures = [...new Set((state.Catch ?? []).map(({ Next }) => `${indent}${name} -.-> ${Next}`))];
  return [...box, ...choices, ...otherwise, ...next, ...failures];
}

function shapeOf(name: string, type: string): string {
  if (type === 'Choice') return `${name}{${name}}`;
  if (type === 'Wait') return `${name}([${name}])`;
  return type === 'Succeed' ? `${name}((${name}))` : `${name}[${name}]`;
}

function conditionOf(expression: string): string {
  return expression
    .replace(/^\{%\s*|\s*%\}$/g, '')
    .replaceAll('$states.input.', '')
    .replaceAll('"', "'");
}
