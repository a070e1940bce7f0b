import { rowCodes } from './finding-code.ts';

/** CSV and TSV files as such, and the rows of every table. */
export const TABLES = {
  FILE_EMPTY: {
    severity: 'error',
    summary: 'A dataset file has no bytes.',
    remedy: 'Upload it again; an interrupted upload leaves such a file.',
  },
  ENCODING_WINDOWS_1252: {
    severity: 'warning',
    summary: 'A table is not UTF-8 and was read as Windows-1252.',
    remedy: 'Save it as UTF-8 (in Excel: "CSV UTF-8"), so that no letter depends on a guess.',
  },
  CSV_STRAY_QUOTE: {
    severity: 'error',
    summary: 'A cell has a quote in text that does not begin with one.',
    remedy: 'Put the whole cell in quotes, and double each quote inside it.',
  },
  CSV_TEXT_AFTER_QUOTE: {
    severity: 'error',
    summary: 'A cell goes on after its closing quote.',
    remedy: 'Double each quote inside the cell, or remove the text after the last one.',
  },
  CSV_UNTERMINATED_QUOTE: {
    severity: 'error',
    summary: 'A quote is never closed, so that all that follows it was read as one cell.',
    remedy: 'Close it on the line that the message names, or double it if it is part of the text.',
  },
  CSV_NUL: {
    severity: 'error',
    summary: 'A cell holds the character U+0000.',
    remedy: 'Remove it, or save the file as text again.',
  },
  CSV_INVALID_UTF8: {
    severity: 'error',
    summary: 'A cell holds bytes that are no text in the encoding of the file.',
    remedy: 'Save the file as UTF-8 again.',
  },
  CSV_CELL_TOO_LARGE: {
    severity: 'error',
    summary: 'A cell is larger than 64 MiB.',
    remedy: 'Put large media beside the table, and name the file in the cell.',
  },
  CSV_RECORD_TOO_LARGE: {
    severity: 'error',
    summary: 'A row is larger than 256 MiB.',
    remedy: 'Close the quote that the message names, or put large media beside the table.',
  },
  CSV_TOO_MANY_CELLS: {
    severity: 'error',
    summary: 'A row has more than 1,024 cells.',
    remedy: 'Check that the delimiter is right, and that cells which hold it are in quotes.',
  },
  ...rowCodes({
    TABLE_HEADER_EMPTY: 'Begin the table with a row that names its columns: prompt, completion, files.',
    TABLE_HEADER_UNKNOWN: 'Name the columns prompt and completion, and files where rows have media.',
    TABLE_HEADER_MISSING: 'Add the column that the message names, or rename the one that is meant.',
    TABLE_HEADER_DUPLICATE: 'Remove one of them, or give it a name that finedrop does not read.',
    TABLE_HEADER_COLUMNS: 'Keep prompt, completion, files, and what else you need to see.',
    TABLE_COLUMN_IGNORED: 'Rename it if it is meant to be read; otherwise nothing needs to be done.',
    TABLE_RAGGED: 'Put quotes around a cell that holds the separator, and write a separator for each empty cell.',
    PROMPT_EMPTY: 'Write what the model will be asked, or name a file.',
    COMPLETION_EMPTY: 'Write what the model should answer, or remove the row.',
    SPLIT_UNKNOWN: 'Write train or validation, or leave the cell empty.',
    TEXT_NUL: 'Remove it; a file written as UTF-16 and read as something else has many, so save it as UTF-8.',
    TEXT_SURROGATE: 'Write the text again: it was cut within an emoji or a rare letter.',
    TEXT_CONTROL: 'Remove them if they are not meant to be learned.',
    CELL_CUT: 'Take the text from where it came from, and put it into a CSV or JSONL file.',
    CELL_ERROR: 'Mend the formula that the cell had, and save the values.',
    CELL_SCIENTIFIC: 'Format the column as text before you paste or import, and enter the number again.',
    CELL_DATE:
      'Format the column as text before you paste or import, and enter the text again; a date that is meant may stay.',
    CELL_ZEROS_LOST: 'If they are codes, format the column as text and restore the zeros.',
    CELLS_CUT: 'Mend those that are listed, save the file anew, and check again.',
    TEXT_MOJIBAKE: 'Save the file as UTF-8 from the program that still shows the text rightly.',
    FINDINGS_CUT: 'Mend those that are listed, and check again.',
  }),
} as const;
