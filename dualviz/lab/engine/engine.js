// The assignment while it moves: one payload, a truth that the hand may change, knobs that a drag turns; picks, conflicts
// and targets of all objects, ranks and agreement of the chosen one. What a drag leaves alone (who lies inside, log p,
// log u, hulls) is kept per object; buffers are reused, so read a result before the next `compute`.

import { positionIn, rankingKeys, rankOf, softTarget, topK } from "./assignment.js";
import { claimOf } from "./claim.js";
import { kendall, measureGap, orderByKey, spearman } from "./agreement.js";
import { hullChain } from "./hull.js";
import { HEADS, cleanKnobs, headSettings } from "./knobs.js";
import { MOST_PICKS, createObject, createOutcome, createSelection, describe, factorsOf } from "./objects.js";
import { overlapOf } from "./overlap.js";
import { storyOf } from "./story.js";
import { anchorAt, objectAt } from "./pointing.js";

const TOPS = [1, 5, 10];

/** Engine over one unpacked payload; see its methods. Starts without truth. */
export function createEngine(payload) {
  const A = payload.anchors;
  const scratch = { inside: new Int32Array(A), slots: new Int32Array(MOST_PICKS) };
  const heads = HEADS.map((name) => ({
    name,
    owner: new Int32Array(A),
    target: new Float64Array(A),
    claims: new Uint16Array(A),
    contested: new Int32Array(A),
    contestedCount: 0,
  }));
  const result = { knobs: null, settings: null, objects: 0, object: -1, from: null, heads, each: [], selected: null, turn: 0, ms: 0 };
  const selection = createSelection(A);
  let objects = []; // per object: what no knob changes
  let truth = { boxes: [], labels: [] };

  const engine = {
    payload,
    result,
    get truth() {
      return truth;
    },
    get objects() {
      return objects.length;
    },

    /** Take over a truth {boxes, labels, from: the head whose detections they are, if any}; objects that did not change keep
     *  what is known of them. */
    setTruth(next) {
      objects = next.boxes.map((box, g) => {
        const known = objects[g];
        const same = known && known.label === next.labels[g] && known.box.every((side, i) => side === Math.fround(box[i]));
        return same ? known : createObject(payload, box, next.labels[g], scratch.inside);
      });
      truth = { boxes: next.boxes.map((box) => [...box]), labels: [...next.labels] };
      result.from = next.from ?? null;
      result.each = objects.map((object, g) => result.each[g] ?? createOutcome());
    },

    compute(givenKnobs, object = -1) {
      const start = performance.now();
      const knobs = cleanKnobs(givenKnobs);
      result.knobs = knobs;
      result.settings = headSettings(knobs);
      result.objects = objects.length;
      result.object = object >= 0 && object < objects.length ? object : -1;
      for (let h = 0; h < 2; h += 1) assignHead(h, knobs);
      objects.forEach((known, g) => compareHeads(known, result.each[g]));
      result.selected = result.object < 0 ? null : selectObject(result.object, knobs);
      result.turn += 1;
      result.ms = performance.now() - start;
      return result;
    },

    positionOf: (object, anchor) => (objects[object] ? positionIn(objects[object].inside, objects[object].n, anchor) : -1),
    reading: (anchor) => readAnchor(anchor),

    objectAt: (x, y) => objectAt(objects, x, y),
    anchorAt: (x, y, level = "all") => anchorAt(payload.levels, x, y, level, worthOf),

    /** Object to open on, or −1 without any: see storyOf. */
    storyObject(knobs) {
      engine.compute(knobs, -1);
      const worths = result.each.map((each) => storyOf(each, result, payload));
      return worths.reduce((best, worth, g) => (best < 0 || worth > worths[best] ? g : best), -1);
    },

    needsClasses: () => [...new Set(objects.filter((object) => object.missing).map((object) => object.label))],
    claim: () => claimOf(result),
  };
  return engine;

  /** What an anchor is worth to the pointer: a candidate of the chosen object comes first, by its share of the largest metric. */
  function worthOf(anchor) {
    const position = engine.positionOf(result.object, anchor);
    return position < 0 ? 0 : 1 + Math.max(...selection.heads.map((head) => head.m[position] / (head.maxM || 1)));
  }

  /** Keys and picks of all objects for one head, then conflicts, then what each object is left with. */
  function assignHead(h, knobs) {
    const head = heads[h];
    const own = h === 1 && !knobs.locked;
    // Under the lock both heads rank by (α, β): r scales every key alike, so it must not touch the order.
    const ranking = own ? { alpha: knobs.alpha1, beta: knobs.beta1, r: 1 } : { alpha: knobs.alpha, beta: knobs.beta, r: h && knobs.locked ? knobs.r : 1 };
    Object.assign(head, result.settings[h], { predictions: knobs.shared ? 0 : h, r: ranking.r });
    const paper = knobs.mode === "paper";
    head.owner.fill(-1);
    head.target.fill(0);
    head.claims.fill(0);
    head.contestedCount = 0;
    for (let g = 0; g < objects.length; g += 1) {
      const object = objects[g];
      const seen = factorsOf(payload, object, head.predictions, paper ? "iou" : "ciou");
      const outcome = result.each[g];
      describe(outcome, object, g, payload);
      const kept = outcome.heads[h];
      kept.seen = seen;
      rankingKeys(seen.logP, seen.logU, object.n, ranking.alpha, ranking.beta, object.keys[h]);
      kept.candidates = seen.candidates;
      kept.empty = seen.candidates === 0;
      kept.pickCount = topK(object.keys[h], object.n, head.k, scratch.slots);
      let largest = 0;
      for (let i = 0; i < kept.pickCount; i += 1) {
        const position = scratch.slots[i];
        const anchor = object.inside[position];
        kept.positions[i] = position;
        kept.picks[i] = anchor;
        largest = Math.max(largest, seen.u[position]);
        if (head.claims[anchor] === 0) head.owner[anchor] = g;
        if (head.claims[anchor] === 1) head.contested[head.contestedCount++] = anchor;
        head.claims[anchor] += 1;
      }
      kept.u = kept.pickCount ? (paper ? seen.largest : largest) : 0;
      kept.bestKey = kept.pickCount ? object.keys[h][kept.positions[0]] : -Infinity;
      kept.logMax = ranking.r * kept.bestKey;
      for (let i = 0; i < kept.pickCount; i += 1) {
        kept.own[i] = softTarget(kept.u, object.keys[h][kept.positions[i]], kept.bestKey, ranking.r);
      }
      kept.gainedCount = 0;
    }
    if (!paper) resolveConflicts(head, h);
    for (let g = 0; g < objects.length; g += 1) settle(g, h, ranking.r, paper);
  }

  /** A contested anchor goes to the object it overlaps most over all objects, selected or not; the first on a tie. */
  function resolveConflicts(head, h) {
    for (let i = 0; i < head.contestedCount; i += 1) {
      const anchor = head.contested[i];
      let winner = -1;
      let most = -1;
      for (let g = 0; g < objects.length; g += 1) {
        const position = positionIn(objects[g].inside, objects[g].n, anchor);
        if (position < 0 || result.each[g].heads[h].seen.u[position] <= most) continue;
        [winner, most] = [g, result.each[g].heads[h].seen.u[position]];
      }
      head.owner[anchor] = winner;
      const outcome = result.each[winner].heads[h];
      if (!picked(outcome, anchor)) {
        if (outcome.gainedCount === outcome.gained.length) outcome.gained = grown(outcome.gained);
        outcome.gained[outcome.gainedCount++] = anchor;
      }
    }
  }

  /** What one object is left with after conflicts: kept and gained anchors, and their soft targets into `head.target`. */
  function settle(g, h, r, paper) {
    const head = heads[h];
    const object = objects[g];
    const outcome = result.each[g].heads[h];
    const { seen } = outcome;
    let largest = 0;
    let bestKey = -Infinity;
    outcome.keptCount = 0;
    for (let i = 0; i < outcome.pickCount; i += 1) {
      const stays = paper || head.owner[outcome.picks[i]] === g;
      outcome.kept[i] = stays ? 1 : 0;
      outcome.lostTo[i] = stays ? -1 : head.owner[outcome.picks[i]];
      if (!stays) continue;
      outcome.keptCount += 1;
      largest = Math.max(largest, seen.u[outcome.positions[i]]);
      bestKey = Math.max(bestKey, object.keys[h][outcome.positions[i]]);
    }
    for (let i = 0; i < outcome.gainedCount; i += 1) {
      const position = positionIn(object.inside, object.n, outcome.gained[i]);
      largest = Math.max(largest, seen.u[position]);
      bestKey = Math.max(bestKey, object.keys[h][position]);
    }
    outcome.unmatched = outcome.keptCount + outcome.gainedCount === 0;
    outcome.finalU = paper ? outcome.u : largest;
    outcome.finalKey = bestKey;
    const teach = (anchor, position) => {
      const t = softTarget(outcome.finalU, object.keys[h][position], bestKey, r);
      head.target[anchor] = Math.max(head.target[anchor], t);
    };
    for (let i = 0; i < outcome.pickCount; i += 1) if (outcome.kept[i]) teach(outcome.picks[i], outcome.positions[i]);
    for (let i = 0; i < outcome.gainedCount; i += 1) {
      teach(outcome.gained[i], positionIn(object.inside, object.n, outcome.gained[i]));
    }
  }

  /** Where the one-to-one choice stands in the one-to-many order of its object. */
  function compareHeads(object, outcome) {
    const one = outcome.heads[1];
    outcome.rankOfPick = one.pickCount ? rankOf(object.keys[0], object.n, one.positions[0]) : 0;
    TOPS.forEach((top, i) => {
      outcome.alignment[i] = one.pickCount ? outcome.rankOfPick > 0 && outcome.rankOfPick <= top : null;
    });
  }

  /** Full ranks, targets, correlations and gap of one object. */
  function selectObject(g, knobs) {
    const object = objects[g];
    const outcome = result.each[g];
    const { n } = object;
    selection.object = g;
    selection.n = n;
    selection.anchors = object.inside;
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
    measureGap(selection.gap, selection.heads[0].t, outcome.heads, object, knobs.mode === "paper");
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

  /** Everything the formula needs about one anchor and the chosen object, or null when none is chosen. */
  function readAnchor(anchor) {
    if (!result.selected || !(anchor >= 0 && anchor < A)) return null;
    const g = result.object;
    const object = objects[g];
    const outcome = result.each[g];
    const position = positionIn(object.inside, object.n, anchor);
    return {
      anchor,
      cell: payload.cellOf(anchor),
      object: g,
      position,
      s: position < 0 ? 0 : 1,
      heads: heads.map((head, h) => {
        const view = selection.heads[h];
        const mine = outcome.heads[h];
        const { boxes, scores } = payload.heads[head.predictions];
        const box = Array.from(boxes.subarray(4 * anchor, 4 * anchor + 4));
        const kind = result.knobs.mode === "paper" ? "iou" : "ciou";
        const index = mine.picks.subarray(0, mine.pickCount).indexOf(anchor);
        const inside = position >= 0;
        return {
          p: object.missing ? NaN : scores[anchor * payload.classes.length + object.column],
          u: inside && !object.missing ? view.u[position] : overlapOf(kind, ...object.box, ...box),
          logM: inside ? view.logM[position] : -Infinity,
          m: inside ? view.m[position] : 0,
          rank: inside ? view.rank[position] : 0,
          count: view.count,
          k: head.k,
          inTopK: index >= 0,
          kept: index < 0 ? null : mine.kept[index] === 1,
          lostTo: index < 0 ? -1 : mine.lostTo[index],
          gained: mine.gained.subarray(0, mine.gainedCount).indexOf(anchor) >= 0,
          t: inside ? view.t[position] : 0,
          tFinal: inside ? view.tFinal[position] : 0,
          box,
          onHull: inside && view.hull.subarray(0, view.hullCount).indexOf(position) >= 0,
        };
      }),
    };
  }
}

function picked(outcome, anchor) {
  for (let i = 0; i < outcome.pickCount; i += 1) if (outcome.picks[i] === anchor) return true;
  return false;
}

function grown(list) {
  const larger = new Int32Array(2 * list.length);
  larger.set(list);
  return larger;
}
