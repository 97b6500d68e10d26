// One output on the picture: every box by what became of it, how often an object is named, truth below, missed objects
// flagged. What a box is, in words.

import { strokeCased, strokeDouble, writeTag } from "../kit/ink.js";
import { DARK_CASING, DUPLICATE_PLATE, LIGHT_CASING } from "../kit/palette.js";
import { covers, freeBelow } from "../kit/plates.js";
import { DUPLICATE, FALSE, FOUND } from "../engine/outcomes.js";
import { MANY_BOXES, addRow, addTruthBox, onX, onY, paintAnchor, paintMissed, paintPicture, paintTruthBoxes } from "./frames.js";
import { timesNamed } from "./headline.js";
import { t } from "../kit/words.js";

const MOST_TAGS = 3; // objects named twice that a line points at; more would cover the picture

/** What the three outputs are called. */
export const PATH_NAMES = { raw: t("one-to-many, raw"), nms: t("one-to-many + NMS"), free: t("one-to-one, no NMS") };

/** All boxes of one output by what became of them. */
export function paintOutput(context, frame, page, path) {
  paintPicture(context, frame, page);
  paintTruthBoxes(context, frame, page.truth);
  const { rows, n, match, head, key } = path;
  const known = page.truth.boxes.length > 0;
  const groups = [new Path2D(), new Path2D(), new Path2D()];
  const many = [0, 0, 0];
  for (let row = 0; row < n; row += 1) {
    const kind = known ? match.outcome[row] : FOUND;
    addRow(groups[kind], frame, rows.boxes, row);
    many[kind] += 1;
  }
  const colour = head ? page.ink.one : page.ink.many;
  const width = head ? 2.8 : key === "raw" ? 2.2 : 1.8;
  const crowded = n > MANY_BOXES;
  const casing = crowded ? 0 : 0.55;
  const raw = key === "raw";
  if (many[DUPLICATE] && raw) strokeCased(context, groups[DUPLICATE], colour, width, null, casing);
  if (many[FALSE]) strokeCased(context, groups[FALSE], colour, width, crowded ? [5, 5] : [2, 2.5], casing);
  if (many[FOUND]) strokeCased(context, groups[FOUND], colour, width, null, casing);
  if (many[DUPLICATE] && !raw) strokeDouble(context, groups[DUPLICATE], crowded);
  paintMissed(context, frame, page, missedBy(path));
  if (!known) return;
  if (raw) writeTimes(context, frame, page, path);
  else writeTwice(context, frame, page, path);
}

/** How often the raw output names each object, on the object: most of its boxes lie within a pixel or two of each other. */
function writeTimes(context, frame, page, path) {
  const tags = [];
  timesNamed(path).forEach((times, g) => {
    if (times < 2) return;
    const [x1, y1, x2, y2] = page.truth.boxes[g];
    const size = Math.min(14, Math.max(11, frame.width / 28));
    const [x, y] = [onX(frame, (x1 + x2) / 2), onY(frame, (y1 + y2) / 2)];
    if (x < 0 || y < 0 || x > frame.width || y > frame.height) return;
    const left = Math.min(frame.width - 3 * size, Math.max(2, x - 1.3 * size));
    const small = (y2 - y1) * frame.scale < 4 * size; // the plate would hide it: it stands above
    const top = small ? onY(frame, y1) - size : y;
    const tag = freeBelow(tags, { left, y: Math.max(size, Math.min(frame.height - size, top)), wide: 2.6 * size, high: 1.5 * size }, frame.height);
    tags.push(tag);
    writeTag(context, `${times}×`, left, tag.y, { size, font: page.ink.font, weight: 700, text: page.ink.dark ? DARK_CASING : LIGHT_CASING, plate: page.ink.many });
  });
}

/** A line and a plate to each object that is named more than once, where few are. */
function writeTwice(context, frame, page, path) {
  const { match, n, rows } = path;
  const first = new Map();
  for (let row = 0; row < n; row += 1) if (match.outcome[row] === DUPLICATE && !first.has(match.truth[row])) first.set(match.truth[row], row);
  if (first.size > MOST_TAGS) return;
  const times = timesNamed(path);
  const size = Math.max(11, Math.min(14, page.ink.size * 0.9));
  const plates = [];
  for (const [object, row] of first) {
    const words = times[object] === 2 ? t("named twice") : t("named {times} times", { times: times[object] });
    context.font = `600 ${size}px ${page.ink.font}`;
    const wide = context.measureText(words).width + 0.7 * size;
    const [left, right] = [onX(frame, rows.boxes[4 * row]), onX(frame, rows.boxes[4 * row + 2])];
    const middle = Math.max(size, Math.min(frame.height - size, onY(frame, (rows.boxes[4 * row + 1] + rows.boxes[4 * row + 3]) / 2)));
    const toRight = right + 26 + wide < frame.width;
    const toLeft = !toRight && left - 26 - wide > 0;
    const start = toRight ? right + 26 : toLeft ? left - 26 - wide : Math.max(0, Math.min(frame.width - wide, left));
    const plate = freeBelow(plates, { left: start, y: middle, wide, high: 1.5 * size }, frame.height);
    if (plates.some((other) => covers(other, plate))) continue; // no room: the count below the picture has it
    plates.push(plate);
    if (toRight || toLeft) {
      const line = new Path2D();
      line.moveTo(toRight ? right : left, middle);
      line.lineTo(toRight ? start : start + wide, plate.y);
      strokeCased(context, line, DUPLICATE_PLATE, 1.6, null, 0.6);
    }
    writeTag(context, words, start, plate.y, { size, font: page.ink.font, weight: 600, text: LIGHT_CASING, plate: DUPLICATE_PLATE });
  }
}

