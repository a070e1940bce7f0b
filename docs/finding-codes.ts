import { ARCHIVES } from './finding-codes/archives.ts';
import { CHATS } from './finding-codes/chats.ts';
import type { FindingCode, FindingCodes } from './finding-codes/finding-code.ts';
import { JOB_SPEC } from './finding-codes/job-spec.ts';
import { LINKS } from './finding-codes/links.ts';
import { MEDIA } from './finding-codes/media.ts';
import { NAMES } from './finding-codes/names.ts';
import { OBJECTS } from './finding-codes/objects.ts';
import { RUN } from './finding-codes/run.ts';
import { TABLES } from './finding-codes/tables.ts';
import { TARGETS } from './finding-codes/targets.ts';
import { WORKBOOKS } from './finding-codes/workbooks.ts';

/** The groups in the order of a drop's way, each with its title and a word on what its codes have in common. */
export const FINDING_GROUPS: Readonly<Record<string, { title: string; about: string; codes: FindingCodes }>> = {
  tables: {
    title: 'Tables',
    about:
      'CSV and TSV files, and the rows of every table. Of a workbook with another readable sheet, the header of a sheet that is passed over is told as a warning.',
    codes: TABLES,
  },
  chats: { title: 'Chats', about: 'JSON Lines and JSON files, and the chats in them.', codes: CHATS },
  names: { title: 'Names and files', about: 'How rows name their files, and files inside of rows.', codes: NAMES },
  archives: {
    title: 'Archives',
    about: 'A fault of the archive refuses the drop; a fault of an entry refuses the rows that name it.',
    codes: ARCHIVES,
  },
  workbooks: { title: 'Workbooks', about: 'XLSX files; for their rows see tables.', codes: WORKBOOKS },
  media: { title: 'Media', about: 'Images, audio and documents, judged by their bytes.', codes: MEDIA },
  links: { title: 'Links', about: 'Web links in rows, and what came of fetching them.', codes: LINKS },
  objects: {
    title: 'Objects',
    about: 'Objects of S3 buckets that rows name (`s3://bucket/key`), and what came of reading them.',
    codes: OBJECTS,
  },
  targets: {
    title: 'Targets',
    about:
      'These findings name their target: an error leaves the row, or the whole target, out there and nowhere else.',
    codes: TARGETS,
  },
  'job-spec': { title: 'Job spec', about: 'An error here refuses the run before anything is read.', codes: JOB_SPEC },
  run: { title: 'Run', about: 'What the run did, or could not do.', codes: RUN },
};

/** Every code that a finding can have. */
export const FINDING_CODES: Readonly<Record<string, FindingCode & { group: string }>> = Object.fromEntries(
  Object.entries(FINDING_GROUPS).flatMap(([group, { codes }]) =>
    Object.entries(codes).map(([code, words]) => [code, { ...words, group }]),
  ),
);
