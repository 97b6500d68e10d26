// The laboratory's maths on listed cases, for node and for a real browser alike: cases in, plain answers out. The test
// that sends the cases holds the answers against dualviz and SciPy. NaN and −Infinity become null on the way (JSON).

import { createEngine } from "../dualviz/lab/engine/engine.js";
import { base64Bytes, unpack } from "../dualviz/lab/engine/payload.js";

/** [{payload: base64, truth: {boxes, labels}, knobs, object}] → one answer each. */
export function runCases(cases) {
  return cases.map(({ payload, truth, knobs, object }) => {
    const engine = createEngine(unpack(base64Bytes(payload)));
    engine.setTruth(truth);
    return answer(engine, engine.compute(knobs, object));
  });
}

/** Everything a result says, as plain arrays. */
export function answer(engine, result) {
  const { selected } = result;
  const list = (values, count) => Array.from(values.subarray(0, count));
  return {
    heads: result.heads.map((head) => ({
      owner: Array.from(head.owner),
      target: Array.from(head.target),
      claims: Array.from(head.claims),
    })),
    each: result.each.slice(0, result.objects).map(({ heads, inside, rankOfPick, alignment }) => ({
      inside,
      rankOfPick,
      alignment: [...alignment],
      heads: heads.map((head) => ({
        candidates: head.candidates,
        picks: list(head.picks, head.pickCount),
        own: list(head.own, head.pickCount),
        kept: list(head.kept, head.pickCount),
        lostTo: list(head.lostTo, head.pickCount),
        gained: list(head.gained, head.gainedCount),
        unmatched: head.unmatched,
      })),
    })),
    selected: selected && {
      anchors: list(selected.anchors, selected.n),
      heads: selected.heads.map((head) => ({
        ...Object.fromEntries(["p", "u", "logM", "m", "rank", "t", "tFinal"].map((name) => [name, list(head[name], selected.n)])),
        order: list(head.order, head.count),
        hull: list(head.hull, head.hullCount),
      })),
      common: selected.common,
      spearman: selected.spearman,
      kendall: selected.kendall,
      gap: { ...selected.gap },
      pick: selected.pick,
    },
    claim: engine.claim(),
  };
}
