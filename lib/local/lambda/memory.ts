import { readFile } from 'node:fs/promises';

const LOOK_MS = 50;

export interface MemoryWatch {
  /** The most resident memory that the process ever had, in bytes; 0 where the system does not tell. */
  peak(): number;
  /** Looks once more: what lies between two looks is counted by the system itself. */
  look(): Promise<void>;
  stop(): void;
}

/** Watches a process on Linux, and says once when it held more than `limit` bytes. Elsewhere no limit is kept. */
export function watchMemory(pid: number, limit: number, onExceeded: () => void): MemoryWatch {
  const state = { peak: 0, isOver: false };
  const look = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    state.peak = Math.max(state.peak, Number(kibibytes ?? 0) * 1024);
    if (state.peak <= limit || state.isOver) return;
    state.isOver = true;
    onExceeded();
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return { peak: () => state.peak, look, stop: () => clearInterval(timer) };
}
