#!/usr/bin/env node
import { didYouMean } from '../domain/nearest-name.ts';
import { VERSION } from '../domain/version.ts';
import { UsageError } from '../engines/usage-error.ts';
import { COMMANDS, type CommandName, isCommand, parseArguments } from './arguments.ts';
import { BROKEN } from './exit-code.ts';
import { helpText } from './help.ts';
import { plainText } from './plain-text.ts';

/** Each command's file loads when it is called: `--version` does not pay for the pipeline. */
const RUNNERS: Readonly<
  Record<CommandName, () => Promise<(words: ReturnType<typeof parseArguments>) => Promise<number>>>
> = {
  run: async () => (await import('./run.ts')).runCommand('run'),
  check: async () => (await import('./run.ts')).runCommand('check'),
  convert: async () => (await import('./run.ts')).runCommand('convert'),
  plan: async () => (await import('./run.ts')).planCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  approve: async () => (await import('./run.ts')).controlCommand('approve'),
  cancel: async () => (await import('./run.ts')).controlCommand('cancel'),
  retrain: async () => (await import('./retrain.ts')).retrainCommand,
  schedule: async () => (await import('./retrain.ts')).scheduleCommand,
  models: async () => (await import('./models.ts')).modelsCommand,
  promote: async () => (await import('./models.ts')).promoteCommand,
  rollback: async () => (await import('./models.ts')).rollbackCommand,
  lineage: async () => (await import('./lineage.ts')).lineageCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  targets: async () => (await import('./targets.ts')).targetsCommand,
  simulators: async () => (await import('./simulators.ts')).simulatorsCommand,
  invoke: async () => (await import('./invoke.ts')).invokeCommand,
};

process.exitCode = await main(process.argv.slice(2));

async function main([word, ...words]: readonly string[]): Promise<number> {
  try {
    if (word === undefined || word === '--help' || word === '-h' || word === 'help') return print(helpText(null));
    if (word === '--version' || word === '-v') return print(`${VERSION}\n`);
    if (!isCommand(word))
      throw new UsageError(
        `there is no command "${word}".${didYouMean(word, Object.keys(COMMANDS))} See finedrop --help.`,
      );
    if (words.includes('--help') || words.includes('-h')) return print(helpText(word));
    const run = await RUNNERS[word]();
    return await run(parseArguments(word, words));
  } catch (error) {
    return tellError(error, words.includes('--debug'));
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** A user's mistake is a sentence; so is a broken machine, unless its stack is asked for. */
function tellError(error: unknown, debug: boolean): number {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`finedrop: ${plainText(message)}\n`);
  if (debug && error instanceof Error && error.stack !== undefined) process.stderr.write(`${plainText(error.stack)}\n`);
  return BROKEN;
}
