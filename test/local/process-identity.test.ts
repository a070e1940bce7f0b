import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { processStart } from '../../lib/local/process-identity.ts';

describe('processStart', () => {
  it('says the same of a living process each time', () => {
    expect(processStart(process.pid)).toMatch(/\S/);
    expect(processStart(process.pid)).toBe(processStart(process.pid));
  });

  it('knows no process by a number that nobody has', () => {
    expect(processStart(2 ** 22 + 1)).toBeNull();
  });

  it('says of a process that has ended that it is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const pid = child.pid ?? 0;
    expect(processStart(pid)).toMatch(/\S/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(processStart(pid)).toBeNull();
  });

  it('says so too while its parent has not collected it', async () => {
    // The shell's child ends at once; the shell becomes a sleep, which never collects it.
    const parent = spawn('sh', ['-c', 'sh -c "exit 0" & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(processStart(Number(line.toString()))).toBeNull();
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });
});
