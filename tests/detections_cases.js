// The detections page's maths on listed cases, for node and for a real browser alike: cases in, plain answers out.

import { base64Bytes, unpack } from "../dualviz/lab/engine/payload.js";
import { detectionsMessage } from "../dualviz/lab/detections/state.js";
import { overlappingPairs, remediesOf } from "../dualviz/lab/engine/outcomes.js";
import { createPaths } from "../dualviz/lab/engine/paths.js";

/** [{payload: base64, truth, settings: [settings]}] → for each settings what every path reports. */
export function runDetections(cases) {
  return cases.map(({ payload, truth, settings }) => {
    const unpacked = unpack(base64Bytes(payload));
    const engine = createPaths(unpacked);
    engine.setTruth(truth);
    return settings.map((given) => {
      const result = engine.compute(given);
      return { ...detectionsAnswer(result, given, unpacked.id), thresholds: engine.thresholds(result).points };
    });
  });
}

function detectionsAnswer(result, settings, id) {
  const { trace } = result;
  const list = (values, n) => Array.from(values.subarray(0, n));
  return {
    paths: result.paths.map(({ rows, n, match, counts, curve }) => {
      const pairs = overlappingPairs(rows, n);
      return {
        anchors: list(rows.anchors, n),
        labels: list(rows.labels, n),
        scores: list(rows.scores, n),
        outcome: list(match.outcome, n),
        truth: list(match.truth, n),
        overlap: list(match.overlap, n),
        counts,
        ap: curve.ap,
        pairs: pairs.slice(0, 40).map((pair) => ({ ...pair, remedies: remediesOf(rows, n, pair) })),
        pairCount: pairs.length,
      };
    }),
    trace: {
      anchors: list(trace.rows.anchors, trace.n),
      kept: list(trace.kept, trace.n),
      by: list(trace.by, trace.n),
      overlap: list(trace.overlap, trace.n),
    },
    message: detectionsMessage({ settings }, result, id),
  };
}
