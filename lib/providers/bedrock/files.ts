import type { Issue } from '../../domain/finding.ts';
import type { PreparedFile } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import {
  documentTypes,
  imageTypes,
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENTS_PER_EXAMPLE,
  MAX_IMAGE_BYTES,
  MAX_IMAGE_SIDE,
  MAX_IMAGES_PER_EXAMPLE,
  MIN_IMAGE_SIDE,
} from './spec.ts';

interface Taker {
  model: string;
  /** The job spec leaves rows with documents out. */
  refusesDocuments: boolean;
}

/** Why a model cannot take an example's files; empty when it can. */
export function checkFiles(files: readonly PreparedFile[], taker: Taker): Issue[] {
  const images = files.filter(({ kind }) => kind === 'image').length;
  const documents = files.filter(({ kind }) => kind === 'document').length;
  const isMixed = images > 0 && documents > 0 && documentTypes(taker.model).length > 0;
  return [
    ...files.flatMap((file) => (file.kind === 'image' ? checkImage(file, taker) : checkOther(file, taker))),
    ...(images > MAX_IMAGES_PER_EXAMPLE ? [issues.tooManyImages(images)] : []),
    ...(documents > MAX_DOCUMENTS_PER_EXAMPLE && !isRefused(taker) ? [issues.tooManyDocuments(documents)] : []),
    ...(isMixed && !taker.refusesDocuments ? [issues.mixedMedia('the row')] : []),
  ];
}

function checkImage({ mime, width, height, bytes, name }: PreparedFile, { model }: Taker): Issue[] {
  const types = imageTypes(model);
  if (types.length === 0) return [issues.imagesUnsupported(model)];
  if (!types.includes(mime)) return [issues.imageTypeUnsupported(mime)];
  return [
    ...(width === undefined || height === undefined ? [] : checkSides(width, height)),
    ...(bytes > MAX_IMAGE_BYTES ? [issues.imageTooLarge(name, bytes)] : []),
  ];
}

function checkSides(width: number, height: number): Issue[] {
  if (Math.min(width, height) < MIN_IMAGE_SIDE) return [issues.imageTooSmall(width, height)];
  return Math.max(width, height) > MAX_IMAGE_SIDE ? [issues.imageTooWide(width, height)] : [];
}

function checkOther({ kind, mime, bytes, name }: PreparedFile, { model, refusesDocuments }: Taker): Issue[] {
  if (!documentTypes(model).includes(mime)) return [issues.kindUnsupported(kind)];
  if (refusesDocuments) return [issues.documentsRefused(name)];
  return bytes > MAX_DOCUMENT_BYTES ? [issues.documentTooLarge(name, bytes)] : [];
}

function isRefused({ model, refusesDocuments }: Taker): boolean {
  return refusesDocuments || documentTypes(model).length === 0;
}
