// An output against truth, and against itself: matched, duplicate and false detections, missed objects, precision and recall
// as COCO's evaluation matches; pairs that overlap, why there are two, and which setting would part them. As
// dualviz/postprocess (match, diagnose), which has the last word.

import { hasArea, suppress } from "./nms.js";
import { boxRowIoU, rowIoU } from "./overlap.js";

export const FOUND = 0;
export const DUPLICATE = 1;
export const FALSE = 2;
export const MATCH_IOU = 0.5;
export const PAIR_IOU = 0.5;

/** Each detection of the first `n` takes the free object of its class that it overlaps most, at IoU 0.5 or more, best
 *  first. → {outcome Uint8Array, truth Int32Array (−1 none), overlap Float64Array, foundAt Int32Array (row per object, or
 *  −1)}; a confidence only cuts the end off. */
export function matchRows(rows, truth, n = rows.n) {
  const G = truth.boxes.length;
  const outcome = new Uint8Array(n).fill(FALSE);
  const owner = new Int32Array(n).fill(-1);
  const overlap = new Float64Array(n).fill(NaN);
  const foundAt = new Int32Array(G).fill(-1);
  for (let row = 0; row < n; row += 1) {
    let [free, freeU, taken, takenU] = [-1, -1, -1, -1];
    for (let g = 0; g < G; g += 1) {
      if (truth.labels[g] !== rows.labels[row]) continue;
      const u = boxRowIoU(truth.boxes[g], rows.boxes, row);
      if (!(u >= MATCH_IOU)) continue;
      if (foundAt[g] < 0 && u > freeU) [free, freeU] = [g, u];
      if (u > takenU) [taken, takenU] = [g, u];
    }
    if (taken < 0) continue;
    const object = free >= 0 ? free : taken;
    outcome[row] = free >= 0 ? FOUND : DUPLICATE;
    owner[row] = object;
    overlap[row] = free >= 0 ? freeU : takenU;
    if (free >= 0) foundAt[object] = row;
  }
  return { outcome, truth: owner, overlap, foundAt };
}

/** Counts of the first `n` detections: {n, found, duplicate, false, missed, objects, precision, recall}; NaN where nothing
 *  is there to divide by. */
export function tally({ outcome, foundAt }, n) {
  const counts = [0, 0, 0];
  for (let row = 0; row < n; row += 1) counts[outcome[row]] += 1;
  let missed = 0;
  for (const row of foundAt) if (row < 0 || row >= n) missed += 1;
  const objects = foundAt.length;
  return {
    n,
    found: counts[FOUND],
    duplicate: counts[DUPLICATE],
    false: counts[FALSE],
    missed,
    objects,
    precision: n ? counts[FOUND] / n : NaN,
    recall: objects ? counts[FOUND] / objects : NaN,
  };
}

/** Precision and recall after every detection, and AP: the area under the curve made falling (every point, no grid). */
export function precisionRecall({ outcome, foundAt }) {
  const objects = foundAt.length;
  const n = outcome.length;
  const precision = new Float64Array(n);
  const recall = new Float64Array(n);
  let hits = 0;
  for (let row = 0; row < n; row += 1) {
    if (outcome[row] === FOUND) hits += 1;
    precision[row] = hits / (row + 1);
    recall[row] = hits / objects;
  }
  let area = 0;
  let best = 0;
  for (let row = n - 1; row >= 0; row -= 1) {
    best = Math.max(best, precision[row]);
    if (outcome[row] === FOUND) area += best / objects;
  }
  return { precision, recall, ap: objects ? area : NaN };
}

/** Pairs of the first `n` detections whose IoU is above `iou`, by row of the stronger, then of the weaker. */
export function overlappingPairs(rows, n = rows.n, iou = PAIR_IOU) {
  const pairs = [];
  for (let i = 0; i < n; i += 1) {
    if (!hasArea(rows.boxes, i)) continue;
    for (let j = i + 1; j < n; j += 1) {
      if (rows.boxes[4 * i] >= rows.boxes[4 * j + 2] || rows.boxes[4 * j] >= rows.boxes[4 * i + 2] || !hasArea(rows.boxes, j)) continue;
      const u = rowIoU(rows.boxes, i, j);
      if (u > iou) pairs.push(makePair(rows, i, j, u));
    }
  }
  return pairs;
}

export function makePair(rows, i, j, overlap) {
  return { rows: [i, j], kind: rows.anchors[i] === rows.anchors[j] ? "two classes" : "two anchors", overlap };
}

/** Every setting that would part a pair of the first `n` detections: {setting, value, removes: rows}. */
export function remediesOf(rows, n, { rows: [i, j], kind, overlap }) {
  const better = firstWithScore(rows, n, rows.scores[j]);
  const list = [{ setting: "confidence", value: rows.scores[j], removes: range(better, n) }];
  const same = rows.labels[i] === rows.labels[j];
  const step = Math.ceil(Number((overlap * 100).toFixed(9))) - 1; // the last hundredth below the IoU
  const value = Math.max(step, 0) / 100;
  const { kept } = suppress(rows, value, Infinity, !same, n);
  list.push({ setting: same ? "NMS" : "class-agnostic NMS", value, removes: range(0, n).filter((row) => !kept[row]) });
  if (kind === "two classes") {
    const seen = new Set();
    const repeats = range(0, n).filter((row) => seen.has(rows.anchors[row]) || !seen.add(rows.anchors[row]));
    list.push({ setting: "best class only", value: null, removes: repeats });
  }
  return list;
}

function firstWithScore({ scores }, n, score) {
  let row = 0;
  while (row < n && scores[row] > score) row += 1;
  return row;
}

function range(start, stop) {
  return Array.from({ length: Math.max(0, stop - start) }, (_, i) => start + i);
}
