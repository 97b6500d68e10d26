// Two boxes that overlap in one output, in words and close up: why there are two, which setting would remove one of them, and
// what else that setting would take along.

import { addCross, strokeCased, strokeDouble, writeTag } from "../kit/ink.js";
import { DUPLICATE_INK, LIGHT_CASING, REMOVED_INK } from "../kit/palette.js";
import { countAbove, pickRows } from "../engine/nms.js";
import { FALSE, matchRows, remediesOf, tally } from "../engine/outcomes.js";
import { boxRowIoU } from "../engine/overlap.js";
import { addRow, addTruthBox, frameAround, onX, onY, paintAnchor, paintPicture } from "./frames.js";
import { matchWords } from "./outputs.js";
import { joined, t, tn } from "../kit/words.js";

export function pairCode(rows, i, j) {
  return [rows.anchors[i], rows.labels[i], rows.anchors[j], rows.labels[j]];
}

export function sameCode(a, b) {
  return Boolean(b) && a.every((value, i) => value === b[i]);
}

export function nearestObject(truth, boxes, i) {
  let [best, most] = [-1, 0];
  truth.boxes.forEach((box, g) => {
    const u = boxRowIoU(box, boxes, i);
    if (u > most) [best, most] = [g, u];
  });
  return best;
}

export function fateWords(page, { match }, row) {
  if (!page.truth.boxes.length) return t("no truth");
  if (match.outcome[row] === FALSE) return t("false");
  return matchWords(match, row);
}

/** Why there are two boxes, as a teacher would say it. */
export function whySentence(page, path, { kind, overlap, rows: [i, j] }, { both, object }) {
  const free = path.key === "free";
  if (kind === "two classes") {
    // Not after NMS, which takes each anchor's best class.
    const how = t("One anchor, one box, two classes ({first} and {second}). The selection cuts anchor–class pairs by score, so an anchor whose two classes both score well is reported twice.", { first: both[0].label, second: both[1].label });
    return free ? joined(how, t("No training target was broken: it is unsure which class this is.")) : how;
  }
  const different = path.match.truth[i] >= 0 && path.match.truth[j] >= 0 && path.match.truth[i] !== path.match.truth[j];
  if (different) return t("Two anchors, and two things: the boxes match different objects ({first} and {second}). This is no duplicate; a filter that removes one loses a true neighbour.", { first: path.match.truth[i] + 1, second: path.match.truth[j] + 1 });
  const fields = { object: object + 1, first: both[0].score.toFixed(3), second: both[1].score.toFixed(3), overlap: overlap.toFixed(2) };
  const answer = object >= 0 ? t("Two anchors answer on object {object}. They score {first} and {second}, their boxes overlap by {overlap}.", fields) : t("Two anchors answer. They score {first} and {second}, their boxes overlap by {overlap}.", fields);
  if (free) {
    const shown = t("Nothing compares boxes on this way out, so both are shown.");
    if (Number.isNaN(both[1].target)) return joined(answer, shown);
    const target = both[1].target > 0
      ? t("Both anchors have a positive target here.")
      : t("Training aims at one anchor only: with this truth the weaker one’s target is 0, yet its score stayed at {score}.", { score: both[1].score.toFixed(2) });
    return joined(joined(answer, target), shown);
  }
  if (path.key === "nms") {
    const { iou } = page.result.settings;
    const reason = overlap > iou
      ? t("NMS leaves both because their classes differ ({first} and {second}) and it compares boxes of one class only.", { first: both[0].label, second: both[1].label })
      : t("NMS leaves both because their IoU {overlap} is not above {iou}.", { overlap: overlap.toFixed(3), iou: iou.toFixed(2) });
    return joined(answer, reason);
  }
  return joined(answer, t("The one-to-many head teaches many anchors an object: this is what NMS is for."));
}

export function remedyName({ setting, value }, path) {
  if (setting === "confidence") return t("Confidence {value} or higher", { value: upTo(value).toFixed(3) });
  if (setting === "best class only") return t("Each anchor’s best class only");
  const fields = { value: value.toFixed(2) };
  if (setting === "NMS") return path.key === "nms" ? t("NMS at IoU {value} or lower", fields) : t("NMS, if it ran here, at IoU {value} or lower", fields);
  return path.key === "nms" ? t("class-agnostic NMS at IoU {value} or lower", fields) : t("class-agnostic NMS, if it ran here, at IoU {value} or lower", fields);
}

/** The next thousandth that a score does not exceed: what the slider must say to drop it. */
export function upTo(score) {
  const step = Math.ceil(score * 1000 - 1e-6) / 1000;
  return score > Math.fround(step) ? step + 0.001 : step;
}

/** Settings that part a pair, each as the sliders of this page would apply it. */
export function settable({ rows, n }, pair) {
  return remediesOf(rows, n, pair).map((remedy) => {
    if (remedy.setting !== "confidence") return remedy;
    const first = Math.min(n, countAbove(rows, upTo(remedy.value)));
    return { ...remedy, removes: Array.from({ length: n - first }, (_, i) => first + i) };
  });
}

/** What the sliders of this page must say for it, or null where this output has no such slider. */
export function applicable(path, { setting, value }) {
  if (setting === "confidence") return upTo(value) <= 0.99 ? { conf: upTo(value) } : null;
  if (path.key !== "nms") return null;
  if (setting === "NMS") return { iou: value };
  return setting === "class-agnostic NMS" ? { agnostic: true, iou: Math.min(value, 1) } : null;
}

