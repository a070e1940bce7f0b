import { rowCodes } from './finding-code.ts';

/** How rows name their files, and files that rows carry themselves. */
export const NAMES = rowCodes({
  FILES_QUOTE: 'Close the quote, and double each quote inside the name.',
  FILES_LIST: 'Write it like 0.png,1.png or ["0.png", "1.png"].',
  FILES_COMMA_AMBIGUOUS: 'Write each name with a comma in quotes: "a, b.png".',
  FILES_EMPTY_ENTRY: 'Remove the comma, or write the name that is missing.',
  FILES_TOO_MANY: 'Give fewer files with one prompt.',
  MEDIA_MISSING: 'Check the spelling, or add the file to the archive or beside the dataset.',
  MEDIA_AMBIGUOUS: 'Write the whole path, spelled as in the archive, or rename one of the files.',
  MEDIA_NAME_FOLDER: 'Nothing needs to be done if this is the file that you meant.',
  MEDIA_NAME_INEXACT: 'Write the name as the file has it.',
  VIDEO_UNSUPPORTED: 'Put its frames as images into a folder of the archive, and name the folder in the row.',
  DATA_URI_SPACE_AROUND: 'Remove the white space, or leave it: the data are whole.',
  DATA_URI_HEADER: 'Begin it with its type: data:image/png;base64,….',
  DATA_URI_ENCODING: 'Encode the file as base64.',
  DATA_URI_TOO_LARGE: 'Put the file into the archive, or behind a link.',
  DATA_URI_EMPTY: 'Write the base64 text of the file behind the comma.',
  DATA_URI_LENGTH: 'Encode the file again: the text was cut, or lost its padding.',
  DATA_URI_PADDING: 'Encode the file again: the text was cut or changed.',
  DATA_URI_URL_SAFE: 'Use standard base64, with "+" and "/".',
  DATA_URI_PERCENT: 'Write "+", "/" and "=" as they are.',
  DATA_URI_WHITE_SPACE: 'Write the base64 text on one line, without spaces.',
  DATA_URI_ALPHABET: 'Encode the file as base64, and check that no placeholder was left.',
});
