/** ZIP archives: faults of the archive refuse the drop, faults of an entry only the rows that name it. */
export const ARCHIVES = {
  ZIP_STRUCTURE: {
    severity: 'error',
    summary: 'The file is no ZIP archive, is cut short, or contradicts itself.',
    remedy: 'Upload it again, or pack the files again as ZIP.',
  },
  ZIP_ENCRYPTED: {
    severity: 'error',
    summary: 'The archive or an entry is protected by a password.',
    remedy: 'Pack the files again without one.',
  },
  ZIP_METHOD: {
    severity: 'error',
    summary: 'Files are packed in a way that is not read.',
    remedy: 'Pack them with Deflate, which is what ordinary ZIP tools do.',
  },
  ZIP_DUPLICATE: {
    severity: 'error',
    summary: 'The archive holds one name twice.',
    remedy: 'Remove one of the two files.',
  },
  ZIP_TOO_MANY: {
    severity: 'error',
    summary: 'The archive lists more entries than are read.',
    remedy: 'Split it into smaller archives.',
  },
  ZIP_TOO_BIG: {
    severity: 'error',
    summary: 'The archive or an entry is larger than what is read, packed or unpacked.',
    remedy: 'Split it into smaller archives, or make the file smaller.',
  },
  ZIP_RATIO: {
    severity: 'error',
    summary: 'The archive or an entry unpacks to suspiciously many times its size.',
    remedy: 'Pack the files again without compression.',
  },
  ZIP_SIZE_LIE: {
    severity: 'error',
    summary: 'An entry unpacks to another size than it claims.',
    remedy: 'Pack the file again.',
  },
  ZIP_DATA: {
    severity: 'error',
    summary: 'The data of an entry are damaged.',
    remedy: 'Pack the file again, or upload the archive again.',
  },
  ZIP_OVERLAP: {
    severity: 'error',
    summary: 'Entries overlap each other, as only damaged or malicious archives do.',
    remedy: 'Pack the files again.',
  },
  ZIP_POLYGLOT: {
    severity: 'error',
    summary: 'Bytes before or behind the archive make it readable in two ways.',
    remedy: 'Pack the files again with an ordinary ZIP tool.',
  },
  ZIP_HEADER_MISMATCH: {
    severity: 'error',
    summary: 'The archive says two different things about one entry.',
    remedy: 'Pack the files again with an ordinary ZIP tool.',
  },
  ZIP_NAME: {
    severity: 'error',
    summary: 'The name of an entry has a control character, or is not in the encoding that it claims.',
    remedy: 'Rename the file, and pack it again.',
  },
  ZIP_PATH: {
    severity: 'error',
    summary: 'The name of an entry is absolute, points outside the archive, is no file name, or is too long or deep.',
    remedy: 'Pack the files with short names below one folder.',
  },
  ZIP_SPECIAL_FILE: {
    severity: 'error',
    summary: 'An entry is a symbolic link, a device, or a program that runs with the rights of its owner.',
    remedy: 'Pack the file that is meant, or leave the entry out.',
  },
  ZIP_BACKSLASH: {
    severity: 'warning',
    summary: 'The name of an entry has backslashes, which were read as slashes.',
    remedy: 'Nothing needs to be done if rows name the file with slashes.',
  },
  ZIP_NAME_ENCODING: {
    severity: 'warning',
    summary: 'The name of an entry is not UTF-8 and was read as code page 437.',
    remedy: 'Pack with UTF-8 names if letters look wrong.',
  },
  ZIP_NAME_INVISIBLE: {
    severity: 'warning',
    summary: 'The name of an entry has invisible characters.',
    remedy: 'Rename the file if that is not on purpose.',
  },
  ZIP_GAP: {
    severity: 'warning',
    summary: 'Parts of the archive belong to none of its entries.',
    remedy: 'Pack the files again if none were meant to be removed.',
  },
} as const;