/** What else a setting would remove, and how many objects would then be missed that are not now. */
export function costSentence(page, { rows, n, match }, { rows: pair }, { removes }) {
  const others = removes.filter((each) => !pair.includes(each));
  if (!others.length) return t("It would remove nothing else.");
  const boxes = tn("It would also remove {n} other box.", "It would also remove {n} other boxes.", others.length);
  if (!page.truth.boxes.length) return boxes;
  const gone = new Set(removes);
  const left = pickRows(rows, Array.from({ length: n }, (_, each) => each).filter((each) => !gone.has(each)));
  const lost = tally(matchRows(left, page.truth), left.n).missed - tally(match, n).missed;
  return joined(boxes, lost > 0 ? tn("{n} more true object would be missed.", "{n} more true objects would be missed.", lost) : t("No true object would be missed for it."));
}

/** A class's name where only so much has room. */
export function shortened(name, most = 24) {
  return name.length > most ? `${name.slice(0, most - 1).trimEnd()}…` : name;
}

/** What stands on the picture of a pair, as kit/markkey.js takes it. */
export function pairMarks({ truth, ink }, { path, remedies }, shownRemedy) {
  const colour = path.head ? ink.one : ink.many;
  const marks = [
    { mark: "box", colour, words: t("the stronger box") },
    { mark: "double", words: t("the weaker box") },
    { mark: "thin", colour, words: t("other boxes of this output"), seen: path.n > 2 },
    { mark: path.head ? "diamond" : "dot", colour, words: t("the stronger one’s anchor"), seen: shownRemedy < 0 },
    { mark: path.head ? "diamond" : "dot", colour: DUPLICATE_INK, words: t("the weaker one’s anchor"), seen: shownRemedy < 0 },
    { mark: "removed", words: t("would be removed"), seen: Boolean(remedies[shownRemedy]) },
    { mark: "truths", words: t("truth"), seen: truth.boxes.length > 0 },
  ];
  return marks.filter(({ seen = true }) => seen);
}

/** The pair close up: stronger solid, weaker double; what the shown remedy would remove is crossed page. */
export function paintCase(context, { width, height }, page, { path, pair, remedies }, shownRemedy) {
  const { rows, n, head } = path;
  const [i, j] = pair.rows;
  const boxes = [i, j].map((each) => rows.boxes.subarray(4 * each, 4 * each + 4));
  const remedy = remedies[shownRemedy];
  const frame = remedy ? frameAround(width, height, page.payload.picture, [[0, 0, page.payload.picture.width, page.payload.picture.height]]) : frameAround(width, height, page.payload.picture, boxes);
  if (remedy) {
    const { width: w, height: h } = page.payload.picture;
    frame.scale = Math.min(width / w, height / h);
    frame.x0 = (w - width / frame.scale) / 2;
    frame.y0 = (h - height / frame.scale) / 2;
  }
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  paintPicture(context, frame, page);
  const truth = new Path2D();
  page.truth.boxes.forEach((each) => addTruthBox(truth, frame, each));
  strokeCased(context, truth, LIGHT_CASING, 1.2, [6, 4], 0.6);
  const colour = head ? page.ink.one : page.ink.many;
  const others = new Path2D();
  for (let each = 0; each < n; each += 1) if (each !== i && each !== j) addRow(others, frame, rows.boxes, each);
  strokeCased(context, others, colour, 1, null, 0.2);
  const [stronger, weaker] = [new Path2D(), new Path2D()];
  addRow(stronger, frame, rows.boxes, i);
  addRow(weaker, frame, rows.boxes, j);
  strokeCased(context, stronger, colour, head ? 3.4 : 2.6);
  strokeDouble(context, weaker);
  if (remedy) {
    const gone = new Path2D();
    const crosses = new Path2D();
    for (const each of remedy.removes) {
      if (each !== j) addRow(gone, frame, rows.boxes, each);
      addCross(crosses, onX(frame, (rows.boxes[4 * each] + rows.boxes[4 * each + 2]) / 2), onY(frame, (rows.boxes[4 * each + 1] + rows.boxes[4 * each + 3]) / 2), 7);
    }
    strokeCased(context, gone, page.ink.lost, 1.6, [2, 3], 0.6);
    strokeCased(context, crosses, REMOVED_INK, 2.4);
  } else {
    paintAnchor(context, frame, page, rows.anchors[j], head, 5, DUPLICATE_INK);
    paintAnchor(context, frame, page, rows.anchors[i], head, 6);
    const size = Math.max(11, page.ink.size * 0.8);
    [i, j].forEach((each, k) => {
      const name = shortened(page.payload.classNames[rows.labels[each]]);
      const words = `${k ? t("weaker") : t("stronger")}: ${name} ${rows.scores[each].toFixed(3)}`;
      const [x, y] = [onX(frame, rows.boxes[4 * each]), k ? onY(frame, rows.boxes[4 * each + 3]) + size : onY(frame, rows.boxes[4 * each + 1]) - size];
      writeTag(context, words, Math.max(2, x), Math.max(size, Math.min(height - size, y)), { size, font: page.ink.font, weight: 600, plate: LIGHT_CASING, right: width - 2 });
    });
  }
  context.restore();
}
