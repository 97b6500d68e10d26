// The constant part of the laboratory: one picture and what both heads say about it, unpacked from one run of bytes.
// Layout (written by dualviz/lab/payload.py): magic, header length, payload length, JSON header, blobs on 16-byte steps;
// behind the payload there may stand a seed: the state Python wants shown. Nothing here is copied that need not be.

const PAYLOAD_MAGIC = "DUALVIZ2";
const SEED_MAGIC = "DVSTATE1";

/** Bytes of one picture → payload (see the fields below); throws an Error that says what is wrong with them. */
export function unpack(given) {
  const bytes = asBytes(given);
  const header = readHeader(bytes);
  const blob = (name) => {
    const [offset, length] = header.blobs[name];
    return bytes.subarray(header.body + offset, header.body + offset + length);
  };
  const floats = (name) => {
    const part = blob(name);
    const aligned = part.byteOffset % 4 ? part.slice() : part;
    return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  };
  const levels = header.levels;
  const { anchorPoints, level } = anchorsOf(levels, floats("axes"));
  const columns = new Map(header.classes.map((label, column) => [label, column]));
  return {
    id: header.id,
    name: header.name,
    detector: header.detector,
    weights: header.weights ?? "",
    anchors: level.length,
    quantum: header.quantum,
    picture: { ...header.picture, bytes: blob("picture") },
    anchorPoints,
    pixelScale: levels[0]?.columns > 1 ? Math.fround(anchorPoints[2] - anchorPoints[0]) / levels[0].stride : 1, // picture pixels a network pixel
    level,
    levels,
    heads: ["one2many", "one2one"].map((name) => ({
      boxes: floats(`${name}_boxes`),
      scores: floats(`${name}_scores`),
    })),
    classes: header.classes.map((label) => ({ label, name: header.class_names[label] })),
    classNames: header.class_names,
    columnOf: (label) => columns.get(label) ?? -1,
    cellOf: (anchor) => {
      const { name, first, columns: width } = levels[level[anchor]];
      const index = anchor - first;
      return {
        level: level[anchor],
        name,
        column: index % width,
        row: Math.floor(index / width),
        x: anchorPoints[2 * anchor],
        y: anchorPoints[2 * anchor + 1],
      };
    },
    seed: readSeed(bytes, header),
  };
}

/** Where every anchor stands and on which level: {anchorPoints Float32Array 2A in picture pixels, level Uint8Array A}, of the levels'
 *  grids and their axes (each column's x, then each row's y). */
function anchorsOf(levels, axes) {
  const A = levels.reduce((sum, { count }) => sum + count, 0);
  const [anchorPoints, level] = [new Float32Array(2 * A), new Uint8Array(A)];
  let from = 0;
  levels.forEach(({ first, count, columns, rows }, index) => {
    level.fill(index, first, first + count);
    for (let i = 0; i < count; i += 1) {
      anchorPoints[2 * (first + i)] = axes[from + (i % columns)];
      anchorPoints[2 * (first + i) + 1] = axes[from + columns + Math.floor(i / columns)];
    }
    from += columns + rows;
  });
  return { anchorPoints, level };
}

/** The seed behind a payload, or null: cheap, for telling a new state from a new picture. */
export function seedOf(given) {
  const bytes = asBytes(given);
  return readSeed(bytes, readHeader(bytes));
}

/** Content hash of a payload without unpacking it. */
export function payloadId(given) {
  return readHeader(asBytes(given)).id;
}

/** Base64 text, as the stand-alone page carries it → bytes. */
export function base64Bytes(text) {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Bytes → base64 text. */
export function bytesBase64(bytes) {
  const PART = 0x8000; // a call takes only so many arguments
  let binary = "";
  for (let i = 0; i < bytes.length; i += PART) binary += String.fromCharCode(...bytes.subarray(i, i + PART));
  return btoa(binary);
}

function asBytes(given) {
  return given instanceof Uint8Array ? given : new Uint8Array(given);
}

function readHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.byteLength >= 16 ? utf8(bytes.subarray(0, 8)) : "";
  if (magic !== PAYLOAD_MAGIC) {
    throw new Error(`the laboratory's payload must begin with ${PAYLOAD_MAGIC}, got ${JSON.stringify(magic)}`);
  }
  const length = view.getUint32(8, true);
  const size = view.getUint32(12, true);
  if (size > bytes.byteLength) {
    throw new Error(`the laboratory's payload must have ${size} bytes, got ${bytes.byteLength}`);
  }
  const header = JSON.parse(utf8(bytes.subarray(16, 16 + length)));
  return { ...header, size, body: Math.ceil((16 + length) / 16) * 16 };
}

function readSeed(bytes, { size }) {
  const tail = bytes.subarray(size);
  if (tail.byteLength < 8 || utf8(tail.subarray(0, 8)) !== SEED_MAGIC) return null;
  return JSON.parse(utf8(tail.subarray(8)));
}

function utf8(bytes) {
  return new TextDecoder().decode(bytes);
}
