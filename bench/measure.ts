import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** One finished child process. */
export interface Measured {
  seconds: number;
  /** The largest resident memory that was seen, in bytes; null where the system does not tell. */
  peakBytes: number | null;
  stdout: string;
}

const POLL_MS = 25;

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
  let peakBytes: number | null = null;
  const poll = setInterval(() => {
    void readPeak(child.pid).then((bytes) => {
      if (bytes !== null) peakBytes = Math.max(bytes, peakBytes ?? 0);
    });
  }, POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0)
      throw new Error(`${command} ${words.join(' ')} ended with ${code}:\n${output.stderr}${output.stdout}`);
    return { seconds, peakBytes, stdout: output.stdout };
  } finally {
    clearInterval(poll);
  }
}

/** Linux keeps the high-water mark itself, so that a look now and then misses nothing but the last moment. */
async function readPeak(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
