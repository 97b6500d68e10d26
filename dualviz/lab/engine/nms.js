// Greedy non-maximum suppression with its trace, as dualviz/postprocess means it: best class per anchor or every class,
// IoU in double precision, stable order. Rows stand best first, so a higher confidence only cuts the end off: nothing is run again.

import { rowIoU } from "./overlap.js";

/** The lowest confidence that a slider reaches: rows are prepared down to it, exclusive. */
export const CONFIDENCE_FLOOR = 0.01;

/** Room for `n` detections, best first: anchors, labels, scores and boxes (xyxy, four numbers each). */
export function makeRows(n) {
  return { n, anchors: new Int32Array(n), labels: new Int32Array(n), scores: new Float32Array(n), boxes: new Float32Array(4 * n) };
}

/** Sort keys (score, then lower index) of non-negative float32 scores as doubles that a native sort orders. */
export function sortedByScore(scores, indices, count) {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i += 1) keys[i] = (0x7fffffff - bits[i]) * 2097152 + indices[i];
  keys.sort();
  const order = new Int32Array(count);
  for (let i = 0; i < count; i += 1) order[i] = keys[i] % 2097152;
  return order;
}

/** Every class of every anchor whose score is above `floor`: rows best first, ties from the lower anchor, then class. */
export function everyClassRows({ boxes, scores }, classes, floor = CONFIDENCE_FLOOR) {
  const C = classes.length;
  const least = Math.fround(floor);
  const pairs = [];
  for (let i = 0; i < scores.length; i += 1) if (scores[i] > least) pairs.push(i);
  const values = Float32Array.from(pairs, (i) => scores[i]);
  const order = sortedByScore(values, [...pairs.keys()], pairs.length);
  const rows = makeRows(pairs.length);
  order.forEach((place, row) => fillRow(rows, row, Math.floor(pairs[place] / C), classes[pairs[place] % C].label, values[place], boxes));
  return rows;
}

/** Every anchor's best class where its score is above `floor`: rows best first, ties from the lower anchor, then class. */
export function bestClassRows({ boxes, scores }, classes, floor = CONFIDENCE_FLOOR) {
  const C = classes.length;
  const A = C ? scores.length / C : 0;
  const least = Math.fround(floor);
  const tops = new Float32Array(A);
  const columns = new Int32Array(A);
  const anchors = new Int32Array(A);
  let n = 0;
  for (let a = 0; a < A; a += 1) {
    let best = a * C;
    for (let i = best + 1; i < a * C + C; i += 1) if (scores[i] > scores[best]) best = i;
    if (!(scores[best] > least)) continue;
    tops[n] = scores[best];
    columns[a] = best - a * C;
    anchors[n++] = a;
  }
  const order = sortedByScore(tops.subarray(0, n), anchors, n);
  const rows = makeRows(n);
  for (let i = 0; i < n; i += 1) fillRow(rows, i, order[i], classes[columns[order[i]]].label, scores[order[i] * C + columns[order[i]]], boxes);
  return rows;
}

export function fillRow(rows, i, anchor, label, score, boxes) {
  rows.anchors[i] = anchor;
  rows.labels[i] = label;
  rows.scores[i] = score;
  for (let c = 0; c < 4; c += 1) rows.boxes[4 * i + c] = boxes[4 * anchor + c];
}

/** How many of the rows have a score above a confidence, compared in the precision of the scores. */
export function countAbove({ n, scores }, confidence) {
  const least = Math.fround(confidence);
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle] > least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A box without an area, or without an end, overlaps nothing. */
export function hasArea(boxes, i) {
  const wide = boxes[4 * i + 2] - boxes[4 * i];
  const high = boxes[4 * i + 3] - boxes[4 * i + 1];
  return wide > 0 && high > 0 && Number.isFinite(wide * high);
}

/**
 * Greedy NMS over the first `n` rows.
 *
 * @returns {{kept: Uint8Array, by: Int32Array, overlap: Float64Array, order: Int32Array, count: number}} per row whether it
 *   is kept, which row suppressed it (of several the best; −1 none) and at what IoU (NaN none); the kept rows, and how many.
 */
export function suppress(rows, iou, limit = Infinity, agnostic = false, n = rows.n) {
  const { boxes, labels } = rows;
  const kept = new Uint8Array(n);
  const by = new Int32Array(n).fill(-1);
  const overlap = new Float64Array(n).fill(NaN);
  const order = new Int32Array(n);
  let count = 0;
  for (let j = 0; j < n; j += 1) {
    if (hasArea(boxes, j)) {
      const [u1, v1, u2, v2, label] = [boxes[4 * j], boxes[4 * j + 1], boxes[4 * j + 2], boxes[4 * j + 3], labels[j]];
      for (let k = 0; k < count; k += 1) {
        const i = order[k];
        if (boxes[4 * i] >= u2 || boxes[4 * i + 2] <= u1 || boxes[4 * i + 1] >= v2 || boxes[4 * i + 3] <= v1) continue;
        if ((!agnostic && labels[i] !== label) || !hasArea(boxes, i)) continue;
        const u = rowIoU(boxes, i, j);
        if (u > iou) {
          by[j] = i;
          overlap[j] = u;
          break;
        }
      }
    }
    if (by[j] < 0 && count < limit) {
      kept[j] = 1;
      order[count++] = j;
    }
  }
  return { kept, by, overlap, order: order.subarray(0, count), count };
}

/** Some rows of a list, in the given order, as a list of their own. */
export function pickRows(rows, chosen) {
  const picked = makeRows(chosen.length);
  for (let i = 0; i < chosen.length; i += 1) {
    const row = chosen[i];
    picked.anchors[i] = rows.anchors[row];
    picked.labels[i] = rows.labels[row];
    picked.scores[i] = rows.scores[row];
    for (let c = 0; c < 4; c += 1) picked.boxes[4 * i + c] = rows.boxes[4 * row + c];
  }
  return picked;
}
