const HASH_BYTES = 32;
const FIRST_ROOM = 1024;

/** The MIME types of files by sha256, given in the hashes' order: 33 bytes a file, where a Map would hold a million of them in hundreds of megabytes. */
export function openTypes() {
  let hashes = Buffer.alloc(FIRST_ROOM * HASH_BYTES);
  let kinds = Buffer.alloc(FIRST_ROOM);
  let count = 0;
  const known: string[] = [];
  const at = (place: number) => hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
  return {
    add: (sha256: string, mime: string): void => {
      if (count === kinds.length) {
        hashes = Buffer.concat([hashes, Buffer.alloc(hashes.length)]);
        kinds = Buffer.concat([kinds, Buffer.alloc(kinds.length)]);
      }
      if (!known.includes(mime)) known.push(mime);
      hashes.write(sha256, count * HASH_BYTES, 'hex');
      kinds[count] = known.indexOf(mime);
      count += 1;
    },
    /** null = it was not given. */
    of: (sha256: string): string | null => {
      const wanted = Buffer.from(sha256, 'hex');
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (at(middle).compare(wanted) < 0) low = middle + 1;
        else high = middle;
      }
      return low < count && at(low).equals(wanted) ? (known[kinds[low] ?? 0] ?? null) : null;
    },
  };
}
