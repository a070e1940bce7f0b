/** Excel workbooks; their rows are tables. */
export const WORKBOOKS = {
  XLS_LEGACY: {
    severity: 'error',
    summary: 'The workbook is in the old Excel format (.xls).',
    remedy: 'Save it as .xlsx or .csv.',
    example: 'owls.xls: "owls.xls" is in the old Excel format',
  },
  XLSX_STRUCTURE: {
    severity: 'error',
    summary: 'The file is no workbook, or a damaged one.',
    remedy: 'Open it in a spreadsheet program, and save it as .xlsx again.',
    example: 'owls.xlsx: this is not an Excel workbook, whatever its name says',
  },
  XLSX_XML: {
    severity: 'error',
    summary: 'A part of the workbook is no valid XML.',
    remedy: 'Open it in a spreadsheet program, and save it as .xlsx again.',
    example: 'cut.xlsx, sheet Sheet1: the workbook is damaged: it ends too early (xl/worksheets/sheet1.xml)',
  },
  XLSX_DOCTYPE: {
    severity: 'error',
    summary: 'A part of the workbook declares a document type, as none of Excel does.',
    remedy: 'Open it in a spreadsheet program, and save it as .xlsx again.',
    example:
      'entities.xlsx, sheet Sheet1: the workbook declares a document type or entities (xl/worksheets/sheet1.xml); no spreadsheet program writes that, and it is not read',
  },
  XLSX_ENCRYPTED: {
    severity: 'error',
    summary: 'The workbook is protected by a password.',
    remedy: 'Save it without one.',
    example: 'secret.xlsx: the workbook is protected by a password',
  },
  XLSX_TOO_BIG: {
    severity: 'error',
    summary: 'The workbook or one of its sheets is larger than what is read.',
    remedy: 'Split it, or save the sheet as CSV.',
    example:
      'large.xlsx, sheet Sheet1: the workbook’s part xl/worksheets/sheet1.xml unpacks to 1.1 GiB; at most 1 GiB are read',
  },
  XLSX_COLUMNS: {
    severity: 'error',
    summary: 'A value stands further to the right than columns are read.',
    remedy: 'Remove what stands to the right.',
    example: 'wide.xlsx, sheet Sheet1: row 1 has a value in column 65; at most 64 columns are read',
  },
  XLSX_EXTERNAL: {
    severity: 'warning',
    summary: 'The workbook links to other files or data, which are not followed.',
    remedy: 'Check that its cells were up to date when it was saved.',
    example:
      'linked.xlsx: the workbook has links to other workbooks, which are not followed: its cells are read as they were last saved',
  },
  SHEET_HIDDEN: {
    severity: 'warning',
    summary: 'A hidden sheet was passed over.',
    remedy: 'Unhide it if its rows are meant to train.',
    example: 'hidden.xlsx, sheet Drafts: the hidden sheet "Drafts" was passed over',
  },
} as const;
