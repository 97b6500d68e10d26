// What both heads do with one object at one setting of the knobs, written down: the engine reuses its places, and a lesson
// compares settings ("before you turned α"). Kept by setting, since a sentence asks for many numbers of few settings.

import { createEngine } from "../engine/engine.js";
import { targetsOf } from "../engine/targets.js";

const SNAPSHOTS_KEPT = 96;

/** Snapshots over one payload: `of(knobs, object)`; `setTruth` first. The engine is its own: nobody draws from it. */
export function createSnapshots(payload) {
  const engine = createEngine(payload);
  const kept = new Map();

  function of(knobs, object) {
    const key = JSON.stringify([knobs, object]);
    if (!kept.has(key)) {
      if (kept.size >= SNAPSHOTS_KEPT) kept.delete(kept.keys().next().value);
      kept.set(key, written(payload, engine.compute(knobs, object)));
    }
    return kept.get(key);
  }

  return {
    of,
    setTruth(truth) {
      engine.setTruth(truth);
      kept.clear();
    },
    get objects() {
      return engine.objects;
    },
  };
}

/** One result as plain values. Of `heads`, by position among the anchors inside: p, u, logM, rank, t (before conflicts). */
function written(payload, result) {
  const { selected } = result;
  const each = result.each.slice(0, result.objects).map(({ heads: [many, one], rankOfPick }) => ({
    rankOfPick,
    first: many.pickCount ? many.picks[0] : -1,
    pick: one.pickCount ? one.picks[0] : -1,
    positives: [many, one].map((head) => head.keptCount + head.gainedCount),
  }));
  const targetSums = result.heads.map(({ target }) => sumOf(target));
  if (!selected) return { knobs: { ...result.knobs }, settings: result.settings, each, targetSums, chosen: null };
  const own = result.each[result.object];
  const heads = selected.heads.map((head, h) => ({
    ...Object.fromEntries(["p", "u", "logM", "rank", "t"].map((name) => [name, Array.from(head[name].subarray(0, selected.n))])),
    order: Array.from(head.order.subarray(0, head.count)),
    picks: Array.from(own.heads[h].picks.subarray(0, own.heads[h].pickCount)),
  }));
  const chosen = {
    object: result.object,
    anchors: Array.from(selected.anchors.subarray(0, selected.n)),
    heads,
    gap: { ...selected.gap },
    target: own.heads[1].pickCount ? own.heads[1].own[0] : NaN,
    pushes: pushesOf(payload, result),
  };
  return { knobs: { ...result.knobs }, settings: result.settings, each, targetSums, chosen };
}

/** Whether a head teaches an anchor another object than the chosen one: its push is no matter of this object. */
export function taughtElsewhere(result, h) {
  const { object, each, rules } = result;
  const { owner } = result.heads[h];
  if (rules.conflicts) return (anchor) => owner[anchor] >= 0 && owner[anchor] !== object;
  const picksOf = ({ heads }) => heads[h].picks.subarray(0, heads[h].pickCount);
  const others = new Set(each.slice(0, result.objects).flatMap((one, g) => (g === object ? [] : [...picksOf(one)])));
  for (const anchor of picksOf(each[object])) others.delete(anchor);
  return (anchor) => others.has(anchor);
}

/** Of each head: how many scores for the object's class are pushed up and by how much in all, on the object and anywhere. */
function pushesOf(payload, result) {
  const targets = targetsOf(payload, result);
  const inside = new Set(result.selected.anchors.subarray(0, result.selected.n));
  return [0, 1].map((h) => {
    const pushes = { up: 0, sum: 0, upInPicture: 0, sumInPicture: 0 };
    const elsewhere = taughtElsewhere(result, h);
    targets?.heads[h].push.forEach((push, anchor) => {
      if (push >= 0) return;
      pushes.upInPicture += 1;
      pushes.sumInPicture -= push;
      if (!inside.has(anchor) || elsewhere(anchor)) return;
      pushes.up += 1;
      pushes.sum -= push;
    });
    return pushes;
  });
}

function sumOf(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
