// What the engine keeps: of each object what no drag changes (who lies inside, the factors of both heads), and places for
// what a drag computes anew.

import { anchorsInside, areaOf } from "./assignment.js";
import { HEADS, RANGES } from "./knobs.js";
import { overlapOf } from "./overlap.js";

export const MOST_PICKS = RANGES.k.max;

/** What no drag changes about one object: who lies inside its box, each side at least `leastSide` pixels long, and (made when
 *  asked for) the factors of each head. */
export function createObject(payload, box, label, leastSide, scratch) {
  const corners = Array.from(Float32Array.from(box));
  const area = areaOf(corners, leastSide);
  const column = payload.columnOf(label);
  const count = anchorsInside(payload.anchorPoints, ...area, scratch);
  const missing = column < 0;
  return {
    box: corners,
    area,
    enlarged: area.some((side, i) => side !== corners[i]),
    label,
    column,
    missing,
    inside: missing ? new Int32Array(0) : scratch.slice(0, count),
    n: missing ? 0 : count,
    keys: [new Float64Array(count), new Float64Array(count)],
    factors: {},
  };
}

/** Whether what is known of an object holds for this box, label and least side. */
export function isAs({ label, box, area }, given, givenLabel, leastSide) {
  return label === givenLabel && box.every((side, i) => side === Math.fround(given[i])) && areaOf(box, leastSide).every((side, i) => side === area[i]);
}

/** p, u and their logarithms at the anchors inside, of one head and one kind of overlap; kept with the object. */
export function factorsOf(payload, object, head, kind) {
  const name = `${head}${kind}`;
  if (object.factors[name]) return object.factors[name];
  const { inside, n, box, column } = object;
  const { boxes, scores } = payload.heads[head];
  const width = payload.classes.length;
  const seen = { p: new Float64Array(n), u: new Float64Array(n), logP: new Float64Array(n), logU: new Float64Array(n) };
  Object.assign(seen, { candidates: 0, largest: 0, hull: null, hullCount: 0 });
  const [x1, y1, x2, y2] = box;
  for (let i = 0; i < n; i += 1) {
    const anchor = inside[i];
    const b = 4 * anchor;
    const p = scores[anchor * width + column];
    const u = overlapOf(kind, x1, y1, x2, y2, boxes[b], boxes[b + 1], boxes[b + 2], boxes[b + 3]);
    seen.p[i] = p;
    seen.u[i] = u;
    seen.logP[i] = Math.log(p);
    seen.logU[i] = Math.log(u);
    if (!(p > 0 && u > 0)) continue;
    seen.candidates += 1;
    seen.largest = Math.max(seen.largest, u);
  }
  object.factors[name] = seen;
  return seen;
}

/** Places for what becomes of one object in both heads. */
export function createOutcome() {
  const heads = HEADS.map(() => ({
    positions: new Int32Array(MOST_PICKS),
    picks: new Int32Array(MOST_PICKS),
    kept: new Uint8Array(MOST_PICKS),
    lostTo: new Int32Array(MOST_PICKS),
    own: new Float64Array(MOST_PICKS),
    gained: new Int32Array(4),
  }));
  return { heads, alignment: [false, false, false], rankOfPick: 0 };
}

/** Write down whose outcome it is. */
export function describe(outcome, object, g, payload) {
  outcome.g = g;
  outcome.box = object.box;
  outcome.area = object.enlarged ? object.area : null;
  outcome.label = object.label;
  outcome.name = payload.classNames[object.label] ?? `class ${object.label}`;
  outcome.inside = object.n;
  outcome.missing = object.missing;
}
