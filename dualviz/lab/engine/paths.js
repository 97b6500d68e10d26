// Three ways from the same weights to detections: the one-to-many head raw, the same with NMS, the one-to-one head without.
// Everything is prepared down to the lowest confidence; a higher one only cuts lists that stand best first.

import { anchorsByScore, selectFree } from "./select.js";
import { bestClassRows, countAbove, everyClassRows, pickRows, suppress } from "./nms.js";
import { matchRows, overlappingPairs, precisionRecall, tally } from "./outcomes.js";
import { boxRowIoU } from "./overlap.js";

export const PATHS = [
  { key: "raw", head: 0 },
  { key: "nms", head: 0 },
  { key: "free", head: 1 },
];
const CURVE_STEPS = 20; // NMS thresholds 0.05, 0.10 … 1 of the picture's own curve
const MOST_DETECTIONS = 300; // the right end of the limit's slider

/** Engine over one payload: setTruth(truth), then compute(settings) as often as a slider moves. */
export function createPaths(payload) {
  const [many, one] = payload.heads;
  const { classes } = payload;
  const best = bestClassRows(many, classes);
  let every = null;
  const ranked = [anchorsByScore(many, classes), anchorsByScore(one, classes)];
  const kept = { raw: null, nms: null, free: null };
  let truth = { boxes: [], labels: [] };
  let sweep = null;

  function listed(key, sign, make) {
    if (kept[key]?.sign !== sign) kept[key] = make();
    kept[key].sign = sign;
    const path = kept[key];
    if (path.truth !== truth) {
      path.truth = truth;
      path.match = matchRows(path.rows, truth);
      path.curve = precisionRecall(path.match);
    }
    return path;
  }

  /** What NMS looks at: each anchor's best class, or every class of it. */
  function candidatesOf(multi) {
    if (!multi) return best;
    every ??= everyClassRows(many, classes);
    return every;
  }

  function compute({ conf, iou, max, agnostic, multi }) {
    const start = performance.now();
    const candidates = candidatesOf(multi);
    const lists = [
      listed("raw", `${max}`, () => ({ rows: selectFree(many, classes, ranked[0], max) })),
      listed("nms", `${iou}|${max}|${agnostic}|${multi}`, () => {
        const trace = suppress(candidates, iou, max, agnostic);
        return { rows: pickRows(candidates, trace.order), trace };
      }),
      listed("free", `${max}`, () => ({ rows: selectFree(one, classes, ranked[1], max) })),
    ];
    const paths = lists.map((list, index) => {
      const n = countAbove(list.rows, conf);
      return { ...PATHS[index], rows: list.rows, n, match: list.match, curve: list.curve, counts: tally(list.match, n) };
    });
    const trace = { ...lists[1].trace, rows: candidates, n: countAbove(candidates, conf) };
    return { settings: { conf, iou, max, agnostic, multi }, truth, paths, trace, ms: performance.now() - start };
  }

  /** What NMS would miss and repeat on this picture at every threshold, beside the one-to-one head: [{iou, missed,
   *  duplicate, false}] and the head's own counts. Confidence and limit only cut lists that were made once. */
  function thresholds(result) {
    const { conf, max, agnostic, multi } = result.settings;
    if (sweep?.truth !== truth || sweep.agnostic !== agnostic || sweep.multi !== multi) {
      const candidates = candidatesOf(multi);
      const lists = Array.from({ length: CURVE_STEPS }, (_, step) => {
        const rows = pickRows(candidates, suppress(candidates, (step + 1) / CURVE_STEPS, MOST_DETECTIONS, agnostic).order);
        return { iou: (step + 1) / CURVE_STEPS, rows, match: matchRows(rows, truth) };
      });
      sweep = { truth, agnostic, multi, lists };
    }
    const points = sweep.lists.map(({ iou, rows, match }) => ({ iou, ...tally(match, Math.min(max, countAbove(rows, conf))) }));
    return { points, one: result.paths[2].counts };
  }

  return {
    payload,
    compute,
    thresholds,
    setTruth(next) {
      truth = { boxes: next.boxes, labels: next.labels };
    },
    get truth() {
      return truth;
    },
    pairs: (path) => overlappingPairs(path.rows, path.n),
  };
}

/** Rows of the other outputs that show the same thing as a row of one: those matched to the same object, else the box
 *  that overlaps it most. → row per path, −1 where there is none. */
export function sameThing(result, from, row) {
  const { rows, match } = result.paths[from];
  const object = match.truth[row];
  return result.paths.map((path, to) => {
    if (to === from) return row;
    if (object >= 0) {
      const at = path.match.foundAt[object];
      if (at >= 0 && at < path.n) return at;
    }
    return nearestRow(path, rows.boxes.subarray(4 * row, 4 * row + 4), rows.labels[row]);
  });
}

function nearestRow({ rows, n }, box, label) {
  let best = -1;
  let most = 0.5;
  for (let i = 0; i < n; i += 1) {
    if (rows.labels[i] !== label) continue;
    const u = boxRowIoU(box, rows.boxes, i);
    if (u > most) [best, most] = [i, u];
  }
  return best;
}
