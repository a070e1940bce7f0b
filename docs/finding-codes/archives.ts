/** ZIP archives: faults of the archive refuse the drop, faults of an entry only the rows that name it. */
export const ARCHIVES = {
  ZIP_STRUCTURE: {
    severity: 'error',
    summary: 'The file is no ZIP archive, is cut short, or contradicts itself.',
    remedy: 'Upload it again, or pack the files again as ZIP.',
    example: 'media.zip: this is not a ZIP archive but the beginning of a ZIP archive; its end is missing',
  },
  ZIP_ENCRYPTED: {
    severity: 'error',
    summary: 'The archive or an entry is protected by a password.',
    remedy: 'Pack the files again without one.',
    example: 'train.csv, row 2, files, part 1: "secret.png" is protected by a password',
  },
  ZIP_METHOD: {
    severity: 'error',
    summary: 'Files are packed in a way that is not read.',
    remedy: 'Pack them with Deflate, which is what ordinary ZIP tools do.',
    example:
      'train.csv, row 3, files, part 1: "packed.png" is packed with Deflate64; only Deflate and stored entries are read',
  },
  ZIP_DUPLICATE: {
    severity: 'error',
    summary: 'The archive holds one name twice.',
    remedy: 'Remove one of the two files.',
    example: 'media.zip, entry owl.png: the archive holds "owl.png" twice, so it is not clear which one is meant',
  },
  ZIP_TOO_MANY: {
    severity: 'error',
    summary: 'The archive lists more entries than are read.',
    remedy: 'Split it into smaller archives.',
    example:
      'media.zip: the archive lists 1099511627776 entries in 53 bytes; at most 200000 entries in 64 MiB are read',
  },
  ZIP_TOO_BIG: {
    severity: 'error',
    summary: 'The archive or an entry is larger than what is read, packed or unpacked.',
    remedy: 'Split it into smaller archives, or make the file smaller.',
    example: 'train.csv, row 1, files, part 1: "owl.png" unpacks to 513 MiB; at most 512 MiB are read',
  },
  ZIP_RATIO: {
    severity: 'error',
    summary: 'The archive or an entry unpacks to suspiciously many times its size.',
    remedy: 'Pack the files again without compression.',
    example: 'train.csv, row 4, files, part 1: "zeros.png" is 2 KiB that unpack to 2 MiB, more than 200 times as much',
  },
  ZIP_SIZE_LIE: {
    severity: 'error',
    summary: 'An entry unpacks to another size than it claims.',
    remedy: 'Pack the file again.',
    example: 'train.csv, row 5, files, part 1: "size.png" is stored as it is, in 70 bytes, and claims 9',
  },
  ZIP_DATA: {
    severity: 'error',
    summary: 'The data of an entry are damaged.',
    remedy: 'Pack the file again, or upload the archive again.',
    example: 'train.csv, row 6, files, part 1: "sum.png" is damaged: its checksum does not match',
  },
  ZIP_OVERLAP: {
    severity: 'error',
    summary: 'Entries overlap each other, as only damaged or malicious archives do.',
    remedy: 'Pack the files again.',
    example:
      'media.zip, entry owl.png: the entry "owl.png" overlaps what follows it in the archive, as only damaged or malicious archives do',
  },
  ZIP_POLYGLOT: {
    severity: 'error',
    summary: 'Bytes before or behind the archive make it readable in two ways.',
    remedy: 'Pack the files again with an ordinary ZIP tool.',
    example: 'media.zip: 9 bytes stand before the first entry of the archive',
  },
  ZIP_HEADER_MISMATCH: {
    severity: 'error',
    summary: 'The archive says two different things about one entry.',
    remedy: 'Pack the files again with an ordinary ZIP tool.',
    example: 'train.csv, row 7, files, part 1: the archive says two different things about the size of "two.png"',
  },
  ZIP_NAME: {
    severity: 'error',
    summary: 'The name of an entry has a control character, or is not in the encoding that it claims.',
    remedy: 'Rename the file, and pack it again.',
    example:
      'media.zip, entry owl\\r.png: the entry name "owl\\r.png" contains a control character; ZIP readers disagree about such names',
  },
  ZIP_PATH: {
    severity: 'error',
    summary: 'The name of an entry is absolute, points outside the archive, is no file name, or is too long or deep.',
    remedy: 'Pack the files with short names below one folder.',
    example: 'train.csv, row 8, files, part 1: "../climb.png" points outside the archive ("..")',
  },
  ZIP_SPECIAL_FILE: {
    severity: 'error',
    summary: 'An entry is a symbolic link, a device, or a program that runs with the rights of its owner.',
    remedy: 'Pack the file that is meant, or leave the entry out.',
    example: 'train.csv, row 9, files, part 1: "link.png" is a symbolic link',
  },
  ZIP_BACKSLASH: {
    severity: 'warning',
    summary: 'The name of an entry has backslashes, which were read as slashes.',
    remedy: 'Nothing needs to be done if rows name the file with slashes.',
    example: 'train.csv, row 10, files, part 1: "photos\\slash.png" has backslashes; it is read as "photos/slash.png"',
  },
  ZIP_NAME_ENCODING: {
    severity: 'warning',
    summary: 'The name of an entry is not UTF-8 and was read as code page 437.',
    remedy: 'Pack with UTF-8 names if letters look wrong.',
    example: 'train.csv, row 11, files, part 1: "été.png" is not UTF-8; it is read as code page 437',
  },
  ZIP_NAME_INVISIBLE: {
    severity: 'warning',
    summary: 'The name of an entry has invisible characters.',
    remedy: 'Rename the file if that is not on purpose.',
    example: 'train.csv, row 12, files, part 1: "zero\\u200bwidth.png" contains invisible characters',
  },
  ZIP_GAP: {
    severity: 'warning',
    summary: 'Parts of the archive belong to none of its entries.',
    remedy: 'Pack the files again if none were meant to be removed.',
    example:
      'media.zip: about 195.3 KiB of the archive belong to none of its entries, perhaps files that were removed or replaced',
  },
} as const;
