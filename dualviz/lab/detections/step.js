// One step of NMS, painted and in words: who is kept so far, whom the present candidate strikes or falls to, and what it costs.

import { addCircle, addCross, strokeCased, writeTag } from "../kit/ink.js";
import { ARROW_INK, LIGHT_CASING } from "../kit/palette.js";
import { MATCH_IOU } from "../engine/outcomes.js";
import { boxRowIoU } from "../engine/overlap.js";
import { addRow, onX, onY, paintAnchor, paintMissed, paintPicture, paintTruthBoxes } from "./frames.js";
import { settingWords } from "./state.js";
import { joined, t, tn } from "../kit/words.js";

const MANY_CANDIDATES = 400; // from here on suppressed boxes are thin and pale instead of dotted

/** Kept so far solid, suppressed so far dotted and grey; the present candidate bold with lines to whom it struck or who struck it. */
export function paintStep(context, frame, page, step, objects, lost) {
  const { ink, result } = page;
  const { trace } = result;
  const { rows, kept, by } = trace;
  context.save();
  context.beginPath();
  context.rect(0, 0, frame.width, frame.height);
  context.clip();
  paintPicture(context, frame, page);
  paintTruthBoxes(context, frame, page.truth);
  const [stays, gone, later] = [new Path2D(), new Path2D(), new Path2D()];
  const crosses = new Path2D();
  const current = step < trace.n || page.view.step === trace.n ? step - 1 : -1;
  for (let row = trace.n - 1; row >= 0; row -= 1) {
    if (row === current) continue;
    if (row >= step) addRow(later, frame, rows.boxes, row);
    else addRow(kept[row] ? stays : gone, frame, rows.boxes, row);
  }
  if (step < trace.n) {
    context.globalAlpha = 0.35;
    strokeCased(context, later, LIGHT_CASING, 0.8, null, 0);
    context.globalAlpha = 1;
  }
  const crowded = trace.n > MANY_CANDIDATES;
  if (crowded) context.globalAlpha = 0.35;
  strokeCased(context, gone, ink.lost, 1, crowded ? null : [1.5, 3], 0);
  context.globalAlpha = 1;
  strokeCased(context, stays, ink.many, 1.8, null, crowded ? 0 : 0.6);
  if (step === trace.n) paintMissed(context, frame, page, lost.map(({ object }) => object));
  if (current >= 0) {
    const own = new Path2D();
    addRow(own, frame, rows.boxes, current);
    if (kept[current]) {
      const struck = new Path2D();
      const lines = new Path2D();
      const tags = [];
      for (let row = current + 1; row < trace.n; row += 1) {
        if (by[row] !== current) continue;
        addRow(struck, frame, rows.boxes, row);
        link(lines, crosses, frame, rows.boxes, current, row);
        tags.push(row);
      }
      strokeCased(context, struck, ink.lost, 1.6, [2, 3], 0.6);
      strokeCased(context, own, ink.many, 4);
      strokeCased(context, lines, ARROW_INK, 1, null, 0.6);
      strokeCased(context, crosses, ink.lost, 1.8, null, 0.8);
      if (tags.length <= 4) tags.forEach((row) => tagOverlap(context, frame, page, current, row, trace.overlap[row]));
    } else if (by[current] >= 0) {
      const killer = new Path2D();
      addRow(killer, frame, rows.boxes, by[current]);
      strokeCased(context, killer, ink.many, 4);
      const lines = new Path2D();
      link(lines, crosses, frame, rows.boxes, by[current], current);
      strokeCased(context, own, ink.lost, 2.6, [3, 3]);
      strokeCased(context, lines, ARROW_INK, 1, null, 0.6);
      strokeCased(context, crosses, ink.lost, 2, null, 0.8);
      tagOverlap(context, frame, page, by[current], current, trace.overlap[current]);
      const object = objects[current];
      if (object >= 0 && object !== objects[by[current]]) paintMissed(context, frame, page, [object]);
    } else strokeCased(context, own, ink.lost, 2.6, [3, 3]);
    paintAnchor(context, frame, page, rows.anchors[current], 0, 4);
  }
  context.restore();
}

/** What stands on the picture at a step, as kit/markkey.js takes it. */
export function stepMarks({ result, truth, ink }, step, lost) {
  const { kept, by, n } = result.trace;
  const seen = Array.from({ length: step }, (_, row) => row);
  const marks = [
    { mark: "box", colour: ink.many, words: t("kept"), seen: seen.some((row) => kept[row]) },
    { mark: "gone", colour: ink.lost, words: t("suppressed or beyond the limit"), seen: seen.some((row) => !kept[row]) },
    { mark: "cross", colour: ink.lost, words: t("suppressed in this step"), seen: step > 0 && step < n && (by[step - 1] >= 0 || by.subarray(0, n).includes(step - 1)) },
    { mark: "later", words: t("not looked at yet"), seen: step < n },
    { mark: "truths", words: t("truth"), seen: truth.boxes.length > 0 },
    { mark: "missed", words: t("missed object"), seen: step === n && lost.length > 0 },
  ];
  return marks.filter((one) => one.seen);
}

