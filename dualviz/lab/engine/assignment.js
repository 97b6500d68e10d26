// Who is chosen: candidates inside a box, their key α·log p + β·log u, the best k of them, conflicts between objects,
// and the soft targets. The twin of dualviz/matching.py and dualviz/assignment, on plain typed arrays.

const INSIDE_BY = 1e-9; // an anchor point on the border is outside

/** The box in which an object's anchors lie: each side shorter than `least` pixels counts as so long about the box's centre. In
 *  single precision, as Python, so that a border is a border there too. */
export function areaOf([x1, y1, x2, y2], least) {
  const half = Math.fround(least / 2);
  const side = (low, high) => {
    if (!(Math.fround(high - low) < Math.fround(least))) return [low, high];
    const centre = Math.fround(Math.fround(low + high) / 2);
    return [Math.fround(centre - half), Math.fround(centre + half)];
  };
  const [left, right] = side(x1, x2);
  const [top, bottom] = side(y1, y2);
  return [left, top, right, bottom];
}

/** Indices of the anchor points strictly inside a box, ascending, into `out`; returns how many. */
export function anchorsInside(points, x1, y1, x2, y2, out) {
  let count = 0;
  for (let a = 0, i = 0; i < points.length; a += 1, i += 2) {
    const x = points[i];
    const y = points[i + 1];
    if (x - x1 > INSIDE_BY && y - y1 > INSIDE_BY && x2 - x > INSIDE_BY && y2 - y > INSIDE_BY) out[count++] = a;
  }
  return count;
}

/** Keys α·log p + β·log u of n anchors into `out`; −Infinity where a factor is 0. */
export function rankingKeys(logP, logU, n, alpha, beta, out) {
  for (let i = 0; i < n; i += 1) {
    const key = alpha * logP[i] + beta * logU[i];
    out[i] = key === key ? key : -Infinity;
  }
}

/** Positions of the k largest finite keys, best first, ties to the lower position, into `out`; returns how many. */
export function topK(keys, n, k, out) {
  let count = 0;
  let least = -Infinity; // key of the last one while the list is full
  for (let i = 0; i < n; i += 1) {
    const key = keys[i];
    if (!(key > least)) continue;
    let slot = count < k ? count++ : k - 1;
    while (slot > 0 && keys[out[slot - 1]] < key) {
      out[slot] = out[slot - 1];
      slot -= 1;
    }
    out[slot] = i;
    if (count === k) least = keys[out[k - 1]];
  }
  return count;
}

/** Rank, from 1, of a position among the finite keys, ties to the lower position; 0 when it is no candidate. */
export function rankOf(keys, n, position) {
  if (position < 0 || keys[position] === -Infinity) return 0;
  const key = keys[position];
  let rank = 1;
  for (let i = 0; i < n; i += 1) if (keys[i] > key || (keys[i] === key && i < position)) rank += 1;
  return rank;
}

/** Position of an anchor in an ascending list of n anchors, or −1. */
export function positionIn(anchors, n, anchor) {
  let low = 0;
  let high = n - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (anchors[middle] === anchor) return middle;
    if (anchors[middle] < anchor) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Soft target t = u · m / max m with m = exp(r · key): exact however small m is; 0 for a key of −Infinity. */
export function softTarget(u, key, best, r) {
  return key === -Infinity ? 0 : u * Math.exp(r * (key - best));
}
