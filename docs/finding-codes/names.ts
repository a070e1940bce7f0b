import { rowCodes } from './finding-code.ts';

/** How rows name their files, and files that rows carry themselves. */
export const NAMES = rowCodes({
  FILES_QUOTE: {
    remedy: 'Close the quote, and double each quote inside the name.',
    example: 'train.csv, row 1, files: the quote before owl, day.png is not closed before a comma',
  },
  FILES_LIST: {
    remedy: 'Write it like 0.png,1.png or ["0.png", "1.png"].',
    example: 'train.csv, row 2, files: the list ["owl.jpeg", 2] holds something other than strings',
  },
  FILES_COMMA_AMBIGUOUS: {
    remedy: 'Write each name with a comma in quotes: "a, b.png".',
    example:
      'train.csv, row 3, files: the commas in owl.jpeg, cat.png can be read in several ways, as files of the drop have commas in their names',
  },
  FILES_EMPTY_ENTRY: {
    remedy: 'Remove the comma, or write the name that is missing.',
    example: 'train.csv, row 4, files: there is nothing between two commas of the list',
  },
  FILES_TOO_MANY: {
    remedy: 'Give fewer files with one prompt.',
    example: 'many.csv, row 1, files: the cell names more than 1000 files',
  },
  MEDIA_MISSING: {
    remedy: 'Check the spelling, or add the file to the archive or beside the dataset.',
    example: 'train.csv, row 5, files, part 1: no file "owl.jpg" in media.zip, more.zip',
  },
  MEDIA_AMBIGUOUS: {
    remedy: 'Write the whole path, spelled as in the archive, or rename one of the files.',
    example: 'train.csv, row 7, files, part 1: "0.png" fits 2 files: media.zip!0.png, more.zip!0.png',
  },
  MEDIA_NAME_FOLDER: {
    remedy: 'Nothing needs to be done if this is the file that you meant.',
    example:
      'train.csv, row 1, files, part 1: "owl.png" was taken to be "media.zip!photos/owl.png", found below the only folder of media.zip',
  },
  MEDIA_NAME_INEXACT: {
    remedy: 'Write the name as the file has it.',
    example:
      'train.csv, row 6, files, part 1: "OWL.jpeg" was taken to be "media.zip!owl.jpeg", found without regard to upper and lower case',
  },
  VIDEO_UNSUPPORTED: {
    remedy: 'Put its frames as images into a folder of the archive, and name the folder in the row.',
    example: 'train.csv, row 8, files, part 1: "tour.mp4" is a video; training takes its frames instead',
  },
  DATA_URI_SPACE_AROUND: {
    remedy: 'Remove the white space, or leave it: the data are whole.',
    example: 'chats.jsonl, row 1, part 1: white space around the data URI was ignored',
  },
  DATA_URI_HEADER: {
    remedy: 'Begin it with its type: data:image/png;base64,….',
    example: 'train.csv, row 2, files, part 1: the data URI\'s header "data:;base64" names no valid type',
  },
  DATA_URI_ENCODING: {
    remedy: 'Encode the file as base64.',
    example: 'train.csv, row 3, files, part 1: the data URI "data:image/png" is not marked as base64',
  },
  DATA_URI_TOO_LARGE: {
    remedy: 'Put the file into the archive, or behind a link.',
    example: 'chats.jsonl, row 1, part 1: the data URI holds 51380224 bytes, more than the 50331648 allowed',
  },
  DATA_URI_EMPTY: {
    remedy: 'Write the base64 text of the file behind the comma.',
    example: 'train.csv, row 4, files, part 1: the data URI has no data after its comma',
  },
  DATA_URI_LENGTH: {
    remedy: 'Encode the file again: the text was cut, or lost its padding.',
    example: 'train.csv, row 5, files, part 1: the base64 text is 2 characters long, which is no multiple of 4',
  },
  DATA_URI_PADDING: {
    remedy: 'Encode the file again: the text was cut or changed.',
    example: 'train.csv, row 6, files, part 1: the base64 text ends in "QR==", whose unused bits are not zero',
  },
  DATA_URI_URL_SAFE: {
    remedy: 'Use standard base64, with "+" and "/".',
    example: 'train.csv, row 7, files, part 1: "-" at character 3 of the base64 text belongs to the URL-safe alphabet',
  },
  DATA_URI_PERCENT: {
    remedy: 'Write "+", "/" and "=" as they are.',
    example: 'train.csv, row 8, files, part 1: the base64 text is percent-encoded (at character 3 of the base64 text)',
  },
  DATA_URI_WHITE_SPACE: {
    remedy: 'Write the base64 text on one line, without spaces.',
    example: 'train.csv, row 9, files, part 1: there is white space at character 3 of the base64 text',
  },
  DATA_URI_ALPHABET: {
    remedy: 'Encode the file as base64, and check that no placeholder was left.',
    example: 'train.csv, row 10, files, part 1: "{" at character 1 of the base64 text is no base64 character',
  },
});
