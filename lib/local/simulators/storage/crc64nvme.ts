/** CRC-64/NVME (NVM Express, NVM Command Set Specification): the checksum that S3 and the AWS CLI prefer. Node has none. */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const ONES = 0xffff_ffff_ffff_ffffn;
/** The same table in halves, since numbers are far faster than BigInts. */
const [HIGH, LOW] = buildTables();

/** The CRC of `before` followed by `bytes`; `before` is 0n at the start. */
export function crc64nvme(bytes: Uint8Array, before: bigint = 0n): bigint {
  const begun = before ^ ONES;
  let high = Number(begun >> 32n) | 0;
  let low = Number(begun & 0xffff_ffffn) | 0;
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
    high = (high >>> 8) ^ (HIGH[index] as number);
  }
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)) ^ ONES;
}

function buildTables(): [Int32Array, Int32Array] {
  const [high, low] = [new Int32Array(256), new Int32Array(256)];
  for (let value = 0; value < 256; value += 1) {
    let crc = BigInt(value);
    for (let bit = 0; bit < 8; bit += 1) crc = halve(crc);
    high[value] = Number(crc >> 32n) | 0;
    low[value] = Number(crc & 0xffff_ffffn) | 0;
  }
  return [high, low];
}

/** The CRC of two joined byte strings from their CRCs and the second one's length. */
export function combineCrc64nvme(first: bigint, second: bigint, secondLength: number): bigint {
  let power = 1n << 62n;
  for (let doubling = 0; doubling < 3; doubling += 1) power = multiply(power, power);
  let shift = 1n << 63n;
  for (let rest = secondLength; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(power, shift);
    power = multiply(power, power);
  }
  return multiply(shift, first) ^ second;
}

/** Product of two reflected polynomials modulo the CRC's. */
function multiply(left: bigint, right: bigint): bigint {
  let product = 0n;
  let factor = right;
  for (let bit = 63n; bit >= 0n; bit -= 1n) {
    if (((left >> bit) & 1n) === 1n) product ^= factor;
    factor = halve(factor);
  }
  return product;
}

function halve(value: bigint): bigint {
  return (value & 1n) === 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
}
