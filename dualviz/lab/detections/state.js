// The detections page's state: what its sliders say and what it looks at, with ranges, defaults and letters of the link. The
// same stand in dualviz/lab/outputs.py; a test holds the two together.

import { listHash } from "../engine/claim.js";
import { t } from "../kit/words.js";

/** Sliders: `key` is the step of an arrow key; Shift makes it the finest. */
export const OUT_SLIDERS = {
  conf: { letter: "conf", label: t("Confidence"), words: t("keep scores above"), min: 0.01, max: 0.99, step: 0.01, key: 0.01, default: 0.25 },
  iou: { letter: "iou", label: t("NMS IoU"), words: t("suppress overlaps above"), min: 0, max: 1, step: 0.01, key: 0.01, default: 0.7 },
  max: { letter: "max", label: t("At most"), words: t("so many of each output"), min: 1, max: 300, step: 1, key: 1, default: 300 },
};
export const OUT_PATHS = ["raw", "nms", "free"];

/** A whole state that can be used, from whatever came. */
export function cleanOutputs(given) {
  const settings = {};
  for (const [name, { min, max, step, default: start }] of Object.entries(OUT_SLIDERS)) {
    const said = given?.settings?.[name];
    const number = said === undefined || said === null || said === "" ? start : Number(said);
    const value = Number.isFinite(number) ? number : start;
    const steps = Math.floor((Math.min(max, Math.max(min, value)) - min) / step + 0.5);
    settings[name] = Number((min + steps * step).toFixed(2));
  }
  settings.agnostic = given?.settings?.agnostic === true;
  const looks = given?.view ?? {};
  const natural = (value) => Number.isInteger(value) && value >= 0 && value < 1e9;
  const fits = Array.isArray(looks.pair) && looks.pair.length === 4 && looks.pair.every(natural);
  return {
    settings,
    view: {
      of: OUT_PATHS.includes(looks.of) ? looks.of : "free",
      pair: fits ? [...looks.pair] : null,
      step: natural(looks.step) ? looks.step : -1,
      large: looks.large === true,
    },
  };
}

/** What goes to Python when the hand lets go: settings, view, and what the browser counted at them. */
export function outputsMessage(state, result, id) {
  const claim = {
    paths: result.paths.map(({ rows, n, counts }) => ({
      n,
      hash: listHash(Array.from({ length: n }, (_, i) => rows.anchors[i] * 256 + rows.labels[i]), n),
      counts: [counts.found, counts.duplicate, counts.false, counts.missed],
    })),
    trace: { n: result.trace.n, hash: listHash(fates(result.trace), result.trace.n) },
  };
  return { ...cleanOutputs(state), claim, id };
}

function fates({ kept, by, n }) {
  return Array.from({ length: n }, (_, row) => kept[row] + 2 * (by[row] + 1));
}
