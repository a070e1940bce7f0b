import { parseArgs } from 'node:util';
import { didYouMean } from '../domain/nearest-name.ts';
import { UsageError } from '../engines/usage-error.ts';

type Option = { type: 'string' | 'boolean'; multiple?: boolean; what: string; value?: string };

const SHARED: Readonly<Record<string, Option>> = {
  target: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    what: 'openai, vertex or bedrock, or provider:model; may be given several times',
  },
  spec: { type: 'string', value: 'FILE', what: "a job spec that replaces the drop's own" },
  out: { type: 'string', value: 'DIR', what: 'where the results go (finedrop-results)' },
  json: { type: 'boolean', what: 'print the report as JSON on stdout, and nothing else there' },
  'allow-host': {
    type: 'string',
    multiple: true,
    value: 'HOST[:PORT]',
    what: 'links may name this host although it is private or on another port',
  },
  'keep-work': { type: 'boolean', what: 'keep intermediate files under .finedrop/work' },
  debug: { type: 'boolean', what: 'tell every step and show stacks' },
};

/** For a run that stands in the results. */
const STANDING: Readonly<Record<string, Option>> = {
  out: { type: 'string', value: 'DIR', what: 'where the results are (finedrop-results)' },
  results: { type: 'string', value: 's3://…', what: 'the bucket with the results, a deployed one too' },
  json: SHARED['json'] as Option,
  debug: SHARED['debug'] as Option,
};

const ONE_TARGET: Option = { type: 'string', value: 'NAME', what: 'the target, where the dataset has several' };

/** For what is answered in its own shape. */
const ASKED: Readonly<Record<string, Option>> = {
  ...STANDING,
  json: { type: 'boolean', what: 'print the same as JSON on stdout, and nothing else there' },
};

/** The commands and what each takes; help and parsing come from this table. */
export const COMMANDS = {
  run: {
    usage: 'finedrop run <path>…',
    what: 'check a drop, write the training files, submit the jobs and follow them to their end',
    options: {
      ...SHARED,
      live: { type: 'boolean', what: 'submit to the real providers, with your credentials and your money' },
      again: { type: 'boolean', what: 'train, and pay, once more on the same data' },
      results: { type: 'string', value: 's3://…', what: 'write the results to this bucket' },
      faults: { type: 'string', value: 'FILE', what: 'make simulated providers misbehave (JSON)' },
    },
  },
  check: {
    usage: 'finedrop check <path>…',
    what: 'check every row and file; nothing is staged or submitted',
    options: SHARED,
  },
  convert: {
    usage: 'finedrop convert <path>…',
    what: "check, and write each target's training files for people who upload themselves",
    options: {
      ...SHARED,
      'media-base': {
        type: 'string',
        multiple: true,
        value: 'URI',
        what: 'where you will put the media: gs://bucket/prefix, s3://bucket/prefix',
      },
    },
  },
  plan: {
    usage: 'finedrop plan <path>…',
    what: 'check a drop, and show what training on it would cost at each target',
    options: SHARED,
  },
  explain: {
    usage: 'finedrop explain <path>…',
    what: 'show one row as read, its media and findings, and the line that each target would get',
    options: {
      row: {
        type: 'string',
        value: 'FILE:ROW',
        what: 'the row: train.csv:17, chats.jsonl:5, or book.xlsx/Sheet1:3 for a sheet',
      },
      target: SHARED['target'] as Option,
      spec: SHARED['spec'] as Option,
      out: {
        type: 'string',
        value: 'DIR',
        what: 'where results lie, which are no part of the drop (finedrop-results)',
      },
      json: { type: 'boolean', what: 'print the same as JSON on stdout, and nothing else there' },
      'allow-host': SHARED['allow-host'] as Option,
      debug: SHARED['debug'] as Option,
    },
  },
  approve: {
    usage: 'finedrop approve <dataset> [run]',
    what: 'carry out the plan that a held run waits with',
    options: STANDING,
  },
  cancel: {
    usage: 'finedrop cancel <dataset> [run]',
    what: 'end a run that is under way or held, and cancel its jobs',
    options: STANDING,
  },
  retrain: {
    usage: 'finedrop retrain <dataset>',
    what: 'train again on what the drop holds now, if anything is new',
    options: {
      ...STANDING,
      'dry-run': { type: 'boolean', what: 'only tell what would be done, and what it would cost' },
      json: {
        type: 'boolean',
        what: 'print {dataset, decision, reason, run} as JSON on stdout, and nothing else there',
      },
    },
  },
  schedule: {
    usage: 'finedrop schedule',
    what: 'train what is due by the job specs, and go on looking every 15 minutes',
    options: {
      ...STANDING,
      once: { type: 'boolean', what: 'look once, and end' },
      days: { type: 'string', value: 'N', what: 'simulated jobs: let so many days go by, each occasion at its time' },
      json: { type: 'boolean', what: 'print each decision as a line of JSON on stdout, and nothing else there' },
    },
  },
  models: {
    usage: 'finedrop models <dataset>',
    what: 'list every model of a dataset: data, cost, losses, and which is current',
    options: ASKED,
  },
  promote: {
    usage: 'finedrop promote <dataset> <run|model>',
    what: 'make a model the current one of its target; nothing is asked of a provider',
    options: { target: ONE_TARGET, ...ASKED },
  },
  rollback: {
    usage: 'finedrop rollback <dataset>',
    what: 'make the model current again that was so before the present one',
    options: { target: ONE_TARGET, ...ASKED },
  },
  lineage: {
    usage: 'finedrop lineage <model|hash>',
    what: 'show the rows and files that made a model, or the models that contain a row or file',
    options: ASKED,
  },
  doctor: {
    usage: 'finedrop doctor',
    what: 'check what a run needs, without spending: one line each, with what to do',
    options: {
      live: { type: 'boolean', what: 'ask the providers too: credentials, permissions, buckets, models' },
      target: SHARED['target'] as Option,
      out: SHARED['out'] as Option,
      results: { type: 'string', value: 's3://…', what: 'look at this bucket for results' },
      json: { type: 'boolean', what: 'print the checks as JSON on stdout, and nothing else there' },
      debug: { type: 'boolean', what: 'show stacks' },
    },
  },
  targets: {
    usage: 'finedrop targets',
    what: 'print models, limits and prices, with sources and dates',
    options: { json: SHARED['json'] as Option },
  },
  simulators: {
    usage: 'finedrop simulators',
    what: 'start the simulated providers alone and print their base URLs as one JSON line',
    options: {
      port: { type: 'string', value: 'N', what: 'the first of five ports (any free ones)' },
      state: { type: 'string', value: 'DIR', what: 'where their state lies (finedrop-results/.finedrop/simulators)' },
      faults: { type: 'string', value: 'FILE', what: 'make them misbehave (JSON)' },
    },
  },
  invoke: {
    usage: 'finedrop invoke <function>',
    what: 'call one function with an event, as Lambda would, and print its answer',
    options: {
      event: { type: 'string', value: 'FILE', what: 'the event as JSON; events/ holds one for each function' },
      inbox: { type: 'string', value: 'DIR', what: 'a folder whose sub-folders are drops (.)' },
      out: SHARED['out'] as Option,
      'allow-host': SHARED['allow-host'] as Option,
      debug: SHARED['debug'] as Option,
    },
  },
} as const satisfies Record<string, { usage: string; what: string; options: Readonly<Record<string, Option>> }>;

