// The views that show detections: "panels", one picture as the three outputs; "nms", the output after NMS beside the one-to-one
// head's while the threshold moves; "clinic", two boxes of one output that lie on each other; "repair", what NMS behind the
// one-to-one head would take of a whole picture.

import { DUPLICATE_INK } from "../kit/palette.js";
import { strokeCased, strokeDouble, within } from "../kit/ink.js";
import { paintOutcome } from "../kit/outcome.js";
import { paintMissed } from "../detections/frames.js";
import { missedBy } from "../detections/outputs.js";
import { DUPLICATE, FALSE } from "../engine/outcomes.js";
import { t, tn } from "../kit/words.js";
import { KEY_ROOM, anchorAt, boxPath, captionHigh, cropFrame, paintCrop, paintMark, strokeTruth, writeCaption } from "./crop.js";
import { repairOf } from "./facts.js";

const GAP = 12;
const MARK_LEAST = 11; // pixels of a mark's radius, though it meet its neighbour
const ROW_SHARE = 0.58; // of a row's width: the picture; the rest is for its words

const OUTPUT_NAMES = { raw: t("First head, one-to-many"), nms: t("First head + NMS"), free: t("Second head, one-to-one") };

/** The picture three times with names and counts: in columns, or in rows where the picture is larger so. */
export function paintPanels(context, { width, height }, live) {
  const { scene, truth, payload, whole, size, narrow } = live;
  const { picture } = payload;
  const box = whole ? null : truth.boxes[scene.object] ?? null;
  const head = headHigh(size, narrow);
  const column = { width: (width - 2 * GAP) / 3, height: height - head };
  const row = { width: ROW_SHARE * width, height: (height - 2 * GAP) / 3 };
  const fits = (place) => (box ? Math.min(place.width, place.height) : Math.min(place.width / picture.width, place.height / picture.height));
  const beside = narrow || fits(column) >= fits(row);
  const place = beside ? column : row;
  if (beside) place.height = Math.min(place.height, box ? 1.25 * place.width : (place.width * picture.height) / picture.width);
  else if (!box) place.width = Math.min(place.width, (place.height * picture.width) / picture.height);
  const top = beside ? Math.max(0, (height - head - place.height) / 3) : 0;
  context.clearRect(0, 0, width, height);
  scene.paths.result.paths.forEach((path, i) => {
    const at = beside ? { left: i * (place.width + GAP), top: top + head } : { left: 0, top: i * (place.height + GAP) };
    const frame = cropFrame({ ...at, ...place }, picture, box);
    within(context, frame, () => {
      paintCrop(context, frame, live);
      paintOutcome(context, frame, path, truth, live.ink, live.strong);
    });
    const words = beside ? { x: frame.left, y: frame.top - head, room: place.width } : { x: place.width + 18, y: frame.top + place.height / 2 - 1.4 * size, room: width - place.width - 18 };
    writePanel(context, { ...words, narrow }, path, live);
  });
  return null;
}

/** Pixels that three columns with their words need on a narrow stage. */
export function panelsHigh(width, { payload, size, whole, truth, scene }) {
  const wide = (width - 2 * GAP) / 3;
  const boxed = !whole && truth.boxes[scene.object];
  return Math.ceil(headHigh(size, true) + (boxed ? 1.25 * wide : (wide * payload.picture.height) / payload.picture.width));
}

const headHigh = (size, narrow) => (narrow ? 5.2 : 3.4) * size; // narrow: the name and the count take two lines each

/** Name and count of an output from `y`, the first line's top, or round the middle of its row. */
function writePanel(context, { x, y, room, narrow }, path, { ink, size, scene, whole }) {
  const n = whole ? path.n : scene.value(`${path.key}_object`);
  const line = (words, height, colour, at) => {
    context.font = `700 ${height}px ${ink.font}`;
    context.fillStyle = colour;
    const lines = narrow ? wrapped(context, words, room) : [words];
    lines.forEach((one, i) => context.fillText(one, x, at + i * 1.15 * height, room));
    return at + lines.length * 1.15 * height;
  };
  context.textBaseline = "top";
  const name = narrow ? 0.85 * size : size;
  const below = line(OUTPUT_NAMES[path.key], name, path.head ? ink.one : ink.many, y);
  const count = narrow ? 1.1 * size : 1.4 * size;
  line(n || narrow ? tn("{n} box", "{n} boxes", n) : t("no box scores this high"), count, ink.text, Math.max(below, y + (narrow ? 2.3 * name : 0)) + 0.1 * size);
}

