import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Killed, and not yet collected by its parent: such an entry may stay for as long as the parent lives. */
const DEAD_STATES = /^[ZXx]/;

/** When a process started, as the system tells it: a number that is used again belongs to another process. null = gone. */
export function processStart(pid: number): string | null {
  return process.platform === 'linux' ? startByProc(pid) : startByPs(pid);
}

/** Fields 3 (state) and 22 (start) of /proc/<pid>/stat, behind the command's name, which may hold spaces and brackets itself. */
function startByProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return DEAD_STATES.test(fields[0] ?? '') ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function startByPs(pid: number): string | null {
  try {
    const line = execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      // The date must read the same for every process that asks, whatever its user's language is.
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || DEAD_STATES.test(line) ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}