function middle(frame, boxes, row) {
  return [onX(frame, (boxes[4 * row] + boxes[4 * row + 2]) / 2), onY(frame, (boxes[4 * row + 1] + boxes[4 * row + 3]) / 2)];
}

function link(lines, crosses, frame, boxes, from, to) {
  const [x, y] = middle(frame, boxes, from);
  const [u, v] = middle(frame, boxes, to);
  lines.moveTo(x, y);
  lines.lineTo(u, v);
  addCross(crosses, u, v, 5);
  addCircle(lines, x, y, 2.5);
}

function tagOverlap(context, frame, page, from, to, overlap) {
  const { boxes } = page.result.trace.rows;
  const [x, y] = middle(frame, boxes, from);
  const [u, v] = middle(frame, boxes, to);
  const size = Math.max(10.5, page.ink.size * 0.78);
  writeTag(context, `IoU ${overlap.toFixed(2)}`, (x + u) / 2 + 8, (y + v) / 2 + 10, { size, font: page.ink.font, weight: 600, plate: LIGHT_CASING });
}

/** What this step does, in words. */
export function stepSentence(page, step, objects) {
  const { trace, settings, paths } = page.result;
  const { rows, kept, by, overlap, n } = trace;
  if (!n) return t("No candidate scores above {confidence}.", { confidence: settingWords("conf", settings.conf) });
  if (step === 0) return tn("{n} candidate above {confidence}, best score first. Nothing is decided yet.", "{n} candidates above {confidence}, best score first. Nothing is decided yet.", n, { confidence: settingWords("conf", settings.conf) });
  const row = step - 1;
  const name = t("Candidate {step} of {all}, {label} {score}", { step, all: n, label: page.payload.classNames[rows.labels[row]], score: rows.scores[row].toFixed(3) });
  const iou = settings.iou.toFixed(2);
  if (step === n && page.view.step < 0) {
    const end = paths[1].n;
    return tn("Done: of {all} candidates {n} is kept, {rest} suppressed or beyond the limit.", "Done: of {all} candidates {n} are kept, {rest} suppressed or beyond the limit.", end, { all: n, rest: n - end });
  }
  if (kept[row]) {
    const struck = [];
    for (let j = row + 1; j < n; j += 1) if (by[j] === row) struck.push(overlap[j]);
    const range = { from: Math.min(...struck).toFixed(2), to: Math.max(...struck).toFixed(2) };
    const takes = struck.length
      ? tn("It will suppress {n} weaker one, IoU {from}.", "It will suppress {n} weaker ones, IoU {from} to {to}.", struck.length, range)
      : t("It suppresses nobody.");
    const stays = settings.agnostic
      ? t("{name}: kept. No kept box overlaps it by more than {iou}.", { name, iou })
      : t("{name}: kept. No kept box of its class overlaps it by more than {iou}.", { name, iou });
    return joined(stays, takes);
  }
  if (by[row] < 0) return tn("{name}: beyond the limit of {n} detection.", "{name}: beyond the limit of {n} detections.", settings.max, { name });
  const killer = by[row];
  const death = t("{name}: suppressed by candidate {killer} ({score}), IoU {overlap} > {iou}.", { name, killer: killer + 1, score: rows.scores[killer].toFixed(3), overlap: overlap[row].toFixed(3), iou });
  const cost = verdict(page, objects[row], objects[killer], killer);
  return cost ? joined(death, cost) : death;
}

/** What the death of a candidate that shows object `mine` costs, when its suppressor `killer` shows object `its`. */
function verdict(page, mine, its, killer) {
  if (!page.truth.boxes.length) return "";
  if (mine < 0) return t("It shows no object well: no loss.");
  if (mine === its) return t("Both show object {object}: a duplicate dies, as it should.", { object: mine + 1 });
  const { match, n } = page.result.paths[1];
  const elsewhere = match.foundAt[mine] >= 0 && match.foundAt[mine] < n;
  const object = mine + 1;
  const end = elsewhere ? t("Object {object} is found by another box all the same.", { object }) : t("Object {object} is lost.", { object });
  if (its >= 0) return joined(t("It shows object {object}, its suppressor object {other}: a true neighbour dies.", { object, other: its + 1 }), end);
  const box = lieOn(page.truth, page.result.trace.rows, killer) === mine
    ? t("It shows object {object}, on which its suppressor lies worse (IoU below {least}): a better box of object {object} dies.", { object, least: MATCH_IOU.toFixed(2) })
    : t("It shows object {object}, its suppressor no object: a true box dies.", { object });
  return joined(box, end);
}

/** The object of its class that a candidate overlaps most, however little; −1 where it touches none. */
function lieOn(truth, rows, row) {
  const overlaps = truth.boxes.map((box, g) => (truth.labels[g] === rows.labels[row] ? boxRowIoU(box, rows.boxes, row) : 0));
  const most = Math.max(...overlaps);
  return most > 0 ? overlaps.indexOf(most) : -1;
}
