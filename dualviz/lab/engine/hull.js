// Who could ever win: the upper-right chain of the convex hull of the candidates in the plane (log p, log u). A line of
// equal metric has slope −α/β < 0 there, so for any α, β > 0 the top-1 is one of this chain's corners.

import { orderByKey } from "./agreement.js";

/** Corners of the chain, from the largest x to the largest y, as positions into `out`; returns how many.
 *  Points with a coordinate of −Infinity take no part; of equal points the first stands for all. */
export function hullChain(x, y, n, out) {
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i += 1) keys[i] = y[i] > -Infinity ? x[i] : -Infinity;
  const order = new Int32Array(n);
  const count = orderByKey(keys, n, order);
  let corners = 0;
  for (let rank = 0; rank < count; rank += 1) {
    const point = order[rank];
    if (corners && y[point] <= y[out[corners - 1]]) continue; // below and left of one that stands already
    if (corners && x[point] === x[out[corners - 1]]) corners -= 1;
    while (corners > 1 && !bulges(x, y, out[corners - 2], out[corners - 1], point)) corners -= 1;
    out[corners++] = point;
  }
  return corners;
}

/** Whether b lies strictly outside the line from a to c, seen from the origin side. */
function bulges(x, y, a, b, c) {
  return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]) > 0;
}