/** Words in as many lines as a room needs, cut at spaces; words without any are cut where they must be. */
function wrapped(context, words, room) {
  const parts = words.includes(" ") ? words.split(/(?<= )/) : [...words];
  const lines = [""];
  for (const part of parts) {
    const longer = lines[lines.length - 1] + part;
    if (lines[lines.length - 1] && context.measureText(longer.trimEnd()).width > room) lines.push(part);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((one) => one.trimEnd());
}

/** Two pictures, and below them what NMS misses and repeats at every threshold, once the reader has guessed. */
export function paintSweep(context, { width, height }, live) {
  const { scene, truth, payload, ink, size } = live;
  const paths = scene.paths.result.paths.slice(1);
  const wide = (width - GAP) / 2;
  const caption = captionHigh(wide, size);
  const high = Math.min((wide * payload.picture.height) / payload.picture.width, height * (live.asking ? 0.85 : 0.55));
  context.clearRect(0, 0, width, height);
  paths.forEach((path, i) => {
    const frame = cropFrame({ left: i * (wide + GAP), width: wide, height: high }, payload.picture, null);
    within(context, frame, () => {
      paintCrop(context, frame, live);
      paintFates(context, frame, path, live);
    });
    const counted = t("{missed} missed, {duplicate} repeated", path.counts);
    writeCaption(context, { left: frame.left, bottom: frame.top + high, width: wide }, OUTPUT_NAMES[path.key], counted, { colour: path.head ? ink.one : ink.many, ink, size });
  });
  const top = high + caption + 0.6 * size;
  if (height - top > 70 && !live.asking) paintThresholds(context, { left: 1.8 * size, top, width: width - 2 * size, height: height - top - 1.8 * size }, live, truth);
  return null;
}

/** Boxes by what became of them: found in their head's colour, repeats double, false ones dashed; missed objects flagged. */
function paintFates(context, frame, path, live) {
  paintOutcomes(context, frame, path, live);
  flagMissed(context, frame, live, missedBy(path));
}

/** Boxes of an output by what became of them; `kept` leaves out the rows that it has at 0. */
function paintOutcomes(context, frame, path, { ink, strong }, kept = null) {
  const groups = [new Path2D(), new Path2D(), new Path2D()];
  for (let row = 0; row < path.n; row += 1) {
    if (!kept || kept[row]) boxPath(frame, path.rows.boxes.subarray(4 * row, 4 * row + 4), groups[path.match.outcome[row]]);
  }
  const colour = path.head ? ink.one : ink.many;
  strokeCased(context, groups[FALSE], colour, 1.6 * strong, [3, 3], 0.6);
  strokeCased(context, groups[0], colour, 2 * strong);
  strokeDouble(context, groups[DUPLICATE]);
}

function flagMissed(context, frame, { ink, truth }, objects) {
  context.save();
  context.translate(frame.left, frame.top);
  paintMissed(context, { ...frame, left: 0, top: 0 }, { ink, truth }, objects);
  context.restore();
}

/** Missed and repeated objects over the threshold, with where it stands now and the one-to-one head's own counts. */
function paintThresholds(context, plot, { scene, ink, size, strong }) {
  const { points, one } = scene.sweep;
  const most = Math.max(1, one.missed, one.duplicate, ...points.map(({ missed }) => missed), ...points.map(({ duplicate, iou }) => (iou <= 0.9 ? duplicate : 0)));
  const x = (iou) => plot.left + iou * plot.width;
  const y = (count) => plot.top + plot.height - (Math.min(count, most) / most) * plot.height;
  context.font = `${strong > 1 ? size : 0.85 * size}px ${ink.font}`;
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(plot.left, plot.top, plot.width, plot.height);
  context.fillStyle = ink.soft;
  context.textBaseline = "top";
  for (const iou of [0, 0.25, 0.5, 0.75, 1]) {
    context.textAlign = iou === 0 ? "left" : iou === 1 ? "right" : "center";
    context.fillText(iou === 1 ? t("NMS IoU") : String(iou), x(iou), plot.top + plot.height + 4);
  }
  context.textAlign = "right";
  context.fillText(String(most), plot.left - 5, plot.top - 2);
  context.fillText("0", plot.left - 5, plot.top + plot.height - 0.8 * size);
  context.textAlign = "left";
  const trail = (read, colour, dash) => {
    context.beginPath();
    points.forEach((point, i) => context[i ? "lineTo" : "moveTo"](x(point.iou), y(read(point))));
    context.setLineDash(dash);
    context.strokeStyle = colour;
    context.lineWidth = 2.2 * strong;
    context.stroke();
    context.setLineDash([]);
  };
  trail(({ missed }) => missed, ink.many, []);
  trail(({ duplicate }) => duplicate, DUPLICATE_INK, [6, 4]);
  context.beginPath();
  context.moveTo(x(scene.filters.iou), plot.top);
  context.lineTo(x(scene.filters.iou), plot.top + plot.height);
  context.strokeStyle = ink.text;
  context.lineWidth = 1.5 * strong;
  context.stroke();
  context.textBaseline = "top";
  context.fillStyle = ink.many;
  context.fillText(t("missed by NMS"), plot.left + 8, plot.top + 6);
  context.fillStyle = ink.text;
  context.fillText(t("repeated by NMS (dashed)"), plot.left + 8, plot.top + 6 + 1.3 * size);
  context.fillStyle = ink.one;
  context.fillText(t("second head: {missed} missed, {duplicate} repeated", one), plot.left + 8, plot.top + 6 + 2.6 * size);
}

/** The two boxes close up, with where each was predicted. */
export function paintTwins(context, { width, height }, live) {
  const { payload, scene, truth, strong, ink, size } = live;
  const { pair } = scene.twins;
  const path = scene.paths.free;
  context.clearRect(0, 0, width, height);
  const boxes = (pair?.rows ?? []).map((row) => path.rows.boxes.subarray(4 * row, 4 * row + 4));
  const around = pair ? [0, 1, 2, 3].map((side) => Math[side < 2 ? "min" : "max"](...boxes.map((box) => box[side]))) : null;
  const frame = cropFrame({ width, height }, payload.picture, around);
  within(context, frame, () => {
    paintCrop(context, frame, live);
    truth.boxes.forEach((box) => strokeTruth(context, boxPath(frame, box), 0.8 * strong));
    if (!pair) return;
    for (const box of boxes) strokeDouble(context, boxPath(frame, box));
    if (live.asking) return; // the places would tell
    const places = pair.rows.map((row) => anchorAt(frame, payload, path.rows.anchors[row]));
    const [a, b] = places;
    const apart = pair.kind === "two anchors" ? Math.hypot(a.x - b.x, a.y - b.y) : Infinity;
    const radius = Math.max(MARK_LEAST, Math.min(1.25 * size, 0.5 * apart));
    places.forEach((at, i) => {
      if (i === 0 || apart < Infinity) paintMark(context, at, "AB"[i], { radius, colour: ink.one, hollow: i === 1, ink });
    });
  });
  return frame;
}

/** The whole picture with the one-to-one head's boxes; once the reader has guessed, those that NMS behind it leaves, and what is lost. */
export function paintRepair(context, { width, height }, live) {
  const { payload, scene, narrow, unanswered } = live;
  const frame = cropFrame({ width, height }, payload.picture, null, { below: narrow ? 0 : KEY_ROOM });
  context.clearRect(0, 0, width, height);
  within(context, frame, () => {
    paintCrop(context, frame, live);
    const { kept, lost } = repairOf(scene);
    paintOutcomes(context, frame, scene.paths.free, live, unanswered ? null : kept);
    if (!unanswered) flagMissed(context, frame, live, lost);
  });
  return frame;
}
