import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeZip } from '../../lib/formats/zip-write.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { picture } from './media.ts';
import { findingsOf, statusOf } from './results.ts';
import { finedrop, runSound } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const table = csv([
  HEADER,
  ['Which owl?', 'This one.', 'owl.png'],
  ['And both?', 'Two.', 'owl.png,ship.png'],
  ...plainRows(9),
]);
const archive = async () =>
  writeZip([
    { name: 'owl.png', bytes: await picture('png', 1) },
    { name: 'ship.png', bytes: await picture('png', 2) },
  ]);

const run = (drop: string, out: string, more: object = {}) =>
  runSound({ command: 'run', paths: [drop], out, targets: ['openai'], ...more });

describe('a drop that has not arrived whole', () => {
  it('waits for the files that its rows name, and completes when they are there', async () => {
    const drop = await workspace.drop('museum', { 'train.csv': table });
    const out = await workspace.folder('out');
    const waiting = await run(drop, out);
    expect({ exit: waiting.exit, status: waiting.report.status, missing: waiting.report.missing }).toEqual({
      exit: 2,
      status: 'waiting',
      missing: ['owl.png', 'ship.png'],
    });
    expect(waiting.report.message).toMatch(/^2 files that rows name have not arrived; add a ZIP/);
    expect(waiting.report.targets).toEqual([]);
    await addFiles(drop, { 'media.zip': await archive() });
    const done = await run(drop, out);
    expect({ exit: done.exit, status: done.report.status }).toEqual({ exit: 0, status: 'completed' });
    expect(await countJobs(out)).toMatchObject({ openai: 1 });
  });

  it('says so on the command line, with the names', async () => {
    const drop = await workspace.drop('museum', { 'train.csv': table });
    const { code, stdout } = await finedrop(['check', drop, '--out', await workspace.folder('out')]);
    expect({ code, stdout }).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/waiting[\s\S]*owl\.png[\s\S]*ship\.png/),
    });
  });

  it('waits anew each time it is looked at, and is no duplicate of itself', async () => {
    const drop = await workspace.drop('museum', { 'train.csv': table });
    const out = await workspace.folder('out');
    expect((await run(drop, out)).report.status).toBe('waiting');
    const second = await run(drop, out);
    expect(second.report.status).toBe('waiting');
    expect((await statusOf(second.folder)).attempt).toBe(2);
  });

  it('is refused row by row once an archive is there that lacks a file', async () => {
    const drop = await workspace.drop('museum', {
      'train.csv': table,
      'media.zip': writeZip([{ name: 'owl.png', bytes: await picture('png') }]),
    });
    const { report, folder, exit } = await run(drop, await workspace.folder('out'));
    expect({ exit, status: report.status, rows: report.rows }).toMatchObject({
      exit: 2,
      status: 'rejected',
      rows: { accepted: 10, rejected: 1 },
    });
    expect(await findingsOf(folder)).toContainEqual(
      expect.objectContaining({
        code: 'MEDIA_MISSING',
        where: { file: 'train.csv', row: 2, line: 3, column: 'files', part: 2 },
        message: 'no file "ship.png" in media.zip',
      }),
    );
  });

  it.each([
    ['an archive alone', async () => ({ 'media.zip': await archive() })],
    ['a folder without a file', async () => ({})],
    ['a picture alone', async () => ({ 'other.png': await picture('png') })],
  ])('waits for a dataset file when it is %s', async (_what, files) => {
    const drop = await workspace.drop('museum', await files());
    const out = await workspace.folder('out');
    const { report, exit } = await run(drop, out);
    expect({ exit, status: report.status }).toEqual({ exit: 2, status: 'waiting' });
    expect(report.message).toContain('"museum" holds no dataset file yet');
    await addFiles(drop, { 'train.csv': table, 'media.zip': await archive() });
    expect((await run(drop, out)).report.status).toBe('completed');
  });
});

/** Does something to the drop as soon as the rows have been read. */
function afterRows(change: () => Promise<void>): (services: Services) => Services {
  let isDone = false;
  return (services) => ({
    ...services,
    results: {
      ...services.results,
      write: async (key, body, options) => {
        const written = await services.results.write(key, body, options);
        if (key.endsWith('/plan.json') && !isDone) {
          isDone = true;
          await change();
        }
        return written;
      },
    },
  });
}

describe('a drop that changes under its run', () => {
  it.each([
    ['an archive', 'media.zip'],
    ['a loose picture', 'owl.png'],
  ])('ends superseded when %s is another, and the new state is a run of its own', async (_what, name) => {
    const drop = await workspace.drop('museum', {
      'train.csv': table,
      ...(name === 'media.zip'
        ? { 'media.zip': await archive() }
        : { 'owl.png': await picture('png', 1), 'ship.png': await picture('png', 2) }),
    });
    const out = await workspace.folder('out');
    const content =
      name === 'media.zip'
        ? writeZip([
            { name: 'owl.png', bytes: await picture('png', 3) },
            { name: 'ship.png', bytes: await picture('png', 4) },
          ])
        : await picture('png', 5);
    const first = await run(drop, out, { decorate: afterRows(() => addFiles(drop, { [name]: content })) });
    expect({ exit: first.exit, status: first.report.status }).toEqual({ exit: 2, status: 'superseded' });
    expect(first.report.message).toMatch(new RegExp(`^"museum/${name}" was changed .*while the run was reading it`));
    expect(await countJobs(out)).toMatchObject({ openai: 0 });
    const second = await run(drop, out);
    expect(second.report.status).toBe('completed');
    expect(second.report.run).not.toBe(first.report.run);
  });

  it('ends superseded when the table grows while it is quoted', async () => {
    const drop = await workspace.drop('museum', { 'train.csv': csv([HEADER, ['What?', '', ''], ...plainRows(10)]) });
    const out = await workspace.folder('out');
    const more = () => appendFile(join(drop, 'train.csv'), csv(plainRows(1)));
    const { report, exit } = await run(drop, out, { decorate: afterRows(more) });
    expect({ exit, status: report.status }).toEqual({ exit: 2, status: 'superseded' });
    await rm(drop, { recursive: true });
  });

  it('ends superseded when a file is taken away', async () => {
    const drop = await workspace.drop('museum', {
      'train.csv': table,
      'owl.png': await picture('png', 1),
      'ship.png': await picture('png', 2),
    });
    const gone = () => rm(join(drop, 'ship.png'));
    const { report, exit } = await run(drop, await workspace.folder('out'), { decorate: afterRows(gone) });
    expect({ exit, status: report.status }).toEqual({ exit: 2, status: 'superseded' });
    expect(report.message).toMatch(/^"museum\/ship\.png" was changed or taken away/);
  });
});
