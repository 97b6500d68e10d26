// The page's first words: how many objects are seen, and whether either way out names one of them twice. Computed from what
// is on the pictures, at the present settings.

import { DUPLICATE } from "../engine/outcomes.js";
import { settingWords } from "./state.js";
import { joined, t, tn } from "../kit/words.js";

const COUNTED = ["", t("One"), t("Two"), t("Three"), t("Four"), t("Five"), t("Six"), t("Seven"), t("Eight"), t("Nine"), t("Ten")];

/** How often each object is named by an output's shown boxes: Int32Array over the objects. */
export function timesNamed({ match, n }) {
  const times = new Int32Array(match.foundAt.length);
  for (let row = 0; row < n; row += 1) if (match.truth[row] >= 0) times[match.truth[row]] += 1;
  return times;
}

/** Objects that an output names more than once. */
function repeatedObjects({ match, n }) {
  const objects = new Set();
  for (let row = 0; row < n; row += 1) if (match.outcome[row] === DUPLICATE) objects.add(match.truth[row]);
  return objects;
}

export function headline({ result, truth }) {
  const [raw, nms, free] = result.paths;
  if (!raw.n && !free.n) return t("No box of either head scores above {confidence}: lower the confidence.", { confidence: settingWords("conf", result.settings.conf) });
  const n = truth.boxes.length;
  if (!n) {
    const many = raw.n < result.settings.max ? tn("{n} box from the one-to-many head.", "{n} boxes from the one-to-many head.", raw.n) : tn("The best {n} box from the one-to-many head.", "The best {n} boxes from the one-to-many head.", raw.n);
    return joined(many, t("NMS leaves {nms}; the one-to-one head says {free} by itself.", { nms: nms.n, free: free.n }));
  }
  const seen = tn("{count} object.", "{count} objects.", n, { count: COUNTED[n] ?? n });
  return joined(seen, verdictOn(nms, free));
}

function verdictOn(nms, free) {
  const [many, one] = [repeatedObjects(nms), repeatedObjects(free)];
  const missed = { many: nms.counts.missed, one: free.counts.missed };
  const lost = missed.many + missed.one > 0;
  if (!many.size && !one.size) {
    return lost ? t("None twice on either side; NMS misses {many}, the one-to-one head {one}.", missed) : t("Each object once, on both sides.");
  }
  let words;
  if (!many.size) {
    const [object] = one;
    words = one.size === 1 && timesNamed(free)[object] === 2
      ? t("The one-to-one head needs no NMS, yet names one of them twice.")
      : tn("The one-to-one head needs no NMS, yet names {n} of them more than once.", "The one-to-one head needs no NMS, yet names {n} of them more than once.", one.size);
  } else if (!one.size) {
    words = tn("NMS leaves {n} of them named more than once, the one-to-one head none.", "NMS leaves {n} of them named more than once, the one-to-one head none.", many.size);
  } else words = t("NMS leaves {many} of them named more than once, the one-to-one head {one}.", { many: many.size, one: one.size });
  return lost ? joined(words, t("NMS misses {many}, the one-to-one head {one}.", missed)) : words;
}

/** How often smears like the page's first picture go wrong, as `python -m dualviz crowding` counted them. */
export function rareWords({ smears, confidence, iou, repeats, misses }) {
  const share = (count) => `${Math.round((100 * count) / smears)} %`;
  const fields = { smears, conf: confidence.toFixed(2), iou: iou.toFixed(2), free: share(repeats.free), lost: share(misses.free), nms: share(repeats.nms), gone: share(misses.nms) };
  return t("How often? Of {smears} smears like this, at confidence {conf} and NMS IoU {iou}, the one-to-one head repeats itself in {free} and misses an object in {lost}; one-to-many + NMS repeats in {nms} and misses in {gone}.", fields);
}
