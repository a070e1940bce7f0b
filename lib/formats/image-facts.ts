import type { Fault } from './fault.ts';

export type ImageColors = 'rgb' | 'rgba' | 'gray' | 'gray-alpha' | 'palette' | 'cmyk';

/** What an image's container says of it. Sizes are as stored, before the EXIF orientation (1..8) turns them. */
export interface ImageFacts {
  width: number;
  height: number;
  colors: ImageColors;
  /** Bits of one channel (of one index, where there is a palette). */
  bitDepth: number;
  /** 1 unless animated. */
  frames: number;
  orientation: number;
  /** EXIF, XMP, IPTC, or PNG's texts: they may name people and places. The comments of encoders in JPEG and GIF do not count. */
  hasMetadata: boolean;
  fault: Fault | null;
  warnings: Fault[];
}

/** Facts to begin with; each reader fills in what it finds. */
export function noFacts(): ImageFacts {
  return {
    width: 0,
    height: 0,
    colors: 'rgb',
    bitDepth: 8,
    frames: 1,
    orientation: 1,
    hasMetadata: false,
    fault: null,
    warnings: [],
  };
}

export function truncated(what: string): Fault {
  return { code: 'MEDIA_TRUNCATED', message: `the image is cut: ${what}`, hint: 'Copy or download it again.' };
}

export function broken(what: string): Fault {
  return { code: 'MEDIA_BROKEN', message: `the image is damaged: ${what}`, hint: 'Export or download it again.' };
}

export function trailing(bytes: number): Fault {
  const message = `${bytes} ${bytes === 1 ? 'byte follows' : 'bytes follow'} behind the end of the image`;
  return { code: 'MEDIA_TRAILING', message, hint: 'They are no part of the picture; save it again to be rid of them.' };
}
