import type { Issue } from '../../domain/finding.ts';
import type { PreparedFile } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import type { Limits } from './limits.ts';
import { MAX_DOCUMENTS_PER_EXAMPLE, MAX_IMAGE_SIDE, MAX_IMAGES_PER_EXAMPLE, MIN_IMAGE_SIDE } from './spec.ts';

interface Taker {
  model: string;
  limits: Limits;
  /** The job spec leaves rows with documents out. */
  refusesDocuments: boolean;
}

/** Why a model cannot take an example's files, which come by turns of the line; empty when it can. */
export function checkFiles(turns: readonly (readonly PreparedFile[])[], taker: Taker): Issue[] {
  const files = turns.flat();
  const images = countOf(files, 'image');
  const documents = countOf(files, 'document');
  const isMixed = images > 0 && documents > 0 && taker.limits.documentTypes.length > 0;
  return [
    ...files.flatMap((file) => (file.kind === 'image' ? checkImage(file, taker) : checkOther(file, taker))),
    ...checkImageCount(turns, taker),
    ...(documents > MAX_DOCUMENTS_PER_EXAMPLE && !isRefused(taker) ? [issues.tooManyDocuments(documents)] : []),
    ...(isMixed && !taker.refusesDocuments ? [issues.mixedMedia('the row')] : []),
  ];
}

function checkImageCount(turns: readonly (readonly PreparedFile[])[], { limits }: Taker): Issue[] {
  const counts = turns.map((files) => countOf(files, 'image'));
  const isByTurn = limits.imagesCountedIn === 'message';
  const images = isByTurn ? Math.max(0, ...counts) : counts.reduce((sum, count) => sum + count, 0);
  return images > MAX_IMAGES_PER_EXAMPLE ? [issues.tooManyImages(images, isByTurn)] : [];
}

function countOf(files: readonly PreparedFile[], wanted: PreparedFile['kind']): number {
  return files.filter(({ kind }) => kind === wanted).length;
}

function checkImage({ mime, width, height, bytes, name }: PreparedFile, { model, limits }: Taker): Issue[] {
  const { imageTypes, maxImageBytes } = limits;
  if (imageTypes.length === 0) return [issues.imagesUnsupported(model)];
  if (!imageTypes.includes(mime)) return [issues.imageTypeUnsupported(mime)];
  return [
    ...(width === undefined || height === undefined ? [] : checkSides(width, height)),
    ...(bytes > maxImageBytes ? [issues.imageTooLarge(name, bytes, maxImageBytes)] : []),
  ];
}

function checkSides(width: number, height: number): Issue[] {
  if (Math.min(width, height) < MIN_IMAGE_SIDE) return [issues.imageTooSmall(width, height)];
  return Math.max(width, height) > MAX_IMAGE_SIDE ? [issues.imageTooWide(width, height)] : [];
}

function checkOther({ kind, mime, bytes, name }: PreparedFile, { limits, refusesDocuments }: Taker): Issue[] {
  const { documentTypes, maxDocumentBytes } = limits;
  if (!documentTypes.includes(mime)) return [issues.kindUnsupported(kind)];
  if (refusesDocuments) return [issues.documentsRefused(name)];
  return bytes > maxDocumentBytes ? [issues.documentTooLarge(name, bytes, maxDocumentBytes)] : [];
}

function isRefused({ limits, refusesDocuments }: Taker): boolean {
  return refusesDocuments || limits.documentTypes.length === 0;
}
