// The detections page's state: what its sliders say and what it looks at, as dualviz/lab/detections.py means it.

import { listHash } from "../engine/claim.js";
import { FILTERS, cleanTable, linkToTable, tableToLink } from "../engine/knobs.js";
import { t } from "../kit/words.js";

/** Sliders, with their words; `hand` is the step of a drag or an arrow key, which a number that is typed or set may go below; the last stands among the options of "Why two boxes". */
export const FILTER_SLIDERS = {
  conf: { ...FILTERS.conf, hand: 0.01, label: t("Confidence"), words: t("keep scores above") },
  iou: { ...FILTERS.iou, hand: 0.01, label: t("NMS IoU"), words: t("delete overlaps above") },
  max: { ...FILTERS.max, hand: 1, label: t("At most"), words: t("so many of each output") },
};
/** A slider's value in words: whole, or two digits, or the third where it was set. */
export function settingWords(name, value) {
  if (FILTERS[name].step >= 1) return String(value);
  return value.toFixed(Math.abs(value * 100 - Math.round(value * 100)) < 1e-6 ? 2 : 3);
}

export const PATH_KEYS = ["raw", "nms", "free"];
const TABS = ["why", "steps", "curves", "calibration", "crowds", "starving", "time"];

/** A whole state that can be used, from whatever came. */
export function cleanDetections(given) {
  const looks = given?.view ?? {};
  const natural = (value) => Number.isInteger(value) && value >= 0 && value < 1e9;
  const fits = Array.isArray(looks.pair) && looks.pair.length === 4 && looks.pair.every(natural);
  return {
    settings: cleanTable(FILTERS, given?.settings),
    view: {
      of: PATH_KEYS.includes(looks.of) ? looks.of : "free",
      pair: fits ? [...looks.pair] : null,
      step: natural(looks.step) ? looks.step : -1,
      large: looks.large === true,
      tab: TABS.includes(looks.tab) ? looks.tab : "why",
    },
  };
}

/** State → link parameters, as strings; what is at its default is left out. */
export function encodeDetections(given) {
  const { settings, view } = cleanDetections(given);
  const parts = [
    view.of !== "free" && `of.${view.of}`,
    view.pair && `pair.${view.pair.join("-")}`,
    view.step >= 0 && `step.${view.step}`,
    view.large && "large.1",
    view.tab !== TABS[0] && `tab.${view.tab}`,
  ].filter(Boolean);
  return { ...tableToLink(FILTERS, settings), ...(parts.length && { dv: parts.join("~") }) };
}

/** Link parameters → state; what is missing or broken is at its default. */
export function decodeDetections(link) {
  const parts = Object.fromEntries((link.dv ?? "").split("~").map((part) => part.split(".")));
  const number = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : -1);
  const view = { of: parts.of, pair: (parts.pair ?? "").split("-").map(number), step: number(parts.step ?? ""), large: parts.large === "1", tab: parts.tab };
  return cleanDetections({ settings: linkToTable(FILTERS, link), view });
}

/** What an address says, for another picture: object, drawn boxes, pair and step of NMS belong to the one before. */
export function elsewhere({ o, t: drawn, dv, ...rest }) {
  const { view } = decodeDetections({ dv });
  return { ...rest, ...encodeDetections({ view: { ...view, pair: null, step: -1 } }) };
}

/** What goes to Python when the hand lets go: settings, view, and what the browser counted at them. */
export function detectionsMessage(state, result, id) {
  const claim = {
    paths: result.paths.map(({ rows, n, counts }) => ({
      n,
      hash: listHash(Array.from({ length: n }, (_, i) => rows.anchors[i] * 256 + rows.labels[i]), n),
      counts: [counts.found, counts.duplicate, counts.false, counts.missed],
    })),
    trace: { n: result.trace.n, hash: listHash(fates(result.trace), result.trace.n) },
  };
  return { ...cleanDetections(state), claim, id };
}

function fates({ kept, by, n }) {
  return Array.from({ length: n }, (_, row) => kept[row] + 2 * (by[row] + 1));
}
