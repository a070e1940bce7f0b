import sharp from 'sharp';

const WIDTH = 720;
const HEIGHT = 540;
const BASES = 8;
const BYTES = 100_000;
/** A start-of-image marker has two bytes; a comment may stand right behind it. */
const SOI_BYTES = 2;

/** A few RGB photographs-to-be of about 100 KB: a gradient with noise, the same on every machine. */
export function makeBaseImages(): Promise<Buffer[]> {
  return Promise.all(Array.from({ length: BASES }, (_, seed) => makeBase(seed + 1)));
}

/** The same picture as another file: a comment with the number stands behind the first marker, as any camera may write one. */
export function numberedCopy(base: Buffer, number: number): Buffer[] {
  const text = `copy ${String(number).padStart(8, '0')}`;
  const comment = Buffer.from(`\xff\xfe\0${String.fromCharCode(text.length + 2)}${text}`, 'latin1');
  return [base.subarray(0, SOI_BYTES), comment, base.subarray(SOI_BYTES)];
}

/** The quality that comes nearest to the wished size, so that encoders of other versions give files as large. */
async function makeBase(seed: number): Promise<Buffer> {
  const pixels = paint(seed);
  let best = Buffer.alloc(0);
  for (let quality = 70; quality <= 94; quality += 2) {
    const jpeg = await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
    if (best.length === 0 || Math.abs(jpeg.length - BYTES) < Math.abs(best.length - BYTES)) best = jpeg;
  }
  return best;
}

function paint(seed: number): Buffer {
  const NOISE = 28;
  const random = randomFrom(seed);
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let at = 0, y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const noise = (random() - 0.5) * NOISE;
      pixels[at] = Math.round(40 + (x / WIDTH) * 160 + noise);
      pixels[at + 1] = Math.round(50 + (y / HEIGHT) * 150 + noise);
      pixels[at + 2] = Math.round(60 + (((x + y + seed * 90) % WIDTH) / WIDTH) * 120 + noise);
      at += 3;
    }
  }
  return pixels;
}

/** Numerical Recipes' linear congruential generator: quick, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
