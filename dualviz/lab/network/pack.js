// What a network said of a picture → the payload that every live view reads: the twin of dualviz/lab/payload.py, for pictures that
// never leave the browser. Boxes are put together here, since the network gives sides in strides.

import { CONFIDENCE_FLOOR } from "../engine/nms.js";

const MAGIC = "DUALVIZ2";
const SEED_MAGIC = "DVSTATE1";
const STEP = 16; // blobs begin on multiples of so many bytes

/** Anchors of an input of this size: {points Float32Array 2A in network pixels, level Uint8Array A}. */
export function anchorGrid(height, width, strides) {
  const points = [];
  const level = [];
  strides.forEach((stride, index) => {
    for (let y = 0; y < height / stride; y += 1) {
      for (let x = 0; x < width / stride; x += 1) {
        points.push((x + 0.5) * stride, (y + 0.5) * stride);
        level.push(index);
      }
    }
  });
  return { points: Float32Array.from(points), level: Uint8Array.from(level) };
}

/** Sides (l, t, r, b in strides, 4A) around anchors → xyxy boxes in picture pixels, in single precision as in Python. */
export function boxesOf(sides, { points, level }, strides, { gain, pad }) {
  const boxes = new Float32Array(sides.length);
  const single = Math.fround;
  const scale = single(gain);
  for (let a = 0; a < level.length; a += 1) {
    const stride = strides[level[a]];
    for (let side = 0; side < 4; side += 1) {
      const axis = side % 2;
      const reach = single(sides[4 * a + side] * stride);
      const corner = single(points[2 * a + axis] + (side < 2 ? -reach : reach));
      boxes[4 * a + side] = single(single(corner - pad[axis]) / scale);
    }
  }
  return boxes;
}

/**
 * @param picture {bytes, type, width, height}: as it is shown, and its size in pixels
 * @param box what `letterbox` gave
 * @param heads two of {sides Float32Array 4A, scores Float32Array A × C}: one-to-many, one-to-one
 * @param detector {name, weights: the hash of its file, classNames, strides}
 * @param id what tells the picture from the next, where that is known; else a hash of everything
 * @param wanted labels whose scores are carried whatever they are
 */
export function pack(picture, box, heads, detector, name, id = null, wanted = []) {
  const anchors = anchorGrid(box.height, box.width, detector.strides);
  const A = anchors.level.length;
  const places = Float32Array.from(anchors.points, (value, i) => Math.fround(Math.fround(value - box.pad[i % 2]) / Math.fround(box.gain)));
  const classes = carriedClasses(heads, detector.classNames.length, wanted);
  const levels = levelsOf(places, anchors.level, detector.strides);
  const blobs = { axes: axesOf(levels, places), picture: picture.bytes };
  heads.forEach(({ sides, scores }, index) => {
    const key = index ? "one2one" : "one2many";
    blobs[`${key}_boxes`] = boxesOf(sides, anchors, detector.strides, box);
    blobs[`${key}_scores`] = columnsOf(scores, A, detector.classNames.length, classes);
  });
  const offsets = {};
  let size = 0;
  for (const [key, array] of Object.entries(blobs)) {
    size = Math.ceil(size / STEP) * STEP;
    offsets[key] = [size, array.byteLength];
    size += array.byteLength;
  }
  const { width, height, type } = picture;
  const header = {
    id: id ?? identity(blobs),
    name,
    detector: detector.name,
    weights: detector.weights ?? "",
    picture: { width, height, type },
    quantum: quantum(width, height),
    levels,
    classes,
    class_names: detector.classNames,
    blobs: offsets,
  };
  const written = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((16 + written.length) / STEP) * STEP;
  const bytes = new Uint8Array(start + size);
  bytes.fill(32, 16, start);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(8, written.length, true);
  new DataView(bytes.buffer).setUint32(12, bytes.length, true);
  bytes.set(written, 16);
  for (const [key, array] of Object.entries(blobs)) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + offsets[key][0]);
  }
  return bytes;
}

/** A payload with the state to show at first behind it. */
export function withSeed(bytes, seed) {
  const tail = new TextEncoder().encode(SEED_MAGIC + JSON.stringify(seed));
  const whole = new Uint8Array(bytes.length + tail.length);
  whole.set(bytes);
  whole.set(tail, bytes.length);
  return whole;
}

const MOST_CLASSES = 20; // carried without being asked for, as in Python
const MOST_DETECTED = 120;

/** All classes where they are few, else those that some anchor scores above the floor, best first up to a limit. */
function carriedClasses(heads, C, wanted) {
  const all = Array.from({ length: C }, (_, label) => label);
  if (C <= MOST_CLASSES) return all;
  const best = new Float32Array(C);
  for (const { scores } of heads) scores.forEach((score, i) => (best[i % C] = Math.max(best[i % C], score)));
  const likely = all.filter((label) => best[label] > CONFIDENCE_FLOOR).sort((a, b) => best[b] - best[a]);
  const carried = new Set([...(likely.length ? likely.slice(0, MOST_DETECTED) : [0]), ...wanted.filter((label) => label < C)]);
  return [...carried].sort((a, b) => a - b);
}

function columnsOf(scores, A, C, classes) {
  if (classes.length === C) return scores;
  const columns = new Float32Array(A * classes.length);
  for (let a = 0; a < A; a += 1) classes.forEach((label, i) => (columns[a * classes.length + i] = scores[a * C + label]));
  return columns;
}

/** Where each level's grid lies in the picture. */
function levelsOf(places, level, strides) {
  let gain = null;
  return strides.flatMap((stride, index) => {
    const first = level.indexOf(index);
    if (first < 0) return [];
    const count = level.lastIndexOf(index) - first + 1;
    const x = (i) => places[2 * (first + i)];
    const y = (i) => places[2 * (first + i) + 1];
    let columns = 1;
    while (columns < count && y(columns) === y(0)) columns += 1;
    gain ??= Math.fround(columns > 1 ? x(1) - x(0) : count > 1 ? y(count - 1) - y(count - 2) : stride) / stride;
    const cell = stride * gain;
    return [
      {
        name: `P${Math.round(Math.log2(stride))}`,
        stride,
        first,
        count,
        columns,
        rows: count / columns,
        cell: [cell, cell],
        origin: [x(0) - cell / 2, y(0) - cell / 2],
      },
    ];
  });
}

/** The levels' axes one after the other: each column's x, then each row's y. */
function axesOf(levels, places) {
  const along = (length, read) => Array.from({ length }, (_, i) => places[read(i)]);
  const axes = ({ first, columns, rows }) => [...along(columns, (i) => 2 * (first + i)), ...along(rows, (i) => 2 * (first + i * columns) + 1)];
  return Float32Array.from(levels.flatMap(axes));
}

/** Pixels that drawn boxes snap to: a power of two, at most 1/32 px coarse, in 16 bits a side. */
function quantum(width, height) {
  return 2 ** -Math.max(0, Math.min(5, Math.floor(Math.log2(65535 / Math.max(width, height)))));
}

/** 64 bits of FNV-1a over everything, as text: tells one picture from the next (crypto is not everywhere allowed). */
function identity(blobs) {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (const array of Object.values(blobs)) {
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength)) {
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high ^ byte ^ (low >>> 24), 0x01000193);
    }
  }
  return [low, high].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("");
}
