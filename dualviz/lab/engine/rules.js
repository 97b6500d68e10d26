// What the paper's analysis, THU-MIG's 2024 code and YOLO26 do differently, by the name of the knob "mode". As RULES of
// dualviz/assignment; tests/lab/test_rules.py holds the two alike.

/**
 * overlap: what u is, "ciou" or "iou". conflicts: whether an anchor that several objects selected is given to one of them.
 * bestOverlap: targets scale with the object's largest overlap over its "positives" or all its "candidates". picks: anchors an
 * object selects for the one-to-one head; keep: of these, how many best stay after conflicts (null: all). leastSide: sides
 * shorter than so many network pixels count as so long when it is asked which anchors lie inside (0: none).
 */
const CODE = { overlap: "ciou", conflicts: true, bestOverlap: "positives", picks: 1, keep: null, leastSide: 0 };

export const RULES = {
  code: CODE,
  paper: { ...CODE, overlap: "iou", conflicts: false, bestOverlap: "candidates" },
  yolo26: { ...CODE, picks: 7, keep: 1, leastSide: 16 },
};

export function rulesOf({ mode }) {
  return RULES[mode];
}
