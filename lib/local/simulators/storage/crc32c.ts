/** CRC-32C (Castagnoli, RFC 3720): Cloud Storage's checksum. Node has CRC-32 only. */
const POLYNOMIAL = 0x82f63b78;
/** CRC-32 as zlib and Ethernet have it. */
const POLYNOMIAL_OF_CRC32 = 0xedb88320;
const LANES = 8;
const TABLE = buildTable();

/** The CRC-32C of `before` followed by `bytes`, as an unsigned number; `before` is 0 at the start. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  const end = bytes.length - (bytes.length % LANES);
  for (let index = 0; index < end; index += LANES) crc = eightBytes(crc, bytes, index);
  for (let index = end; index < bytes.length; index += 1) {
    crc = table(0, (crc ^ byte(bytes, index)) & 0xff) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

function eightBytes(crc: number, bytes: Uint8Array, index: number): number {
  return (
    table(7, (crc ^ byte(bytes, index)) & 0xff) ^
    table(6, ((crc >>> 8) ^ byte(bytes, index + 1)) & 0xff) ^
    table(5, ((crc >>> 16) ^ byte(bytes, index + 2)) & 0xff) ^
    table(4, ((crc >>> 24) ^ byte(bytes, index + 3)) & 0xff) ^
    table(3, byte(bytes, index + 4)) ^
    table(2, byte(bytes, index + 5)) ^
    table(1, byte(bytes, index + 6)) ^
    table(0, byte(bytes, index + 7))
  );
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function table(lane: number, value: number): number {
  return TABLE[lane * 256 + value] as number;
}

function buildTable(): Int32Array {
  const built = new Int32Array(LANES * 256);
  for (let value = 0; value < 256; value += 1) {
    let crc = value;
    for (let bit = 0; bit < 8; bit += 1) crc = halve(crc);
    built[value] = crc;
  }
  for (let index = 256; index < built.length; index += 1) {
    const previous = built[index - 256] as number;
    built[index] = (built[previous & 0xff] as number) ^ (previous >>> 8);
  }
  return built;
}

/** The CRC-32C of two joined byte strings from their CRCs and the second one's length: joining gigabytes reads nothing. */
export function combineCrc32c(first: number, second: number, secondLength: number): number {
  return combine(POLYNOMIAL, first, { crc: second, length: secondLength });
}

/** The same for the CRC-32 that Node counts. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return combine(POLYNOMIAL_OF_CRC32, first, { crc: second, length: secondLength });
}

function combine(polynomial: number, first: number, second: { crc: number; length: number }): number {
  let power = 1 << 30;
  for (let doubling = 0; doubling < 3; doubling += 1) power = multiply(polynomial, power, power);
  let shift = 1 << 31;
  for (let rest = second.length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(polynomial, power, shift);
    power = multiply(polynomial, power, power);
  }
  return (multiply(polynomial, shift, first) ^ second.crc) >>> 0;
}

/** Product of two reflected polynomials modulo the CRC's. */
function multiply(polynomial: number, left: number, right: number): number {
  let product = 0;
  let factor = right;
  for (let bit = 31; bit >= 0; bit -= 1) {
    if ((left >>> bit) & 1) product ^= factor;
    factor = halve(factor, polynomial);
  }
  return product;
}

function halve(value: number, polynomial: number = POLYNOMIAL): number {
  return value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
}
