// What of the metric plane is worth seeing: whose candidates stand on it, where the one-to-one pick is, and the axes' borders.

const PLANE_DEPTH = Math.log(1e6); // at most so far below the largest value
const PLANE_STEPS = 40; // to a natural log unit, on which the borders lie

/** The part of the plane worth seeing: winner, one-to-one pick and nine tenths of the first choices, with some room. */
export function planeDomain(result) {
  const { heads } = result.each[result.object];
  const pick = pickPosition(result);
  const seen = seenHeads(result).map((head, h) => {
    const first = heads[h].positions.subarray(0, heads[h].pickCount);
    return { head, first, sure: [first[0], pick].filter((i) => head.rank[i] > 0) };
  });
  const range = (name) => {
    const values = seen.flatMap(({ head, first }) => Array.from(first, (i) => head[name][i])).sort((i, j) => i - j);
    if (!values.length) return [-2, 0];
    const sure = seen.flatMap(({ head, sure: own }) => own.map((i) => head[name][i]));
    const most = Math.max(...values, ...sure);
    const low = Math.max(most - PLANE_DEPTH, Math.min(values[Math.floor(values.length / 10)], ...sure));
    const pad = 0.25 * Math.max(0.06, most - low);
    return [Math.floor((low - pad) * PLANE_STEPS) / PLANE_STEPS, Math.min(0.06, Math.ceil((most + pad) * PLANE_STEPS) / PLANE_STEPS)];
  };
  return { x: range("logP"), y: range("logU") };
}

/** Whose candidates stand on the plane: the one-to-many head's; the other's too once its exponents are its own. */
export function seenHeads({ selected, knobs }) {
  return knobs.locked || knobs.shared ? selected.heads.slice(0, 1) : selected.heads;
}

/** Place among the object's anchors of the one-to-one pick, or −1. */
export function pickPosition({ selected, each, object }) {
  return selected && each[object].heads[1].pickCount ? each[object].heads[1].positions[0] : -1;
}
