import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** When a process started, as the system tells it: a number that is used again belongs to another process. null = gone. */
export function processStart(pid: number): string | null {
  try {
    // Field 22 of /proc/<pid>/stat, behind the command's name, which may hold spaces and brackets itself.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return process.platform === 'linux' ? null : startByPs(pid);
  }
}

function startByPs(pid: number): string | null {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || null
    );
  } catch {
    return null;
  }
}
