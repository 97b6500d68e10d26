// A QR code (ISO/IEC 18004) of a text: bytes in UTF-8, error correction M, the smallest version that holds it, the mask that
// confuses a camera least. Drawn here, so that no host is asked.

const CHECKS = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28]; // codewords of correction a block, by version
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49];
const LEVEL_M = 0; // its two bits
const MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

/** Modules of the code, row by row, true where dark; null where the text is too long for any version. */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  for (let version = 1; version <= 40; version += 1) {
    const room = codewordsOf(version) - CHECKS[version - 1] * BLOCKS[version - 1];
    if (bytes.length + (version < 10 ? 2 : 3) > room) continue; // mode and length take 12 or 20 bits, the end at most 4
    return drawn(version, interleaved(version, padded(bytes, version, room)));
  }
  return null;
}

/** Codewords of a version, correction included: modules that no pattern takes, in eights. */
function codewordsOf(version) {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    modules -= (25 * aligned - 10) * aligned - 55;
    if (version >= 7) modules -= 36;
  }
  return Math.floor(modules / 8);
}

function padded(bytes, version, room) {
  const bits = [];
  const put = (value, count) => {
    for (let i = count - 1; i >= 0; i -= 1) bits.push((value >>> i) & 1);
  };
  put(4, 4); // bytes
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, 8 * room - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let fill = 0xec; bits.length < 8 * room; fill ^= 0xec ^ 0x11) put(fill, 8);
  return Array.from({ length: room }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((sum, bit) => 2 * sum + bit, 0));
}

/** Blocks with their correction, taken in turns. */
function interleaved(version, data) {
  const [blocks, checks] = [BLOCKS[version - 1], CHECKS[version - 1]];
  const short = Math.floor(data.length / blocks);
  const longer = data.length % blocks;
  const divisor = generator(checks);
  const parts = [];
  for (let b = 0, from = 0; b < blocks; b += 1) {
    const length = short + (b >= blocks - longer ? 1 : 0);
    const block = data.slice(from, from + length);
    from += length;
    parts.push({ block, check: remainder(block, divisor) });
  }
  const turns = (of, count) => Array.from({ length: count }, (_, i) => parts.map((part) => part[of][i]).filter((word) => word !== undefined)).flat();
  return [...turns("block", short + 1), ...turns("check", checks)];
}

/** Product in the field of 256 elements over x⁸ + x⁴ + x³ + x² + 1. */
function product(a, b) {
  let sum = 0;
  for (let i = 7; i >= 0; i -= 1) {
    sum = (sum << 1) ^ ((sum >>> 7) * 0x11d);
    sum ^= ((b >>> i) & 1) * a;
  }
  return sum;
}

function generator(degree) {
  const terms = [...new Array(degree - 1).fill(0), 1];
  for (let i = 0, root = 1; i < degree; i += 1, root = product(root, 2)) {
    for (let j = 0; j < degree; j += 1) terms[j] = product(terms[j], root) ^ (terms[j + 1] ?? 0);
  }
  return terms;
}

function remainder(block, divisor) {
  const rest = divisor.map(() => 0);
  for (const word of block) {
    const factor = word ^ rest.shift();
    rest.push(0);
    divisor.forEach((term, i) => {
      rest[i] ^= product(term, factor);
    });
  }
  return rest;
}

/** The code with the mask of least penalty. */
function drawn(version, words) {
  const side = 4 * version + 17;
  let best = null;
  for (let mask = 0; mask < MASKS.length; mask += 1) {
    const dark = Array.from({ length: side }, () => new Array(side).fill(false));
    const fixed = Array.from({ length: side }, () => new Array(side).fill(false));
    writePatterns(dark, fixed, version, mask);
    writeWords(dark, fixed, words, MASKS[mask]);
    const fault = penalty(dark);
    if (!best || fault < best.fault) best = { dark, fault };
  }
  return best.dark;
}

function writePatterns(dark, fixed, version, mask) {
  const side = dark.length;
  const set = (x, y, on) => {
    if (x < 0 || y < 0 || x >= side || y >= side) return;
    dark[y][x] = on;
    fixed[y][x] = true;
  };
  for (let i = 0; i < side; i += 1) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [[3, 3], [side - 4, 3], [3, side - 4]]) square(cx, cy, 4, (away) => away !== 2 && away !== 4);
  const places = alignment(version, side);
  const last = places.length - 1;
  places.forEach((cx, i) => places.forEach((cy, j) => {
    if (!((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0))) square(cx, cy, 2, (away) => away !== 1);
  }));
  const format = withCheck((LEVEL_M << 3) | mask, 10, 0x537) ^ 0x5412;
  const bit = (value, i) => ((value >>> i) & 1) === 1;
  for (let i = 0; i < 15; i += 1) {
    const near = i < 6 ? i : i < 8 ? i + 1 : side - 15 + i;
    set(8, near, bit(format, i));
    set(i < 8 ? side - 1 - i : i < 9 ? 7 : 14 - i, 8, bit(format, i));
  }
  set(8, side - 8, true);
  if (version < 7) return;
  const known = withCheck(version, 12, 0x1f25);
  for (let i = 0; i < 18; i += 1) {
    const [a, b] = [side - 11 + (i % 3), Math.floor(i / 3)];
    set(a, b, bit(known, i));
    set(b, a, bit(known, i));
  }

  function square(cx, cy, reach, on) {
    for (let dy = -reach; dy <= reach; dy += 1) for (let dx = -reach; dx <= reach; dx += 1) set(cx + dx, cy + dy, on(Math.max(Math.abs(dx), Math.abs(dy))));
  }
}

/** A value with the bits of its own check behind it. */
function withCheck(value, bits, divisor) {
  let rest = value;
  for (let i = 0; i < bits; i += 1) rest = (rest << 1) ^ ((rest >>> (bits - 1)) * divisor);
  return (value << bits) | rest;
}

/** Middles of the small squares along one side. */
function alignment(version, side) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((8 * version + 3 * count + 5) / (4 * count - 4)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => side - 7 - step * (count - 2 - i))];
}

function writeWords(dark, fixed, words, mask) {
  const side = dark.length;
  let place = 0;
  for (let right = side - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let vert = 0; vert < side; vert += 1) {
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? side - 1 - vert : vert;
        if (fixed[y][x]) continue;
        const on = place < 8 * words.length && ((words[place >>> 3] >>> (7 - (place & 7))) & 1) === 1;
        dark[y][x] = on !== (mask(x, y) === 0);
        place += 1;
      }
    }
  }
}

/** What confuses a camera: runs, squares of one colour, what looks like a corner, too much of one colour. */
function penalty(dark) {
  const side = dark.length;
  const columns = dark.map((_, x) => dark.map((row) => row[x]));
  let sum = 0;
  for (const line of [...dark, ...columns]) {
    const text = line.map((on) => (on ? "1" : "0")).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let i = 0; i + 11 <= side; i += 1) if (["10111010000", "00001011101"].includes(text.slice(i, i + 11))) sum += 40;
  }
  for (let y = 0; y + 1 < side; y += 1) for (let x = 0; x + 1 < side; x += 1) if (dark[y][x] === dark[y][x + 1] && dark[y][x] === dark[y + 1][x] && dark[y][x] === dark[y + 1][x + 1]) sum += 3;
  const share = dark.flat().filter(Boolean).length / side ** 2;
  return sum + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}
