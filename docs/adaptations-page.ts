import { ADJUSTMENTS, type AdjustmentFacts } from '../lib/domain/adjustments.ts';

/** `docs/adaptations.md`: what may be changed so that a target can take a row, and which level allows what. */
export function adaptationsPage(): string {
  const rows = Object.entries<AdjustmentFacts>(ADJUSTMENTS).map(
    ([kind, { level, option, done, reason }]) =>
      `| \`${kind}\` | ${done} | ${level} | ${optionCell(option)} | ${reason} |`,
  );
  return [
    BEFORE,
    '| kind | what happens | level | option | why this level |',
    '|---|---|---|---|---|',
    ...rows,
    BEHIND,
  ].join('\n');
}

function optionCell(option: AdjustmentFacts['option']): string {
  if (option === undefined) return '';
  return `\`${option.name}\`${option.only ? ' (only when asked for)' : ''}`;
}

const BEFORE = `# Adaptations

Made from \`lib/domain/adjustments.ts\` by \`npm run docs\`.

What a target cannot take as it is, finedrop changes where it may, and says so: an \`ADJUSTED\` finding at the reference, the kinds in the line map,
their counts in the report. \`adapt\` in the job spec decides what may be changed: for the whole drop, or for one target as a word or as options.

\`\`\`yaml
adapt: safe                    # for every target that says nothing else
targets:
  - openai
  - provider: bedrock
    adapt: {level: all, pdfPages: 5, reservedWords: rewrite}
  - {provider: vertex, adapt: none}
\`\`\`

| level | what may happen |
|---|---|
| \`all\` (default) | Everything of the table below that a target needs. JPEG stays JPEG where it is encoded anew. |
| \`safe\` | Only what keeps what the model is shown or told. What is encoded anew becomes PNG, at its full size. |
| \`none\` | Nothing. A target takes the row as it is, or leaves it out. |

What a target needs and the level does not allow leaves the row out for that target: \`ADAPTATION_OFF\` names the kind and the level that would allow it.
What a target only profits from (upright pictures, plain colours at Bedrock, metadata) is then left undone. **An option that is set is done at any level.**
\`adapt: all\` is the default said aloud: it is the same job as no \`adapt\` at all. Every other setting is another job, for it makes other lines.
`;

const BEHIND = `
## Options

| option | values | meaning |
|---|---|---|
| \`level\` | \`all\`, \`safe\`, \`none\` | as above, for this target |
| \`frames\` | 1 to the images that an example may have | so many frames of an animated GIF or WebP, spread evenly from its first on, become an image each, in the place of the file; they count against the images of the row. 1 takes the first at any level |
| \`pdfPages\` | 1 to the images that an example may have | the first so many pages of each PDF become an image each. OpenAI and Bedrock only; Vertex AI takes PDF. Pages beyond are told: \`PDF_PAGES_LEFT_OUT\` |
| \`maxSide\` | \`useful\`, or 64 to 8000 | images with a longer side are scaled down to it; \`useful\` is what the provider looks at (OpenAI and Bedrock 2,048 pixels, Vertex AI 3,072). Pages are drawn at this size |
| \`metadata\` | \`strip\`, \`keep\` | \`keep\` is the default at the level \`none\` only |
| \`reservedWords\` | \`rewrite\`, \`refuse\` | Bedrock only: rewrite what Nova reserves instead of leaving the row out |
| \`documents\` | \`take\`, \`refuse\` | Bedrock only: \`refuse\` leaves rows with PDF out of a Nova 2 dataset, which holds them or images, not both |
| \`bucketOwner\` | 12 digits | Bedrock only: the account of the bucket, written into each line that names a file |

## Images

- **Metadata.** EXIF with its places and dates, XMP, IPTC, comments, previews, and whatever hangs behind a picture's end do not go along, unless the job spec says \`metadata: keep\`. A JPEG or GIF with a comment alone stays as it is: encoders sign their work there.
  Where nothing else is to be done, only those parts are cut out of the file: no pixel is encoded anew, and profile, palette, gamma and timing stay. What is encoded anew never carries any.
  A picture that its EXIF turns is made upright in the same step, all eight ways.
- **Bytes.** What has more bytes than the provider takes is scaled to the useful side; where that is not enough, it becomes JPEG (quality 92, full colour resolution), and then smaller,
  half of the pixels a step, until it fits (\`recompressed\`). A rendition that outgrows the limit goes the same way.
- **Animations.** OpenAI and Vertex AI take none: the first frame stands for it. Bedrock takes GIF and WebP as they are, and looks at their first frame.
  Of a very long animation (more than 200 million pixels up to the last frame) the frames come from its beginning.
- **Pages** are drawn by PDFium on white, with annotations, at most 300 dots per inch, in a thread that is ended after 30 seconds or 768 MiB: such a file is told (\`PDF_NOT_DRAWN\`), and no other suffers.
- **Limits** of an example (images, bytes, tokens) are judged by what goes into the line: each frame and page is an image.

## The same bytes

The same file, options and version of finedrop give the same bytes on the same machine, each time and in any order. Pixels of PNG renditions are the same everywhere; the coded bytes of
PNG and above all of JPEG depend on the version of libvips and of the codecs it brings, which may differ between processors. So PNG is what renditions are made as, unless the picture was a
JPEG already (as PNG a photograph has eight times the bytes) or has to shrink. The job key does not depend on it: it holds the hash of the file as it was dropped, and the options.
`;
