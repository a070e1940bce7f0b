import { COMMANDS, type CommandName } from './arguments.ts';

const INTRODUCTION = `finedrop: drop a multimodal dataset, get checked training files and fine-tuning jobs

usage: finedrop <command> [options]
`;

const ENDING = `
Exit codes: 0 done; 1 usage or a broken machine; 2 data refused, missing or superseded; 3 held; 4 a provider's job failed.
finedrop <command> --help tells a command's options. Without --live all providers are simulated and nothing is paid; approve, retrain and schedule go on as the run was asked for.
`;

/** The overview, or one command's options. */
export function helpText(command: CommandName | null): string {
  return command === null ? overview() : commandHelp(command);
}

function overview(): string {
  const commands = Object.values(COMMANDS);
  const width = Math.max(...commands.map(({ usage }) => usage.length)) + 2;
  const lines = commands.map(({ usage, what }) => `  ${usage.padEnd(width)}${what}`);
  return `${INTRODUCTION}\n${lines.join('\n')}\n  finedrop --help, --version\n${ENDING}`;
}

function commandHelp(name: CommandName): string {
  const { usage, what, options } = COMMANDS[name];
  const lines = Object.entries<{ value?: string; what: string }>(options).map(([option, { value, what: meaning }]) => {
    const written = value === undefined ? `--${option}` : `--${option} ${value}`;
    return `  ${written.padEnd(28)}${meaning}`;
  });
  return `${usage} [options]\n\n${what}\n\n${lines.join('\n')}\n`;
}
