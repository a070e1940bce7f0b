/** What is wrong with a workbook; `sheet` where one is meant. */
export interface XlsxFault {
  code: string;
  message: string;
  hint?: string;
  sheet?: string;
}

/** The workbook cannot be read; thrown between the steps here and by a sheet's rows, a value everywhere else. */
export class XlsxError extends Error {
  readonly fault: XlsxFault;
  constructor(fault: XlsxFault) {
    super(fault.message);
    this.name = 'XlsxError';
    this.fault = fault;
  }
}

/** The usual way out for damage that no user can mend by hand. */
const SAVE_AGAIN = 'Open the file in a spreadsheet program and save it as .xlsx again.';

export function refuseWorkbook(code: string, message: string, hint: string = SAVE_AGAIN): never {
  throw new XlsxError({ code, message, hint });
}
