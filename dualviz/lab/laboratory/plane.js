// The metric plane: every candidate as a point (log p, log overlap). There log m = α·log p + β·log u, so anchors of equal
// metric lie on straight lines of slope −α/β, and, ties aside, only corners of the upper-right hull can rank first. Dragging
// α or β turns the lines; r leaves each where it is and changes only the m it stands for.

import { seenHeads } from "./planedomain.js";
import { paintPlane } from "./planepaint.js";
import { fitHolder, keptLayer, setMark, setWords } from "../kit/ink.js";
import { ordinal, three, threeOfLog } from "../kit/numbers.js";
import { joined, t } from "../kit/words.js";

/**
 * The plane on `canvas`, which fills `holder` (class dv-view); `words`, if given, is told what the lines mean now. `lab` needs
 * payload, truthRevision, result, reading, inspected, ink, inspect(anchor) and pin(anchor).
 */
export function createPlane(lab, { canvas, holder, words = null }) {
  const kept = { axes: null, points: null, place: null, domain: null, key: "" };
  let size = null;
  let context = null;

  function measure() {
    const fitted = fitHolder(canvas, holder);
    if (!fitted) return;
    ({ context, ...size } = fitted);
    kept.key = "";
  }

  function draw(dirty) {
    if (dirty.layout || !size) measure();
    if (!context) return;
    paintPlane(context, size, lab, kept, Math.min(2, globalThis.devicePixelRatio || 1), dirty, true);
  }

  function write(dirty) {
    if (!dirty.knobs && !dirty.object) return;
    if (words) setWords(words, planeSentence(lab.result, kept.domain));
    setMark(canvas, "aria-label", planeSummary(lab.result));
  }

  canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && lab.inspect(nearest(event, 16)));
  canvas.addEventListener("pointerleave", () => lab.inspect(-1));
  canvas.addEventListener("click", (event) => lab.pin(nearest(event, 22)));

  /** Anchor of the point nearest to the pointer, or −1. */
  function nearest(event, reach) {
    const { selected } = lab.result;
    if (!selected || !kept.place) return -1;
    const bounds = canvas.getBoundingClientRect();
    const [px, py] = [((event.clientX - bounds.left) * size.width) / bounds.width, ((event.clientY - bounds.top) * size.height) / bounds.height];
    let best = -1;
    let distance = reach * reach;
    for (const head of seenHeads(lab.result)) {
      for (let i = 0; i < selected.n; i += 1) {
        if (!head.rank[i]) continue;
        const d = (kept.place.x(head.logP[i]) - px) ** 2 + (kept.place.y(head.logU[i]) - py) ** 2;
        if (d < distance) [best, distance] = [selected.anchors[i], d];
      }
    }
    return best;
  }

  return {
    canvas,
    draw,
    write,
    still(width, ratio) {
      const fixed = { width, height: Math.round(width * 0.66) };
      return keptLayer(fixed.width, fixed.height, ratio, (own) => {
        own.fillStyle = lab.ink.background;
        own.fillRect(0, 0, fixed.width, fixed.height);
        paintPlane(own, fixed, lab, { key: "", domain: kept.domain }, ratio, { object: true }, false);
      });
    },
  };
}

/** What the lines mean now, what a drag of r leaves alone, and, given the plane's domain, what lies beyond it. */
export function planeSentence(result, domain = null) {
  const { selected, settings, knobs } = result;
  if (!selected) return t("Each candidate of the chosen object will stand here, by its score and its overlap.");
  if (!selected.heads[0].count && !selected.heads[1].count) return t("No candidate to show: m = 0 at every anchor of this object.");
  const [many, one] = selected.heads;
  const corners = seenHeads(result).length === 1 ? `${many.hullCount}` : `${many.hullCount} + ${one.hullCount}`;
  const can = !result.rules.conflicts
    ? t("Ties aside, only the ringed corners of the hull ({corners}) can rank first.", { corners })
    : t("Before conflicts and ties aside, only the ringed corners of the hull ({corners}) can win.", { corners });
  const slope = (s) => `−${three(s.alpha / s.beta)}`;
  if (knobs.locked && knobs.r !== 1) {
    const fields = { r: knobs.r.toFixed(2), m: threeOfLog(many.maxLogM), m1: threeOfLog(one.maxLogM) };
    return joined(t("r = {r} leaves every line where it is and changes only what it stands for: m {m} in the one-to-many head, m′ {m1} in the one-to-one head.", fields), can);
  }
  if (!knobs.locked && slope(settings[0]) !== slope(settings[1])) {
    return joined(t("Lines of equal m turn apart: slope {many} one-to-many, {one} one-to-one.", { many: slope(settings[0]), one: slope(settings[1]) }), can);
  }
  const rank = selected.rankOfPick;
  const lines = rank > 1 ? t("Solid line: as good as the 1st. Dotted: as good as the {place}.", { place: ordinal(rank) }) : t("Solid line: as good as the 1st.");
  const far = domain && many.order.subarray(0, many.count).some((i) => many.logP[i] < domain.x[0]);
  const seen = far ? joined(lines, t("Anchors scored below {score} lie off to the left.", { score: Math.exp(domain.x[0]).toFixed(2) })) : lines;
  return joined(seen, can);
}

function planeSummary(result) {
  const { selected } = result;
  if (!selected) return t("Metric plane, no object chosen");
  const [many, one] = selected.heads;
  const fields = { many: many.count, one: one.count, m: threeOfLog(many.maxLogM), m1: threeOfLog(one.maxLogM) };
  return t("Metric plane: {many} one-to-many and {one} one-to-one candidates by log score and log overlap; best m {m} and {m1}", fields);
}
