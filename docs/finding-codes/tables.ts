import { rowCodes } from './finding-code.ts';

/** CSV and TSV files as such, and the rows of every table. */
export const TABLES = {
  FILE_EMPTY: {
    severity: 'error',
    summary: 'A dataset file has no bytes.',
    remedy: 'Upload it again; an interrupted upload leaves such a file.',
    example: 'empty.csv: "empty.csv" is empty (0 bytes)',
  },
  ENCODING_WINDOWS_1252: {
    severity: 'warning',
    summary: 'A table is not UTF-8 and was read as Windows-1252.',
    remedy: 'Save it as UTF-8 (in Excel: "CSV UTF-8"), so that no letter depends on a guess.',
    example: 'excel.csv, line 1: "excel.csv" is not UTF-8; it was read as Windows-1252',
  },
  CSV_STRAY_QUOTE: {
    severity: 'error',
    summary: 'A cell has a quote in text that does not begin with one.',
    remedy: 'Put the whole cell in quotes, and double each quote inside it.',
    example: 'quotes.csv, row 1: cell 2 has a quote inside text that does not begin with one',
  },
  CSV_TEXT_AFTER_QUOTE: {
    severity: 'error',
    summary: 'A cell goes on after its closing quote.',
    remedy: 'Double each quote inside the cell, or remove the text after the last one.',
    example: 'quotes.csv, row 2: cell 1 goes on after its closing quote',
  },
  CSV_UNTERMINATED_QUOTE: {
    severity: 'error',
    summary: 'A quote is never closed, so that all that follows it was read as one cell.',
    remedy: 'Close it on the line that the message names, or double it if it is part of the text.',
    example:
      'quotes.csv, row 3: the quote that opens cell 2 on line 4 is never closed, so everything after it was read as that one cell',
  },
  CSV_NUL: {
    severity: 'error',
    summary: 'A cell holds the character U+0000.',
    remedy: 'Remove it, or save the file as text again.',
    example: 'nul.csv, row 1: cell 1 holds a NUL character (U+0000), which text never needs',
  },
  CSV_INVALID_UTF8: {
    severity: 'error',
    summary: 'A cell holds bytes that are no text in the encoding of the file.',
    remedy: 'Save the file as UTF-8 again.',
    example: 'mixed.csv, row 1: cell 2 holds bytes that are not text in the encoding of this file; they show as �',
  },
  CSV_CELL_TOO_LARGE: {
    severity: 'error',
    summary: 'A cell is larger than 64 MiB.',
    remedy: 'Put large media beside the table, and name the file in the cell.',
    example: 'cell 2 is larger than 64 MiB and was left out',
  },
  CSV_RECORD_TOO_LARGE: {
    severity: 'error',
    summary: 'A row is larger than 256 MiB.',
    remedy: 'Close the quote that the message names, or put large media beside the table.',
    example: 'the record is larger than 256 MiB and was left out; reading went on at the next line',
  },
  CSV_TOO_MANY_CELLS: {
    severity: 'error',
    summary: 'A row has more than 1,024 cells.',
    remedy: 'Check that the delimiter is right, and that cells which hold it are in quotes.',
    example: 'wide.csv, row 1: the record has more than 1024 cells; the rest were left out',
  },
  ...rowCodes({
    TABLE_HEADER_EMPTY: {
      remedy: 'Begin the table with a row that names its columns: prompt, completion, files.',
      example: 'headless.csv: "headless.csv" has no header row',
    },
    TABLE_HEADER_UNKNOWN: {
      remedy: 'Name the columns prompt and completion, and files where rows have media.',
      example: 'unknown.csv, line 1: the header names neither a prompt nor a completion column: picture, words',
    },
    TABLE_HEADER_MISSING: {
      remedy: 'Add the column that the message names, or rename the one that is meant.',
      example: 'prompts.csv, line 1: the header has no completion column: prompt, words',
    },
    TABLE_HEADER_DUPLICATE: {
      remedy: 'Remove one of them, or give it a name that finedrop does not read.',
      example: 'twice.csv, line 1: "completion" and "answer" both mean the completion column',
    },
    TABLE_HEADER_COLUMNS: {
      remedy: 'Keep prompt, completion, files, and what else you need to see.',
      example: 'columns.csv, line 1: the header has 65 columns, more than 64',
    },
    RETIRE_HEADER: {
      remedy: 'Name the column "id" or "prompt"; a dataset needs another file name.',
      example: 'retire-names.csv, line 1: a list of rows to take out has neither an id nor a prompt column: name',
    },
    RETIRE_TOO_MANY: {
      remedy: 'Leave these rows out of the dataset files instead.',
      example: 'retire.csv: the list names more than 100,000 rows to take out',
    },
    TABLE_COLUMN_IGNORED: {
      remedy: 'Rename it if it is meant to be read; otherwise nothing needs to be done.',
      example: 'ignored.csv, line 1: the column "catgory" is not known and not read',
    },
    TABLE_RAGGED: {
      remedy: 'Put quotes around a cell that holds the separator, and write a separator for each empty cell.',
      example: 'ragged.csv, row 1: the row has 5 cells, the header has 3 columns',
    },
    PROMPT_EMPTY: {
      remedy: 'Write what the model will be asked, or name a file.',
      example: 'gaps.csv, row 1, prompt: the row has neither a prompt nor a file',
    },
    COMPLETION_EMPTY: {
      remedy: 'Write what the model should answer, or remove the row.',
      example: 'gaps.csv, row 2, completion: the row has no completion',
    },
    SPLIT_UNKNOWN: {
      remedy: 'Write train or validation, or leave the cell empty.',
      example: 'splits.csv, row 1, split: the split "test" is neither train nor validation',
    },
    TEXT_NUL: {
      remedy: 'Remove it; a file written as UTF-16 and read as something else has many, so save it as UTF-8.',
      example: 'notes.csv, row 1, files, part 1: line 1: a NUL character (U+0000) stands in the text',
    },
    TEXT_SURROGATE: {
      remedy: 'Write the text again: it was cut within an emoji or a rare letter.',
      example:
        'saved.xlsx, sheet Sheet1, row 1, completion: the completion contains half of a character (a lone surrogate) at character 8',
    },
    TEXT_CONTROL: {
      remedy: 'Remove them if they are not meant to be learned.',
      example:
        'control.csv, row 1, prompt: the prompt contains the control character U+0007 at character 8; it is kept',
    },
    CELL_CUT: {
      remedy: 'Take the text from where it came from, and put it into a CSV or JSONL file.',
      example:
        'long.csv, row 1, completion: the completion has exactly 32,767 characters, which is where Excel cuts a cell',
    },
    CELL_ERROR: {
      remedy: 'Mend the formula that the cell had, and save the values.',
      example: 'broken.csv, row 1, completion: the completion is "#REF!", an error value of a spreadsheet',
    },
    CELL_SCIENTIFIC: {
      remedy: 'Format the column as text before you paste or import, and enter the number again.',
      example: 'errors.csv, row 2, completion: the completion is "1.23457E+15": a long number was cut',
    },
    CELL_DATE: {
      remedy:
        'Format the column as text before you paste or import, and enter the text again; a date that is meant may stay.',
      example:
        'errors.csv, row 3, completion: the completion is "2-Jan", as spreadsheets write what they take for a date',
    },
    CELL_ZEROS_LOST: {
      remedy: 'If they are codes, format the column as text and restore the zeros.',
      example:
        'codes.csv, completion: 28 numbers of the column completion have 5 digits, 2 fewer and none begins with 0; the first short one is in row 1',
    },
    CELLS_CUT: {
      remedy: 'Mend those that are listed, save the file anew, and check again.',
      example: 'broken.csv: 3 more cells are damaged as CELL_ERROR says; the first 100 are listed',
    },
    TEXT_MOJIBAKE: {
      remedy: 'Save the file as UTF-8 from the program that still shows the text rightly.',
      example:
        'errors.csv, row 4, completion: the completion has letters that were read in the wrong encoding at character 4: "CafÃ©."',
    },
    FINDINGS_CUT: {
      remedy: 'Mend those that are listed, and check again.',
      example: 'missing.csv, row 1: 2 more findings of this row are not listed',
    },
  }),
} as const;
