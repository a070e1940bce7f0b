import { describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/domain/canonical.ts';
import type { Asset } from '../../lib/domain/media.ts';
import { inspectMedia } from '../../lib/media/inspect.ts';
import type { AcceptedRow } from '../../lib/pipeline/accept-rows.ts';
import type { Manifest, RunTarget } from '../../lib/pipeline/manifest.ts';
import { type PreparedWindow, prepareWindow } from '../../lib/pipeline/prepare-media.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { openai } from '../../lib/providers/openai/index.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { buildPdf } from '../formats/pdf-builder.ts';
import { frames, noise, photo } from '../media/pictures.ts';

const COLORS = Array.from({ length: 6 }, (_, index) => [index * 40, 90, 255 - index * 40] as const);
const GIF = () => frames(32, COLORS).gif().toBuffer();

interface World {
  services: Services;
  /** One row that names these files, each in the inbox under its hash. */
  row(...files: readonly (readonly [bytes: Buffer, changes?: Partial<Asset>])[]): Promise<AcceptedRow>;
}

function world(): World {
  const [inbox, results] = [memoryStore(), memoryStore()];
  return {
    services: { inbox, results } as unknown as Services,
    row: async (...files) => {
      const media = files.map(async ([bytes, changes = {}], index) => {
        const { asset } = await inspectMedia(bytes, { verify: 'structure', name: 'file' });
        const key = `drop/${sha256(bytes)}`;
        await inbox.write(key, bytes);
        const reference = {
          id: `m${index}`,
          part: index + 1,
          origin: 'drop',
          record: `d:${key}`,
          name: `a.zip!f${index}`,
        };
        return { reference, asset: { ...asset, ...changes }, at: { store: 'inbox', key } };
      });
      return { media: await Promise.all(media) } as unknown as AcceptedRow;
    },
  };
}

interface Preparing {
  provider?: Provider;
  adapt?: Record<string, unknown>;
  command?: Manifest['command'];
}

function prepare({ services }: World, row: AcceptedRow, preparing: Preparing = {}): Promise<PreparedWindow> {
  const { provider = openai, adapt = {}, command = 'run' } = preparing;
  const model = provider.capabilities.models.find(({ isDefault }) => isDefault)?.model ?? '';
  const target = { name: 'x', provider: provider.name, model, hyperparameters: {}, adapt } as unknown as RunTarget;
  const manifest = { dataset: 'd', run: '0123456789abcdef', command } as Manifest;
  return prepareWindow(services, manifest, { provider, target, rows: [row] });
}

function filesOf(window: PreparedWindow, row: AcceptedRow, id = 'm0') {
  const prepared = window.mediaOf(row);
  if ('excluded' in prepared) throw new Error(prepared.excluded[0]?.message);
  const one = prepared.media.get(id);
  if (one === undefined || one.as === 'text') throw new Error('no file');
  return one.as === 'files' ? one.files : [one];
}

describe('prepareWindow', () => {
  it('makes several files of one, named in their order, each with its bytes', async () => {
    const here = world();
    const row = await here.row([await GIF()]);
    const window = await prepare(here, row, { adapt: { frames: 3 } });
    const files = filesOf(window, row);
    expect(files.map(({ name, mime, frames: count }) => [name, mime, count])).toEqual([
      ['f0 (1)', 'image/png', 1],
      ['f0 (2)', 'image/png', 1],
      ['f0 (3)', 'image/png', 1],
    ]);
    expect(new Set(files.map((file) => file.sha256)).size).toBe(3);
    for (const file of files) {
      const bytes = await window.bytes(file.sha256);
      expect(sha256(bytes)).toBe(file.sha256);
      expect(bytes).toHaveLength(file.bytes);
      expect(window.size(file.sha256)).toBe(file.bytes);
    }
    expect(window.adjustments(row).map(({ kind }) => kind)).toEqual(['gif-to-png', 'frames-taken']);
  });

  it('makes images of pages, tells of the others, and says that it is images', async () => {
    const here = world();
    const row = await here.row([buildPdf({ pages: 5 })]);
    const window = await prepare(here, row, { provider: bedrock, adapt: { pdfPages: 2 } });
    const files = filesOf(window, row);
    expect(files.map(({ kind, mime, pages }) => [kind, mime, pages])).toEqual([
      ['image', 'image/png', undefined],
      ['image', 'image/png', undefined],
    ]);
    expect(window.kinds(row)).toEqual(['image']);
    expect(window.remarks(row).map(({ issue, media }) => [issue.code, media.reference.id])).toEqual([
      ['PDF_PAGES_LEFT_OUT', 'm0'],
    ]);
    const staged = window.staged(files.map((file) => file.sha256));
    expect(staged.map(({ name, at }) => [name, 'store' in at && at.store])).toEqual(
      files.map((file) => [`${file.sha256}.png`, 'results']),
    );
    for (const { at, sha256: hash } of staged) {
      const bytes = 'key' in at ? await readBytes(here.services.results, at.key) : null;
      expect(bytes === null ? null : sha256(bytes)).toBe(hash);
    }
  });

  it('makes frames and pages once: another attempt finds them without the files, and reads their bytes again', async () => {
    const here = world();
    const row = await here.row([await GIF()], [buildPdf({ pages: 2 })]);
    const options = { adapt: { frames: 2, pdfPages: 2 } };
    const first = filesOf(await prepare(here, row, options), row, 'm1');
    const again = { ...here, services: { ...here.services, inbox: memoryStore() } as unknown as Services };
    const window = await prepare(again, row, options);
    expect(filesOf(window, row, 'm1')).toEqual(first);
    for (const id of ['m0', 'm1']) {
      for (const file of filesOf(window, row, id)) expect(sha256(await window.bytes(file.sha256))).toBe(file.sha256);
    }
  });

  it('takes another number of frames for another wish', async () => {
    const here = world();
    const row = await here.row([await GIF()]);
    expect(filesOf(await prepare(here, row, { adapt: { frames: 2 } }), row)).toHaveLength(2);
    expect(filesOf(await prepare(here, row, { adapt: { frames: 3 } }), row)).toHaveLength(3);
  });

  it('strips metadata and nothing else of what is taken as it is', async () => {
    const here = world();
    const bytes = await photo(60, 40)
      .withExif({ IFD0: { Make: 'CANARY' } })
      .jpeg()
      .toBuffer();
    const row = await here.row([bytes]);
    const window = await prepare(here, row);
    const [file] = filesOf(window, row);
    expect(file).toMatchObject({ mime: 'image/jpeg', width: 60, height: 40, frames: 1, name: 'f0' });
    const stripped = await window.bytes(file?.sha256 ?? '');
    expect(stripped.includes('CANARY')).toBe(false);
    expect(stripped.length).toBeLessThan(bytes.length);
    const kept = await prepare(here, row, { adapt: { metadata: 'keep' } });
    expect((await kept.bytes(sha256(bytes))).equals(bytes)).toBe(true);
  });

  it('says of a picture that was made to fit that it was', async () => {
    const here = world();
    const large = await photo(64, 64).png().toBuffer();
    const row = await here.row([large, { bytes: 20_000_000 }]);
    const kinds = async (maxBytes: number) => {
      const adapt: Provider['adapt'] = () => ({
        take: 'rendition',
        rendition: { format: 'png', maxBytes },
        kinds: ['scaled-down'],
      });
      const window = await prepare(here, row, { provider: { ...openai, adapt } });
      return window.adjustments(row).map(({ kind }) => kind);
    };
    expect(await kinds(1_000_000)).toEqual(['scaled-down']);
    expect(await kinds(2000)).toEqual(['scaled-down', 'recompressed']);
  });

  it.each([
    ['a picture', noise(400), { kind: 'image', mime: 'image/gif', width: 9, height: 9 } as const, {}, 'MEDIA_BROKEN'],
    [
      'a document',
      Buffer.from('%PDF-1.4'),
      { kind: 'document', mime: 'application/pdf', pages: 1 } as const,
      { pdfPages: 2 },
      'PDF_NOT_DRAWN',
    ],
  ])('excludes a row whose %s cannot be read after all, and says which', async (_what, bytes, changes, adapt, code) => {
    const here = world();
    const row = await here.row([bytes, { sha256: sha256(bytes), bytes: bytes.length, ...changes }]);
    const window = await prepare(here, row, { adapt });
    const prepared = window.mediaOf(row);
    if (!('excluded' in prepared)) throw new Error('not excluded');
    expect(prepared.excluded).toMatchObject([{ code }]);
    const [issue] = prepared.excluded;
    expect(issue === undefined ? null : window.culprit(row, issue)?.reference.id).toBe('m0');
  });

  it('keeps no bytes for a check, but makes what it judges', async () => {
    const here = world();
    const row = await here.row([await GIF()]);
    const window = await prepare(here, row, { command: 'check' });
    const [file] = filesOf(window, row);
    expect(file?.mime).toBe('image/png');
    expect(window.size(file?.sha256 ?? '')).toBe(file?.bytes);
  });
});
