// What the browser says when the hand lets go, held against Python by dualviz/lab/check.py: the reader of the page learns at
// once when the two disagree.

/** What the browser says, small enough to travel: 16 bits of a hash of each object's choices (its one-to-many list, then its
 *  one-to-one list, −1 where that is empty), one hash of all positives after conflicts, and the chosen object's ranks (as a hash
 *  of its order), correlations and gap. */
export function claimOf({ each, selected }) {
  const number = (value) => (Number.isFinite(value) ? Number(value.toPrecision(9)) : null);
  const choices = ({ heads: [many, one] }) => [...many.picks.subarray(0, many.pickCount), ...(one.pickCount ? one.picks.subarray(0, one.pickCount) : [-1])];
  const hashOf = (list) => listHash(list, list.length);
  const claim = {
    objects: each.map((object) => hashOf(choices(object)) & 0xffff),
    final: hashOf(each.flatMap(({ heads }) => heads.map((head) => head.keptCount + head.gainedCount))),
  };
  if (!selected) return claim;
  const orders = selected.heads.map(({ order, count }) => listHash(order.subarray(0, count).map((position) => selected.anchors[position]), count));
  return {
    ...claim,
    object: selected.object,
    counts: selected.heads.map(({ count }) => count),
    orders,
    spearman: number(selected.spearman),
    kendall: number(selected.kendall),
    gap: ["floor", "value", "ceiling"].map((name) => number(selected.gap[name])),
  };
}

/** 32-bit FNV-1a of a list of anchors, as dualviz/lab/check.py computes it. */
export function listHash(list, count) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < count; i += 1) {
    for (let shift = 0; shift < 32; shift += 8) {
      hash = Math.imul(hash ^ ((list[i] >>> shift) & 255), 0x01000193);
    }
  }
  return hash >>> 0;
}
