/** Images, audio and documents, by their bytes. */
export const MEDIA = {
  MEDIA_EMPTY: {
    severity: 'error',
    summary: 'A media file has no bytes.',
    remedy: 'Upload or pack it again.',
    example: 'train.csv, row 1, files, part 1: the file is empty (0 bytes)',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    severity: 'error',
    summary: 'A file is of a type that no target takes.',
    remedy: 'Use .png, .jpg, .webp or .gif images, .mp3 audio, .pdf or .txt documents.',
    example: 'train.csv, row 2, files, part 1: SVG is not accepted: it is a program, not a picture',
  },
  MEDIA_TYPE_MISMATCH: {
    severity: 'warning',
    summary: 'The bytes of a file are of another type than its name or its declaration says; the bytes count.',
    remedy: 'Name or declare it by its real type.',
    example: 'train.csv, row 3, files, part 1: its name says image/jpeg, its bytes are image/png; the bytes count',
  },
  MEDIA_IS_WEB_PAGE: {
    severity: 'error',
    summary: 'A web page stands where a file was expected, often a login or error page.',
    remedy: 'Use a direct link to the file, or the file itself.',
    example: 'train.csv, row 4, files, part 1: this is a web page, not a media file',
  },
  MEDIA_IS_TEXT: {
    severity: 'error',
    summary: 'A text stands where an image, audio or PDF was expected: an error message, or a pointer of Git LFS.',
    remedy: 'Put the file itself there; for Git LFS run "git lfs pull" and pack again.',
    example: 'train.csv, row 5, files, part 1: this is text, not image/png',
  },
  MEDIA_TRUNCATED: {
    severity: 'error',
    summary: 'A file is cut.',
    remedy: 'Copy, export or download it again.',
    example: 'train.csv, row 6, files, part 1: the image is cut: it ends within a part',
  },
  MEDIA_BROKEN: {
    severity: 'error',
    summary: 'A file is damaged, and cannot be opened or decoded.',
    remedy: 'Export or download it again.',
    example: 'train.csv, row 7, files, part 1: the image cannot be decoded: libpng read error',
  },
  MEDIA_DAMAGED: {
    severity: 'warning',
    summary: 'An image was decoded, but not without complaint.',
    remedy: 'Look at it; export or download it again if a part is missing.',
    example:
      'train.csv, row 9, files, part 1: the image is decoded with complaints: Corrupt JPEG data: bad Huffman code',
  },
  MEDIA_TRAILING: {
    severity: 'warning',
    summary: 'Bytes follow behind the end of an image.',
    remedy: 'Save it again to be rid of them; they are no part of the picture.',
    example: 'train.csv, row 10, files, part 1: 4 bytes follow behind the end of the image',
  },
  MEDIA_PIXELS: {
    severity: 'error',
    summary: 'An image has more pixels than are decoded.',
    remedy: 'Scale it down: no provider uses more than about 2,000 pixels a side.',
    example:
      'train.csv, row 8, files, part 1: the image has 60000 x 60000 pixels; more than 50 million are not decoded',
  },
  MEDIA_TOO_LARGE: {
    severity: 'error',
    summary: 'A file is larger than what any provider takes.',
    remedy: 'Make it smaller: scale images down, shorten audio, split documents.',
    example:
      'train.csv, row 1, files, part 1: "s3://my-photos/owl.png" has more than 134217728 bytes; no provider takes such a file',
  },
  MP3_JUNK: {
    severity: 'warning',
    summary: 'A part of a recording is no MP3 sound, and was passed over.',
    remedy: 'Listen to it, and export it again if something is missing.',
    example: 'train.csv, row 1, files, part 1: 999 bytes of the recording are no MP3 sound and were passed over',
  },
  MP3_SHORTER: {
    severity: 'warning',
    summary: 'A recording plays for less time than its header promises.',
    remedy: 'Copy or download it again if it was cut.',
    example: 'train.csv, row 2, files, part 1: it plays 1.0 s, but its header promises 26.1 s',
  },
  MP3_LAST_FRAME: {
    severity: 'warning',
    summary: 'The last frame of a recording is incomplete.',
    remedy: 'Listen to its end, and copy it again if something is missing.',
    example: 'train.csv, row 3, files, part 1: the last frame of the recording is incomplete',
  },
  PDF_ENCRYPTED: {
    severity: 'error',
    summary: 'A PDF is encrypted.',
    remedy: 'Save it without a password and restrictions.',
    example: 'train.csv, row 4, files, part 1: the PDF is encrypted',
  },
  PDF_NO_PAGES: {
    severity: 'error',
    summary: 'A PDF has no pages.',
    remedy: 'Export it again.',
    example: 'train.csv, row 5, files, part 1: the PDF has no pages',
  },
  PDF_NO_END: {
    severity: 'warning',
    summary: 'The end mark of a PDF is missing; it could be opened nevertheless.',
    remedy: 'Copy or export it again if pages are missing.',
    example: "train.csv, row 6, files, part 1: the PDF's end mark (%%EOF) is missing; it may be cut",
  },
  PDF_NOT_DRAWN: {
    severity: 'error',
    summary:
      'The pages of a PDF were to become images, and cannot be drawn: they are damaged, or take too long or too much memory.',
    remedy: 'Print it to a new PDF, or save its pages as images.',
    example: 'the pages of the PDF cannot be drawn as images: they are damaged, or need too much memory',
  },
  PDF_PAGES_LEFT_OUT: {
    severity: 'warning',
    summary: 'A PDF has more pages than `adapt.pdfPages` allows: the others did not become images.',
    remedy: 'Raise the number if the model takes so many images, or keep the pages that the answer needs.',
    example: 'train.csv, row 1, files, part 1, openai only: of the PDF’s 5 pages only the first 2 became images',
  },
  PDF_ACTIVE: {
    severity: 'warning',
    summary: 'A PDF holds scripts, programs or attachments.',
    remedy: 'Print it to a new PDF to be rid of them.',
    example: 'train.csv, row 7, files, part 1: the PDF holds active content (JavaScript); it is never run here',
  },
  TEXT_ENCODING: {
    severity: 'error',
    summary: 'A text file is neither UTF-8 nor UTF-16 with its mark.',
    remedy: 'Save it as UTF-8.',
    example: 'train.csv, row 8, files, part 1: line 1: the text is not valid UTF-8',
  },
  TEXT_EMPTY: {
    severity: 'warning',
    summary: 'A text file holds nothing but white space.',
    remedy: 'Check that it is the file that was meant.',
    example: 'train.csv, row 9, files, part 1: the text file holds nothing but white space',
  },
  TEXT_IS_HTML: {
    severity: 'warning',
    summary: 'A text file holds HTML, whose tags are taken as text.',
    remedy: 'Copy the text out of the page if that is what was meant.',
    example: 'train.csv, row 10, files, part 1: the text file holds HTML; its tags are taken as text',
  },
} as const;