export function missedBy({ match, n }) {
  const missed = [];
  match.foundAt.forEach((row, g) => (row < 0 || row >= n) && missed.push(g));
  return missed;
}

export function share(value) {
  return Number.isFinite(value) ? value.toFixed(2) : "—";
}

/** What a box is: class, score, place, and what became of it. */
export function readRow(page, index, row, other) {
  const path = page.result.paths[index];
  if (row < 0) return other ? t("No box on this object here.") : "";
  const { rows, match } = path;
  const { name, column, row: line } = page.payload.cellOf(rows.anchors[row]);
  const fate = !page.truth.boxes.length
    ? ""
    : match.outcome[row] === FALSE
      ? ` · ${t("false: no object of its class at IoU 0.5")}`
      : ` · ${matchWords(match, row)}`;
  const label = page.payload.classNames[rows.labels[row]];
  const fields = { label, score: rows.scores[row].toFixed(3), number: row + 1, all: path.n, anchor: rows.anchors[row], level: name, column, row: line };
  const words = other
    ? t("Here: {label} {score}, number {number} of {all} · anchor {anchor}, {level} cell ({column}, {row})", fields)
    : t("{label} {score}, number {number} of {all} · anchor {anchor}, {level} cell ({column}, {row})", fields);
  return words + fate;
}

/** Which object a box is matched to or repeats, and at what IoU. */
export function matchWords({ outcome, truth, overlap }, row) {
  const fields = { object: truth[row] + 1, overlap: overlap[row].toFixed(2) };
  return outcome[row] === FOUND ? t("matched to object {object}, IoU {overlap}", fields) : t("duplicate of object {object}, IoU {overlap}", fields);
}

/** The row whose outline is nearest to a place, among those whose box contains it or whose outline it touches. */
export function rowAtPlace({ rows, n }, x, y, reach) {
  let best = -1;
  let least = Infinity;
  for (let row = 0; row < n; row += 1) {
    const [x1, y1, x2, y2] = [rows.boxes[4 * row], rows.boxes[4 * row + 1], rows.boxes[4 * row + 2], rows.boxes[4 * row + 3]];
    if (x < x1 - reach || x > x2 + reach || y < y1 - reach || y > y2 + reach) continue;
    const edge = Math.min(Math.abs(x - x1), Math.abs(x - x2), Math.abs(y - y1), Math.abs(y - y2));
    if (edge < least) [best, least] = [row, edge];
  }
  return best;
}

export function paintPointed(context, frame, page, path, row) {
  const { rows, head, match } = path;
  const outline = new Path2D();
  addRow(outline, frame, rows.boxes, row);
  strokeCased(context, outline, head ? page.ink.one : page.ink.many, head ? 4.4 : 3.4);
  const { level, x, y } = page.payload.cellOf(rows.anchors[row]);
  const [w, h] = page.payload.levels[level].cell;
  const cell = new Path2D();
  addTruthBox(cell, frame, [x - w / 2, y - h / 2, x + w / 2, y + h / 2]);
  strokeCased(context, cell, LIGHT_CASING, 1.2, [3, 2], 0.8);
  paintAnchor(context, frame, page, rows.anchors[row], head, 4);
  const object = match.truth[row];
  if (object >= 0) {
    const truth = new Path2D();
    addTruthBox(truth, frame, page.truth.boxes[object]);
    strokeCased(context, truth, LIGHT_CASING, 1.8, [7, 4]);
  }
  const size = Math.max(11, page.ink.size * 0.78);
  const [left, top] = [onX(frame, rows.boxes[4 * row]), onY(frame, rows.boxes[4 * row + 1])];
  const words = `${page.payload.classNames[rows.labels[row]]} ${rows.scores[row].toFixed(2)}`;
  writeTag(context, words, Math.max(0, Math.min(left, frame.width - 9 * size)), top - size < size ? Math.max(top, 0) + size : top - size * 0.9, { size, font: page.ink.font, weight: 600, plate: LIGHT_CASING });
}

/** Boxes chosen for the clinic stay marked. */
export function paintPicked(context, frame, page, path) {
  const chosen = page.pickedRows(path);
  if (!chosen.length) return;
  const outline = new Path2D();
  chosen.forEach((row) => addRow(outline, frame, path.rows.boxes, row));
  strokeCased(context, outline, LIGHT_CASING, 2.4, [9, 3]);
}

