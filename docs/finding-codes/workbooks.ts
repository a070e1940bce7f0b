/** Excel workbooks; their rows are tables. */
export const WORKBOOKS = {
  XLS_LEGACY: {
    severity: 'error',
    summary: 'The workbook is in the old Excel format (.xls).',
    remedy: 'Save it as .xlsx or .csv.',
  },
  XLSX_STRUCTURE: {
    severity: 'error',
    summary: 'The file is no workbook, or a damaged one.',
    remedy: 'Open it in a spreadsheet program, and save it as .xlsx again.',
  },
  XLSX_XML: {
    severity: 'error',
    summary: 'A part of the workbook is no valid XML.',
    remedy: 'Open it in a spreadsheet program, and save it as .xlsx again.',
  },
  XLSX_DOCTYPE: {
    severity: 'error',
    summary: 'A part of the workbook declares a document type, as none of Excel does.',
    remedy: 'Open it in a spreadsheet program, and save it as .xlsx again.',
  },
  XLSX_ENCRYPTED: {
    severity: 'error',
    summary: 'The workbook is protected by a password.',
    remedy: 'Save it without one.',
  },
  XLSX_TOO_BIG: {
    severity: 'error',
    summary: 'The workbook or one of its sheets is larger than what is read.',
    remedy: 'Split it, or save the sheet as CSV.',
  },
  XLSX_COLUMNS: {
    severity: 'error',
    summary: 'A value stands further to the right than columns are read.',
    remedy: 'Remove what stands to the right.',
  },
  XLSX_EXTERNAL: {
    severity: 'warning',
    summary: 'The workbook links to other files or data, which are not followed.',
    remedy: 'Check that its cells were up to date when it was saved.',
  },
  SHEET_HIDDEN: {
    severity: 'warning',
    summary: 'A hidden sheet was passed over.',
    remedy: 'Unhide it if its rows are meant to train.',
  },
} as const;
