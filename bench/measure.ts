import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** One finished child process. */
export interface Measured {
  seconds: number;
  /** The largest resident memory that was seen, in bytes; null where the system does not tell. */
  peakBytes: number | null;
  /** Processor time of all its threads; steadier than `seconds` where others use the machine. Null as above. */
  cpuSeconds: number | null;
  stdout: string;
}

const POLL_MS = 25;
/** USER_HZ, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Runs a program to its end with clock and memory; anything but exit code 0 is an error that quotes what it said. */
export async function measure(command: string, words: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr = (output.stderr + text).slice(-2000);
  });
  const usage: Usage = { peakBytes: null, cpuSeconds: null };
  const poll = setInterval(() => {
    void look(child.pid, usage);
  }, POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0)
      throw new Error(`${command} ${words.join(' ')} ended with ${code}:\n${output.stderr}${output.stdout}`);
    return { seconds, ...usage, stdout: output.stdout };
  } finally {
    clearInterval(poll);
  }
}

type Usage = Pick<Measured, 'peakBytes' | 'cpuSeconds'>;

/** Linux counts in /proc itself, so that a look now and then misses nothing but the last moment; other systems tell nothing. */
async function look(pid: number | undefined, usage: Usage): Promise<void> {
  const [status, stat] = await Promise.all(
    ['status', 'stat'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  if (kibibytes !== undefined) usage.peakBytes = Math.max(Number(kibibytes) * 1024, usage.peakBytes ?? 0);
  // Behind the name in brackets: user and system time are fields 14 and 15 of the whole.
  const fields = /\) (.+)$/m.exec(stat ?? '')?.[1]?.split(' ') ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (ticks > 0) usage.cpuSeconds = Math.max(ticks / TICKS_PER_SECOND, usage.cpuSeconds ?? 0);
}
