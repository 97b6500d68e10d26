// The NMS-free selection, as YOLOv10 does it for the one-to-one head: two cuts by score, no box is compared with another.

import { CONFIDENCE_FLOOR, fillRow, makeRows, sortedByScore } from "./nms.js";

/** All anchors by their best score, best first, ties from the lower anchor: once per head, whatever the sliders say. */
export function anchorsByScore({ scores }, classes) {
  const C = classes.length;
  const A = C ? scores.length / C : 0;
  const tops = new Float32Array(A);
  const all = new Int32Array(A);
  for (let a = 0; a < A; a += 1) {
    let top = scores[a * C];
    for (let i = a * C + 1; i < a * C + C; i += 1) if (scores[i] > top) top = scores[i];
    tops[a] = top;
    all[a] = a;
  }
  return sortedByScore(tops, all, A);
}

/** The best `limit` anchors, then of their pairs with all classes the best `limit` above `floor`: rows best first, ties
 *  from the lower anchor, then class. One anchor can stand under two classes. `ranked` is from `anchorsByScore`. */
export function selectFree({ boxes, scores }, classes, ranked, limit, floor = CONFIDENCE_FLOOR) {
  const C = classes.length;
  const least = Math.fround(floor);
  const anchors = ranked.slice(0, limit).sort();
  const values = [];
  const places = [];
  for (let i = 0; i < anchors.length; i += 1) {
    for (let c = 0; c < C; c += 1) {
      const score = scores[anchors[i] * C + c];
      if (!(score > least)) continue;
      values.push(score);
      places.push(i * C + c);
    }
  }
  const order = sortedByScore(Float32Array.from(values), places, places.length).subarray(0, limit);
  const rows = makeRows(order.length);
  order.forEach((place, row) => {
    const anchor = anchors[Math.floor(place / C)];
    fillRow(rows, row, anchor, classes[place % C].label, scores[anchor * C + (place % C)], boxes);
  });
  return rows;
}
