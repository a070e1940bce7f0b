import sharp, { type Sharp } from 'sharp';

/** Bytes that look random and are the same each time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A picture with gradients and some noise, as photos have. */
export function photo(width: number, height: number, seed = 1): Sharp {
  const grain = noise(width * height * 3, seed);
  const pixels = Buffer.alloc(grain.length);
  for (let index = 0; index < pixels.length; index += 1) {
    const x = (index % (width * 3)) / (width * 3);
    const y = Math.floor(index / (width * 3)) / height;
    pixels[index] = 40 + 120 * x + 60 * Math.sin(y * (9 + seed)) ** 2 + (grain[index] ?? 0) / 16;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** One colour for each pixel. */
export function pixels(width: number, colors: readonly (readonly number[])[]): Sharp {
  const channels = (colors[0]?.length ?? 3) as 1 | 2 | 3 | 4;
  return sharp(Buffer.from(colors.flat()), { raw: { width, height: colors.length / width, channels } });
}

/** A picture of one colour for each quarter, large enough to survive lossy compression. */
export function quarters(side: number, colors: readonly (readonly number[])[]): Sharp {
  return pixels(2, colors).resize(side, side, { kernel: 'nearest' });
}

/** Frames of one size, each of one colour. */
export function frames(side: number, colors: readonly (readonly [number, number, number])[]): Sharp {
  const bytes = Buffer.concat(
    colors.map((color) =>
      Buffer.from(
        Array(side * side)
          .fill(color)
          .flat(),
      ),
    ),
  );
  return sharp(bytes, { raw: { width: side, height: side * colors.length, channels: 3, pageHeight: side } });
}

/** The pixels of a picture, as numbers. */
export async function readPixels(
  bytes: Uint8Array,
): Promise<{ width: number; height: number; at(x: number, y: number): number[] }> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => {
    const start = (y * info.width + x) * info.channels;
    return [...data.subarray(start, start + info.channels)];
  };
  return { width: info.width, height: info.height, at };
}
