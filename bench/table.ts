import { cpus, loadavg, totalmem } from 'node:os';

/** One line of the table. */
export interface Outcome {
  target: string;
  command: string;
  title: string;
  rows: number;
  mediaBytes: number;
  seconds: number;
  cpuSeconds: number | null;
  peakBytes: number | null;
}

export interface Circumstances {
  /** The command line that repeats it. */
  command: string;
  images: number;
  mediaBytes: number;
  rows: ReadonlyMap<string, { rows: number }>;
  python: string | null;
  version: string;
}

/** The results as Markdown: what was measured, on what, and one line for each measurement. */
export function renderResults(outcomes: readonly Outcome[], circumstances: Circumstances): string {
  return [`# Benchmark, ${circumstances.images} images`, '', ...told(circumstances), '', ...tableOf(outcomes), ''].join(
    '\n',
  );
}

function told({ command, images, mediaBytes, rows, python, version }: Circumstances): string[] {
  const tables = [...rows].map(([target, table]) => `${table.rows} rows for ${target}`).join(', ');
  const [cpu] = cpus();
  const missing = 'python3 was not there, so that the script was not measured';
  return [
    `Command: \`${command}\``,
    '',
    `- finedrop ${version}, Node ${process.versions.node}, ${python ?? missing}`,
    `- ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${gigabytes(totalmem())} of memory, ${process.platform}`,
    `- ${images} distinct JPEG files (RGB, ${megabytes(mediaBytes)}), stored in one ZIP; ${tables}`,
    '- Each measurement is a process of its own, start included. The input was written just before, so that it is read from memory where memory is enough.',
    '- MB/s counts the images’ bytes as they lie in the archive. Peak memory is the highest resident size (VmHWM).',
    `- Load of the machine at the end, from all programs: ${loadavg()[0]?.toFixed(1)}. Where it is above the cores, CPU seconds tell more than seconds.`,
    '- The script does the work of `structure`: CSV, CRC of each file, markers of each JPEG, JSON lines and base64 or media files; it keeps no report, lock or hashes.',
  ];
}

function tableOf(outcomes: readonly Outcome[]): string[] {
  return [
    '| target | command | program | seconds | rows/s | MB/s | CPU seconds | peak memory |',
    '|---|---|---|---:|---:|---:|---:|---:|',
    ...outcomes.map(({ target, command, title, rows, mediaBytes, seconds, cpuSeconds, peakBytes }) =>
      [
        '',
        target,
        command,
        title,
        seconds.toFixed(1),
        Math.round(rows / seconds).toLocaleString('en'),
        (mediaBytes / 1e6 / seconds).toFixed(0),
        cpuSeconds === null ? 'not known' : cpuSeconds.toFixed(1),
        peakBytes === null ? 'not known' : megabytes(peakBytes),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

function gigabytes(bytes: number): string {
  return `${Math.round(bytes / 1e9)} GB`;
}
