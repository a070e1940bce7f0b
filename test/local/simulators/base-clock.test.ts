import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSimulatedClock } from '../../../lib/local/simulators/clock.ts';
import { temporaryFolder } from './workbench.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe('openSimulatedClock', () => {
  it('begins at the real time and moves by what it is advanced', async () => {
    const clock = await openSimulatedClock(folder.path);
    const start = clock.now().getTime();
    expect(Math.abs(start - Date.now())).toBeLessThan(5_000);
    await clock.advance(3_600_000);
    expect(clock.now().getTime() - start).toBeGreaterThanOrEqual(3_600_000);
    expect(clock.now().getTime() - start).toBeLessThan(3_605_000);
  });

  it('goes on where an earlier process left it', async () => {
    const first = await openSimulatedClock(folder.path);
    await first.advance(86_400_000);
    const left = first.now().getTime();
    const second = await openSimulatedClock(folder.path);
    expect(second.now().getTime()).toBeGreaterThanOrEqual(left);
  });

  it('shows at once what another process advanced', async () => {
    const [one, other] = [await openSimulatedClock(folder.path), await openSimulatedClock(folder.path)];
    const before = other.now().getTime();
    await one.advance(60_000);
    expect(other.now().getTime() - before).toBeGreaterThanOrEqual(60_000);
  });

  it('loses no advance when many are made at once', async () => {
    const clocks = await Promise.all(Array.from({ length: 4 }, () => openSimulatedClock(folder.path)));
    const before = clocks[0]?.now().getTime() ?? 0;
    await Promise.all(Array.from({ length: 16 }, (_, index) => clocks[index % 4]?.advance(1_000_000)));
    const moved = (clocks[0]?.now().getTime() ?? 0) - before;
    expect(moved).toBeGreaterThanOrEqual(16_000_000);
    expect(moved).toBeLessThan(16_060_000);
  });

  it('does not run backwards when the machine clock was set back', async () => {
    const floor = Date.now() + 500_000_000;
    await writeFile(join(folder.path, 'clock.json'), JSON.stringify({ offset: 0, floor }));
    const clock = await openSimulatedClock(folder.path);
    expect(clock.now().getTime()).toBe(floor);
    await clock.advance(1000);
    expect(clock.now().getTime()).toBe(floor + 1000);
  });

  it('takes the lock of a process that died over', async () => {
    const clock = await openSimulatedClock(folder.path);
    await writeFile(join(folder.path, 'clock.json.lock'), '999999999');
    const before = clock.now().getTime();
    await clock.advance(5_000);
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(5_000);
  });

  it.each([-1, Number.NaN])('refuses to advance by %s', async (ms) => {
    const clock = await openSimulatedClock(folder.path);
    await expect(clock.advance(ms)).rejects.toThrow('only moves forward');
  });

  it('says which file is broken', async () => {
    await writeFile(join(folder.path, 'clock.json'), '{"offset":');
    await expect(openSimulatedClock(folder.path)).rejects.toThrow('clock.json');
  });
});
