// The chosen object in full: ranks, metrics and targets of every anchor inside it in both heads, how alike the two orders are,
// the gap, and everything that can be said of one anchor.

import { kendall, measureGap, orderByKey, spearman } from "./agreement.js";
import { positionIn, softTarget } from "./assignment.js";
import { hullChain } from "./hull.js";
import { HEADS } from "./knobs.js";
import { overlapOf } from "./overlap.js";

/** Places for the full ranks, targets and correlations of the chosen object, for A anchors. */
export function createSelection(A) {
  const reals = () => new Float64Array(A);
  const heads = HEADS.map((name) => ({ name, m: reals(), logM: reals(), t: reals(), tFinal: reals(), rank: new Int32Array(A), order: new Int32Array(A) }));
  return { heads, pairs: [reals(), reals()], gap: {} };
}

/** Fill `selection` with object g of a computed result. */
export function selectObject(selection, g, object, { heads, each, rules }) {
  const outcome = each[g];
  const { n } = object;
  Object.assign(selection, { object: g, n, anchors: object.inside, enlarged: object.enlarged });
  for (let h = 0; h < 2; h += 1) rankHead(selection.heads[h], heads[h], outcome.heads[h], object, h, g);
  const [keysMany, keysOne] = object.keys;
  let common = 0;
  for (let i = 0; i < n; i += 1) {
    if (keysMany[i] === -Infinity || keysOne[i] === -Infinity) continue;
    selection.pairs[0][common] = keysMany[i];
    selection.pairs[1][common++] = keysOne[i];
  }
  selection.common = common;
  selection.spearman = spearman(...selection.pairs, common);
  selection.kendall = kendall(...selection.pairs, common);
  selection.rankOfPick = outcome.rankOfPick;
  selection.alignment = outcome.alignment;
  selection.pick = outcome.heads[1].pickCount ? outcome.heads[1].picks[0] : -1;
  measureGap(selection.gap, selection.heads[0].t, outcome.heads, object, rules);
  return selection;
}

function rankHead(view, head, outcome, object, h, g) {
  const { n } = object;
  const keys = object.keys[h];
  const { seen } = outcome;
  Object.assign(view, { p: seen.p, u: seen.u, logP: seen.logP, logU: seen.logU });
  view.count = orderByKey(keys, n, view.order);
  view.rank.fill(0, 0, n);
  for (let i = 0; i < view.count; i += 1) view.rank[view.order[i]] = i + 1;
  for (let i = 0; i < n; i += 1) {
    view.logM[i] = head.r * keys[i];
    view.m[i] = Math.exp(view.logM[i]);
  }
  view.maxLogM = view.count ? view.logM[view.order[0]] : -Infinity;
  view.maxM = Math.exp(view.maxLogM);
  view.t.fill(0, 0, n);
  view.tFinal.fill(0, 0, n);
  const final = (position) => softTarget(outcome.finalU, keys[position], outcome.finalKey, head.r);
  for (let i = 0; i < outcome.pickCount; i += 1) {
    const position = outcome.positions[i];
    view.t[position] = outcome.own[i];
    if (outcome.kept[i]) view.tFinal[position] = final(position);
  }
  for (let i = 0; i < outcome.gainedCount; i += 1) {
    const position = positionIn(object.inside, n, outcome.gained[i]);
    view.tFinal[position] = final(position);
  }
  if (!seen.hull) {
    const chain = new Int32Array(n);
    seen.hullCount = hullChain(seen.logP, seen.logU, n, chain);
    seen.hull = chain;
  }
  view.hull = seen.hull;
  view.hullCount = seen.hullCount;
  view.gained = outcome.gainedCount;
  view.object = g;
}

/** Everything the formula and the reasons need about one anchor and the chosen object, or null when none is chosen. */
export function readAnchor(anchor, payload, object, result) {
  if (!result.selected || !(anchor >= 0 && anchor < payload.anchors)) return null;
  const position = positionIn(object.inside, object.n, anchor);
  return {
    anchor,
    cell: payload.cellOf(anchor),
    object: result.object,
    position,
    s: position < 0 ? 0 : 1,
    enlarged: object.enlarged,
    heads: result.heads.map((head, h) => readHead(anchor, position, payload, object, head, result.selected.heads[h], result.each[result.object].heads[h], result.rules)),
  };
}

function readHead(anchor, position, payload, object, head, view, outcome, rules) {
  const { boxes, scores } = payload.heads[head.predictions];
  const box = Array.from(boxes.subarray(4 * anchor, 4 * anchor + 4));
  const index = outcome.picks.subarray(0, outcome.pickCount).indexOf(anchor);
  const inside = position >= 0;
  return {
    p: object.missing ? NaN : scores[anchor * payload.classes.length + object.column],
    u: inside && !object.missing ? view.u[position] : overlapOf(rules.overlap, ...object.box, ...box),
    logM: inside ? view.logM[position] : -Infinity,
    m: inside ? view.m[position] : 0,
    rank: inside ? view.rank[position] : 0,
    count: view.count,
    k: head.k,
    keep: head.keep,
    inTopK: index >= 0,
    kept: index < 0 ? null : outcome.kept[index] === 1,
    lostTo: index < 0 ? -1 : outcome.lostTo[index],
    gained: outcome.gained.subarray(0, outcome.gainedCount).indexOf(anchor) >= 0,
    t: inside ? view.t[position] : 0,
    tFinal: inside ? view.tFinal[position] : 0,
    box,
    onHull: inside && view.hull.subarray(0, view.hullCount).indexOf(position) >= 0,
  };
}