export type CommandName = keyof typeof COMMANDS;

export interface Arguments {
  paths: string[];
  flags: Readonly<Record<string, boolean | undefined>>;
  values: Readonly<Record<string, readonly string[] | undefined>>;
}

/** Whether a word names a command. */
export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** Parses the words behind a command; a mistake is one sentence that names the word. */
export function parseArguments(command: CommandName, words: readonly string[]): Arguments {
  const options: Readonly<Record<string, Option>> = COMMANDS[command].options;
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const parsed = {
    paths: [] as string[],
    flags: {} as Record<string, boolean>,
    values: {} as Record<string, string[]>,
  };
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.paths.push(token.value);
    if (token.kind !== 'option') continue;
    const option = knownOption(command, options, token);
    if (option.type === 'boolean') parsed.flags[token.name] = flagOf(token);
    else parsed.values[token.name] = [...(parsed.values[token.name] ?? []), optionValue(token, option)];
    const isRepeated =
      option.type === 'string' && option.multiple !== true && (parsed.values[token.name]?.length ?? 0) > 1;
    if (isRepeated) throw new UsageError(`${token.rawName} was given twice.`);
  }
  return parsed;
}

function knownOption(command: CommandName, options: Readonly<Record<string, Option>>, token: OptionToken): Option {
  const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
  if (option !== undefined) return option;
  const hint = didYouMean(token.name, Object.keys(options));
  throw new UsageError(`${command} has no option "${token.rawName}".${hint} See finedrop ${command} --help.`);
}

interface OptionToken {
  name: string;
  rawName: string;
  value: string | undefined;
  inlineValue: boolean | undefined;
}

function flagOf({ rawName, value }: OptionToken): true {
  if (value !== undefined) throw new UsageError(`${rawName} takes no value.`);
  return true;
}

function optionValue({ rawName, value, inlineValue }: OptionToken, option: Option): string {
  const isNextOption = inlineValue !== true && value?.startsWith('--') === true;
  if (value === undefined || isNextOption)
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}.`);
  return value;
}
