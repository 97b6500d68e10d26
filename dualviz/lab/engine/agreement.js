// How far two heads agree about one object: ranks, Spearman's ρ, Kendall's τ-b and the supervision gap. Equal to SciPy;
// sorting is the typed arrays' own (no comparator), Kendall is Knight's n·log n.

/** Positions of the finite keys, best first, ties to the lower position, into `out`; returns how many. */
export function orderByKey(keys, n, out) {
  const { sorted, packed } = workspace(n);
  let count = 0;
  for (let i = 0; i < n; i += 1) if (keys[i] > -Infinity) sorted[count++] = -keys[i];
  const ascending = sorted.subarray(0, count).sort();
  let filled = 0;
  for (let i = 0; i < n; i += 1) {
    if (keys[i] > -Infinity) packed[filled++] = firstAtLeast(ascending, count, -keys[i]) * n + i;
  }
  const order = packed.subarray(0, count).sort();
  for (let rank = 0; rank < count; rank += 1) out[rank] = order[rank] % n;
  return count;
}

/** Rank from 1, ties sharing their average, smallest value first. Float64Array of n. */
export function averageRanks(values, n = values.length) {
  const { sorted } = workspace(n);
  const ascending = sorted.subarray(0, n);
  ascending.set(values.subarray ? values.subarray(0, n) : values.slice(0, n));
  ascending.sort();
  const ranks = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const first = firstAtLeast(ascending, n, values[i]);
    ranks[i] = (first + firstAbove(ascending, n, values[i]) + 1) / 2;
  }
  return ranks;
}

/** Spearman's ρ of two arrays of n values; NaN for fewer than two values or a constant array. */
export function spearman(a, b, n = a.length) {
  if (n < 2) return NaN;
  const x = averageRanks(a, n);
  const y = averageRanks(b, n);
  const mean = (n + 1) / 2; // of any n ranks
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i += 1) {
    const dx = x[i] - mean;
    const dy = y[i] - mean;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? clampUnit(xy / Math.sqrt(xx) / Math.sqrt(yy)) : NaN;
}

/** Kendall's τ-b of two arrays of n values, by Knight's method; NaN for fewer than two values or a constant array. */
export function kendall(a, b, n = a.length) {
  if (n < 2) return NaN;
  const { packed, left, right } = workspace(n);
  denseRanks(a, n, left);
  denseRanks(b, n, right);
  for (let i = 0; i < n; i += 1) packed[i] = left[i] * n + right[i];
  const pairs = packed.subarray(0, n).sort();
  let tiesA = 0;
  let tiesBoth = 0;
  let runA = 1;
  let runBoth = 1;
  for (let i = 0; i < n; i += 1) {
    left[i] = Math.floor(pairs[i] / n);
    right[i] = pairs[i] % n;
    if (i === 0) continue;
    const sameA = left[i] === left[i - 1];
    const sameBoth = sameA && right[i] === right[i - 1];
    if (sameA) tiesA += runA++;
    else runA = 1;
    if (sameBoth) tiesBoth += runBoth++;
    else runBoth = 1;
  }
  const discordant = inversions(right, left, n); // leaves `right` sorted
  let tiesB = 0;
  for (let i = 1, run = 1; i < n; i += 1) {
    if (right[i] === right[i - 1]) tiesB += run++;
    else run = 1;
  }
  const total = (n * (n - 1)) / 2;
  if (tiesA === total || tiesB === total) return NaN;
  const difference = total - tiesA - tiesB + tiesBoth - 2 * discordant;
  return clampUnit(difference / Math.sqrt(total - tiesA) / Math.sqrt(total - tiesB));
}

/** Supervision gap when the one-to-one head teaches `target` at an anchor whose one-to-many target is `shared`,
 *  and the one-to-many targets of the object sum up to `sum`: A = Σ |t_o2m − t_o2o|. */
export function gapOf(sum, shared, target) {
  return sum - shared + Math.abs(target - shared);
}

/** The gap of the pick, and the least and greatest over all picks that could be (candidates of the one-to-one head), into
 *  `gap`: {sum, floor, value, ceiling, best}, NaN without a pick. `t` are the one-to-many targets at the anchors inside. */
export function measureGap(gap, t, [many, one], object, { bestOverlap }) {
  let sum = 0;
  for (let i = 0; i < many.pickCount; i += 1) sum += many.own[i];
  Object.assign(gap, { sum, floor: NaN, value: NaN, ceiling: NaN, best: 0 });
  if (!one.pickCount) return;
  const keys = object.keys[1];
  gap.floor = Infinity;
  gap.ceiling = -Infinity;
  for (let i = 0; i < object.n; i += 1) {
    if (keys[i] === -Infinity) continue;
    const value = gapOf(sum, t[i], bestOverlap === "candidates" ? one.u : one.seen.u[i]);
    if (value < gap.floor) gap.floor = value;
    if (value > gap.ceiling) gap.ceiling = value;
  }
  const pick = one.positions[0];
  gap.value = gapOf(sum, t[pick], one.u);
  for (let i = 0; i < many.pickCount; i += 1) if (many.positions[i] === pick) gap.best = i + 1;
}

function clampUnit(value) {
  return Math.max(-1, Math.min(1, value));
}

/** How many of the ascending values are below `value`: index of the first at least as large. */
function firstAtLeast(ascending, n, value) {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAbove(ascending, n, value) {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Integers that order like the values, equal ones sharing theirs. */
function denseRanks(values, n, out) {
  const { sorted } = workspace(n);
  const ascending = sorted.subarray(0, n);
  for (let i = 0; i < n; i += 1) ascending[i] = values[i];
  ascending.sort();
  for (let i = 0; i < n; i += 1) out[i] = firstAtLeast(ascending, n, values[i]);
}

/** Pairs out of order, counted while merging runs of doubling length; sorts `values`, uses `spare`. */
function inversions(values, spare, n) {
  let count = 0;
  let from = values;
  let to = spare;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let i = start;
      let j = middle;
      for (let slot = start; slot < end; slot += 1) {
        if (j >= end || (i < middle && from[i] <= from[j])) to[slot] = from[i++];
        else {
          count += middle - i;
          to[slot] = from[j++];
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) for (let i = 0; i < n; i += 1) values[i] = from[i];
  return count;
}

let rankingSpace = null;

/** Arrays for sorting n values, kept between calls: a drag allocates nothing. */
function workspace(n) {
  if (!rankingSpace || rankingSpace.size < n) {
    rankingSpace = {
      size: n,
      sorted: new Float64Array(n),
      packed: new Float64Array(n),
      left: new Float64Array(n),
      right: new Float64Array(n),
    };
  }
  return rankingSpace;
}
