/** Images, audio and documents, by their bytes. */
export const MEDIA = {
  MEDIA_EMPTY: {
    severity: 'error',
    summary: 'A media file has no bytes.',
    remedy: 'Upload or pack it again.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    severity: 'error',
    summary: 'A file is of a type that no target takes.',
    remedy: 'Use .png, .jpg, .webp or .gif images, .mp3 audio, .pdf or .txt documents.',
  },
  MEDIA_TYPE_MISMATCH: {
    severity: 'warning',
    summary: 'The bytes of a file are of another type than its name or its declaration says; the bytes count.',
    remedy: 'Name or declare it by its real type.',
  },
  MEDIA_IS_WEB_PAGE: {
    severity: 'error',
    summary: 'A web page stands where a file was expected, often a login or error page.',
    remedy: 'Use a direct link to the file, or the file itself.',
  },
  MEDIA_IS_TEXT: {
    severity: 'error',
    summary: 'A text stands where an image, audio or PDF was expected: an error message, or a pointer of Git LFS.',
    remedy: 'Put the file itself there; for Git LFS run "git lfs pull" and pack again.',
  },
  MEDIA_TRUNCATED: {
    severity: 'error',
    summary: 'A file is cut.',
    remedy: 'Copy, export or download it again.',
  },
  MEDIA_BROKEN: {
    severity: 'error',
    summary: 'A file is damaged, and cannot be opened or decoded.',
    remedy: 'Export or download it again.',
  },
  MEDIA_DAMAGED: {
    severity: 'warning',
    summary: 'An image was decoded, but not without complaint.',
    remedy: 'Look at it; export or download it again if a part is missing.',
  },
  MEDIA_TRAILING: {
    severity: 'warning',
    summary: 'Bytes follow behind the end of an image.',
    remedy: 'Save it again to be rid of them; they are no part of the picture.',
  },
  MEDIA_PIXELS: {
    severity: 'error',
    summary: 'An image has more pixels than are decoded.',
    remedy: 'Scale it down: no provider uses more than about 2,000 pixels a side.',
  },
  MEDIA_TOO_LARGE: {
    severity: 'error',
    summary: 'A file is larger than what any provider takes.',
    remedy: 'Make it smaller: scale images down, shorten audio, split documents.',
  },
  MP3_JUNK: {
    severity: 'warning',
    summary: 'A part of a recording is no MP3 sound, and was passed over.',
    remedy: 'Listen to it, and export it again if something is missing.',
  },
  MP3_SHORTER: {
    severity: 'warning',
    summary: 'A recording plays for less time than its header promises.',
    remedy: 'Copy or download it again if it was cut.',
  },
  MP3_LAST_FRAME: {
    severity: 'warning',
    summary: 'The last frame of a recording is incomplete.',
    remedy: 'Listen to its end, and copy it again if something is missing.',
  },
  PDF_ENCRYPTED: {
    severity: 'error',
    summary: 'A PDF is encrypted.',
    remedy: 'Save it without a password and restrictions.',
  },
  PDF_NO_PAGES: {
    severity: 'error',
    summary: 'A PDF has no pages.',
    remedy: 'Export it again.',
  },
  PDF_NO_END: {
    severity: 'warning',
    summary: 'The end mark of a PDF is missing; it could be opened nevertheless.',
    remedy: 'Copy or export it again if pages are missing.',
  },
  PDF_NOT_DRAWN: {
    severity: 'error',
    summary:
      'The pages of a PDF were to become images, and cannot be drawn: they are damaged, or take too long or too much memory.',
    remedy: 'Print it to a new PDF, or save its pages as images.',
  },
  PDF_PAGES_LEFT_OUT: {
    severity: 'warning',
    summary: 'A PDF has more pages than `adapt.pdfPages` allows: the others did not become images.',
    remedy: 'Raise the number if the model takes so many images, or keep the pages that the answer needs.',
  },
  PDF_ACTIVE: {
    severity: 'warning',
    summary: 'A PDF holds scripts, programs or attachments.',
    remedy: 'Print it to a new PDF to be rid of them.',
  },
  TEXT_ENCODING: {
    severity: 'error',
    summary: 'A text file is neither UTF-8 nor UTF-16 with its mark.',
    remedy: 'Save it as UTF-8.',
  },
  TEXT_EMPTY: {
    severity: 'warning',
    summary: 'A text file holds nothing but white space.',
    remedy: 'Check that it is the file that was meant.',
  },
  TEXT_IS_HTML: {
    severity: 'warning',
    summary: 'A text file holds HTML, whose tags are taken as text.',
    remedy: 'Copy the text out of the page if that is what was meant.',
  },
} as const;
