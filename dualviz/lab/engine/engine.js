// The assignment while it moves: one payload, a truth that the hand may change, knobs that a drag turns; picks, conflicts
// and targets of all objects, ranks and agreement of the chosen one. What a drag leaves alone (who lies inside, log p,
// log u, hulls) is kept per object; buffers are reused, so read a result before the next `compute`.

import { positionIn, rankOf } from "./assignment.js";
import { claimOf } from "./claim.js";
import { assignHead, createHead } from "./head.js";
import { HEADS, cleanKnobs, headSettings } from "./knobs.js";
import { createObject, createOutcome, isAs } from "./objects.js";
import { rulesOf } from "./rules.js";
import { createSelection, readAnchor, selectObject } from "./selection.js";
import { storyOf } from "./story.js";
import { anchorAt, objectAt } from "./pointing.js";

const TOPS = [1, 5, 10];

/** Engine over one unpacked payload; see its methods. Starts without truth. */
export function createEngine(payload) {
  const A = payload.anchors;
  const scratch = new Int32Array(A);
  const heads = HEADS.map((name) => createHead(name, A));
  const result = { knobs: null, rules: null, settings: null, objects: 0, object: -1, from: null, heads, each: [], selected: null, turn: 0, ms: 0 };
  const selection = createSelection(A);
  let objects = []; // per object: what no knob but the rules' least side changes
  let leastSide = 0; // picture pixels
  let truth = { boxes: [], labels: [] };

  /** Know the truth's objects again; those that did not change keep what is known of them. */
  function know() {
    objects = truth.boxes.map((box, g) => {
      const label = truth.labels[g];
      return objects[g] && isAs(objects[g], box, label, leastSide) ? objects[g] : createObject(payload, box, label, leastSide, scratch);
    });
    result.each = objects.map((_, g) => result.each[g] ?? createOutcome());
  }

  const engine = {
    payload,
    result,
    get truth() {
      return truth;
    },
    get objects() {
      return objects.length;
    },

    /** Take over a truth {boxes, labels, from: the head whose detections they are, if any}. */
    setTruth(next) {
      truth = { boxes: next.boxes.map((box) => [...box]), labels: [...next.labels] };
      result.from = next.from ?? null;
      know();
    },

    compute(givenKnobs, object = -1) {
      const start = performance.now();
      const knobs = cleanKnobs(givenKnobs);
      const rules = rulesOf(knobs);
      if (leastSide !== rules.leastSide * payload.pixelScale) {
        leastSide = rules.leastSide * payload.pixelScale;
        know();
      }
      Object.assign(result, { knobs, rules, settings: headSettings(knobs), objects: objects.length });
      result.object = object >= 0 && object < objects.length ? object : -1;
      for (let h = 0; h < 2; h += 1) {
        const ranking = rankingOf(knobs, h);
        Object.assign(heads[h], result.settings[h], { predictions: knobs.shared ? 0 : h, r: ranking.r });
        assignHead(heads[h], h, ranking, { payload, rules, objects, each: result.each });
      }
      objects.forEach((known, g) => compareHeads(known, result.each[g]));
      result.selected = result.object < 0 ? null : selectObject(selection, result.object, objects[result.object], result);
      result.turn += 1;
      result.ms = performance.now() - start;
      return result;
    },

    positionOf: (object, anchor) => (objects[object] ? positionIn(objects[object].inside, objects[object].n, anchor) : -1),
    reading: (anchor) => readAnchor(anchor, payload, objects[result.object], result),

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
}

/** Exponents of a head's keys, and the power that its metric is of them: under the lock both heads rank by (α, β), for r scales
 *  every key alike and so must not touch the order. */
function rankingOf(knobs, h) {
  if (h && !knobs.locked) return { alpha: knobs.alpha1, beta: knobs.beta1, r: 1 };
  return { alpha: knobs.alpha, beta: knobs.beta, r: h ? knobs.r : 1 };
}

/** Where the one-to-one first choice stands in the one-to-many order of its object. */
function compareHeads(object, outcome) {
  const one = outcome.heads[1];
  outcome.rankOfPick = one.pickCount ? rankOf(object.keys[0], object.n, one.positions[0]) : 0;
  TOPS.forEach((top, i) => {
    outcome.alignment[i] = one.pickCount ? outcome.rankOfPick > 0 && outcome.rankOfPick <= top : null;
  });
}
