// Three pictures side by side with their boxes: one view for all (zoom, pan), and a box pointed at in one shows the same
// object's box in the others. What does not follow the pointer is painted once and kept.

import { addCircle, addDiamond, fillCased, fitCanvas, keptLayer, setMark, setWords, strokeCased, writeTag } from "../kit/ink.js";
import { DUPLICATE_INK, FLAG_PLATE, LIGHT_CASING } from "../kit/palette.js";
import { DUPLICATE, FALSE, FOUND } from "../engine/outcomes.js";
import { sameThing } from "../engine/paths.js";
import { t, tn } from "../kit/words.js";

const REACH = 7; // canvas pixels around an outline in which the pointer finds it
const MOST_ZOOM = 16;
const MANY_BOXES = 150; // from here on boxes lose their casings, so that a drag stays a drag

/** A frame of the picture: where picture pixels stand on a canvas of `width`, by the shared zoom {scale, cx, cy}. */
export function pictureFrame(width, most, picture, zoom) {
  const height = Math.round(Math.min(most, (width * picture.height) / picture.width));
  const whole = Math.min(width / picture.width, height / picture.height);
  const scale = whole * zoom.scale;
  const hold = (centre, room, size) => (room >= size ? (size - room) / 2 : Math.max(0, Math.min(size - room, centre - room / 2)));
  return { width, height, scale, x0: hold(zoom.cx, width / scale, picture.width), y0: hold(zoom.cy, height / scale, picture.height) };
}

/** A frame around some boxes, with room about them. */
export function frameAround(width, height, picture, boxes) {
  const [x1, y1] = [0, 1].map((c) => Math.min(...boxes.map((box) => box[c])));
  const [x2, y2] = [2, 3].map((c) => Math.max(...boxes.map((box) => box[c])));
  const whole = Math.min(width / picture.width, height / picture.height);
  const scale = Math.max(whole, Math.min(MOST_ZOOM * whole, width / (2 * (x2 - x1) + 8), height / (2 * (y2 - y1) + 8)));
  return { width, height, scale, x0: (x1 + x2) / 2 - width / scale / 2, y0: (y1 + y2) / 2 - height / scale / 2 };
}

export const onX = (frame, x) => (x - frame.x0) * frame.scale;
export const onY = (frame, y) => (y - frame.y0) * frame.scale;

export function addRow(path, frame, boxes, row) {
  const [x1, y1, x2, y2] = [boxes[4 * row], boxes[4 * row + 1], boxes[4 * row + 2], boxes[4 * row + 3]];
  path.rect(onX(frame, x1), onY(frame, y1), (x2 - x1) * frame.scale, (y2 - y1) * frame.scale);
}

export function addTruthBox(path, frame, [x1, y1, x2, y2]) {
  path.rect(onX(frame, x1), onY(frame, y1), (x2 - x1) * frame.scale, (y2 - y1) * frame.scale);
}

export function paintPicture(context, frame, out) {
  const { width, height } = out.payload.picture;
  context.fillStyle = out.ink.panel;
  context.fillRect(0, 0, frame.width, frame.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(out.picture.colour, -frame.x0 * frame.scale, -frame.y0 * frame.scale, width * frame.scale, height * frame.scale);
}

export function paintTruthBoxes(context, frame, truth, strength = 0.55) {
  const path = new Path2D();
  truth.boxes.forEach((box) => addTruthBox(path, frame, box));
  const many = truth.boxes.length > MANY_BOXES;
  strokeCased(context, path, LIGHT_CASING, 1, many ? [8, 6] : [4, 3], many ? 0 : strength);
}

/** An object's number on a yellow plate: nothing found it. */
export function paintMissed(context, frame, out, objects) {
  const size = Math.max(10.5, out.ink.size * 0.74);
  for (const g of objects) {
    const [x, y] = out.truth.boxes[g];
    const [left, top] = [Math.max(0, onX(frame, x)), Math.max(size, onY(frame, y))];
    if (left > frame.width || top > frame.height) continue;
    writeTag(context, `${g + 1} ∅`, left, top, { size, font: out.ink.font, plate: FLAG_PLATE, weight: 600 });
  }
}

/** Double outline in purple: a box whose object a better one has taken. */
export function strokeDouble(context, path, plain = false) {
  strokeCased(context, path, DUPLICATE_INK, 4.2, null, plain ? 0 : 0.5);
  context.strokeStyle = LIGHT_CASING;
  context.lineWidth = 1.3;
  context.stroke(path);
}

export function paintAnchor(context, frame, out, anchor, head, radius = 5) {
  const { anchorPoints } = out.payload;
  const path = new Path2D();
  const [x, y] = [onX(frame, anchorPoints[2 * anchor]), onY(frame, anchorPoints[2 * anchor + 1])];
  if (head) addDiamond(path, x, y, radius + 1.5);
  else addCircle(path, x, y, radius);
  fillCased(context, path, head ? out.ink.one : out.ink.many);
}

/** All boxes of one output by what became of them, truth below, missed objects flagged. */
export function paintOutput(context, frame, out, path) {
  paintPicture(context, frame, out);
  paintTruthBoxes(context, frame, out.truth);
  const { rows, n, match, head } = path;
  const known = out.truth.boxes.length > 0;
  const groups = [new Path2D(), new Path2D(), new Path2D()];
  const many = [0, 0, 0];
  for (let row = 0; row < n; row += 1) {
    const kind = known ? match.outcome[row] : FOUND;
    addRow(groups[kind], frame, rows.boxes, row);
    many[kind] += 1;
  }
  const colour = head ? out.ink.one : out.ink.many;
  const width = head ? 2.8 : 1.4;
  const crowded = n > MANY_BOXES;
  const casing = crowded ? 0 : 0.55;
  const doubles = () => many[DUPLICATE] && strokeDouble(context, groups[DUPLICATE], crowded);
  const flood = many[DUPLICATE] > many[FOUND];
  if (flood) doubles();
  if (many[FALSE]) strokeCased(context, groups[FALSE], colour, width, crowded ? [5, 5] : [2, 2.5], casing);
  if (many[FOUND]) strokeCased(context, groups[FOUND], colour, width, null, casing);
  if (!flood) doubles();
  paintMissed(context, frame, out, missedBy(path));
}

export function missedBy({ match, n }) {
  const missed = [];
  match.foundAt.forEach((row, g) => (row < 0 || row >= n) && missed.push(g));
  return missed;
}

/** What the three outputs are called. */
export const PATH_NAMES = { raw: t("one-to-many, raw"), nms: t("one-to-many + NMS"), free: t("one-to-one, no NMS") };

const COUNT_NAMES = [
  ["n", t("boxes")],
  ["found", t("matched")],
  ["missed", t("missed")],
  ["duplicate", t("duplicate")],
  ["false", t("false")],
  ["ap", "AP50"],
  ["precision", t("precision")],
  ["recall", t("recall")],
];

export function createPanels(out) {
  const holder = out.part("panels");
  const panels = out.result.paths.map(({ key, head }, index) => {
    const name = PATH_NAMES[key];
    const section = document.createElement("section");
    section.className = "dvd-panel";
    section.dataset.head = head;
    section.dataset.path = key;
    const title = document.createElement("h3");
    title.textContent = name[0].toUpperCase() + name.slice(1);
    const box = document.createElement("div");
    box.className = "dv-canvas";
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", t("picture with boxes"));
    canvas.setAttribute("aria-label", t("{name}: left and right arrows walk through its boxes by score, Enter takes one to the clinic", { name }));
    box.append(canvas);
    const counts = document.createElement("dl");
    counts.className = "dvd-counts";
    const cells = COUNT_NAMES.map(([kind, words]) => {
      const cell = document.createElement("div");
      cell.dataset.kind = kind;
      if (["precision", "recall", "ap"].includes(kind)) cell.dataset.wide = "";
      const term = document.createElement("dt");
      term.textContent = words;
      const value = document.createElement("dd");
      cell.append(value, term);
      counts.append(cell);
      return { kind, value };
    });
    const readout = document.createElement("p");
    readout.className = "dvd-readout";
    section.append(title, box, counts, readout);
    return { index, section, box, canvas, cells, readout, context: null, layer: null };
  });
  holder.replaceChildren(...panels.map(({ section }) => section));
  let frame = null;
  const ratio = () => Math.min(2, globalThis.devicePixelRatio || 1);

  function measure() {
    const width = Math.floor(panels[0].box.clientWidth);
    if (width < 40) return;
    const most = Math.max(220, 0.62 * (globalThis.innerHeight || 800));
    frame = pictureFrame(width, most, out.payload.picture, out.zoom);
    for (const panel of panels) {
      panel.context = fitCanvas(panel.canvas, frame.width, frame.height);
      panel.box.style.minHeight = `${frame.height}px`;
    }
  }

  function draw(dirty) {
    if (dirty.layout || dirty.zoom || !frame) measure();
    if (!frame) return;
    const fresh = dirty.layout || dirty.zoom || dirty.truth;
    const rows = out.hovered ? sameThing(out.result, out.hovered.path, out.hovered.row) : [-1, -1, -1];
    for (const panel of panels) {
      const path = out.result.paths[panel.index];
      const same = panel.rows === path.rows && panel.n === path.n && panel.match === path.match;
      Object.assign(panel, { rows: path.rows, n: path.n, match: path.match });
      if (fresh || !same || !panel.layer) panel.layer = keptLayer(frame.width, frame.height, ratio(), (context) => paintOutput(context, frame, out, path));
      panel.context.drawImage(panel.layer, 0, 0, frame.width, frame.height);
      paintPicked(panel.context, frame, out, path);
      if (rows[panel.index] >= 0) paintPointed(panel.context, frame, out, path, rows[panel.index]);
    }
    panels.shown = rows;
  }

  function write(dirty) {
    if (dirty.settings || dirty.truth) {
      for (const panel of panels) {
        const path = out.result.paths[panel.index];
        for (const { kind, value } of panel.cells) setWords(value, countWords(path, kind, out.truth.boxes.length));
      }
    }
    for (const panel of panels) {
      const row = panels.shown[panel.index];
      const words = out.hovered ? readRow(out, panel.index, row, panel.index !== out.hovered.path) : pairWords(out, panel.index);
      setWords(panel.readout, words);
      setMark(panel.readout, "data-on", Boolean(out.hovered));
    }
  }

  /** Canvas pixels of an event as picture pixels. */
  function place(canvas, event) {
    const bounds = canvas.getBoundingClientRect();
    const px = ((event.clientX - bounds.left) * frame.width) / bounds.width;
    const py = ((event.clientY - bounds.top) * frame.height) / bounds.height;
    return { x: frame.x0 + px / frame.scale, y: frame.y0 + py / frame.scale };
  }

  panels.forEach((panel, index) => {
    const { canvas } = panel;
    listenZoom(canvas, out, (event) => place(canvas, event), () => frame);
    canvas.addEventListener("pointermove", (event) => {
      if (out.panning) return;
      const { x, y } = place(canvas, event);
      const row = rowAtPlace(out.result.paths[index], x, y, REACH / frame.scale);
      setMark(canvas, "data-on", row >= 0);
      out.hover(row < 0 ? null : { path: index, row });
    });
    canvas.addEventListener("pointerleave", () => out.hover(null));
    canvas.addEventListener("blur", () => out.hover(null));
    canvas.addEventListener("click", (event) => {
      if (out.panned) return;
      const { x, y } = place(canvas, event);
      const row = rowAtPlace(out.result.paths[index], x, y, REACH / frame.scale);
      if (row >= 0) out.pick(index, row);
    });
    canvas.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const { n } = out.result.paths[index];
      const at = out.hovered?.path === index ? out.hovered.row : -1;
      if (way && n) out.hover({ path: index, row: (at < 0 && way < 0 ? n - 1 : at + way + n) % n }, true);
      else if (event.key === "Enter" && at >= 0) out.pick(index, at);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  });

  return {
    draw,
    write,
    get frame() {
      return frame;
    },
    panels,
    /** The three pictures beside each other with titles and counts, for a PNG. */
    still(width, ratioOf) {
      const gap = 14;
      const wide = Math.floor((width - 2 * gap) / 3);
      const fixed = pictureFrame(wide, 900, out.payload.picture, out.zoom);
      const line = 20;
      return keptLayer(width, fixed.height + 3.4 * line, ratioOf, (context) => {
        out.result.paths.forEach((path, index) => {
          context.save();
          context.translate(index * (wide + gap), 0);
          context.font = `600 14px ${out.ink.font}`;
          context.textBaseline = "top";
          context.fillStyle = path.head ? out.ink.one : out.ink.many;
          context.fillText(PATH_NAMES[path.key], 0, 0);
          context.drawImage(keptLayer(wide, fixed.height, ratioOf, (own) => paintOutput(own, fixed, out, path)), 0, line, wide, fixed.height);
          context.font = `12.5px ${out.ink.font}`;
          context.fillStyle = out.ink.text;
          const words = countsLines(path, out.truth.boxes.length);
          words.forEach((text, i) => context.fillText(text, 0, fixed.height + line * (1.3 + i)));
          context.restore();
        });
      });
    },
  };
}

/** The first counts and the shares of an output, as two lines. */
export function countsLines(path, objects) {
  const { counts, curve } = path;
  if (!objects) return [tn("{n} box", "{n} boxes", counts.n)];
  return [
    tn("{n} box: {found} matched, {duplicate} duplicate, {wrong} false, {missed} missed", "{n} boxes: {found} matched, {duplicate} duplicate, {wrong} false, {missed} missed", counts.n, { found: counts.found, duplicate: counts.duplicate, wrong: counts.false, missed: counts.missed }),
    t("precision {precision}, recall {recall}, AP50 {ap}", { precision: share(counts.precision), recall: share(counts.recall), ap: share(curve.ap) }),
  ];
}

function countWords({ counts, curve }, kind, objects) {
  if (kind === "n") return String(counts.n);
  if (!objects) return "—";
  if (kind === "ap") return share(curve.ap);
  return kind === "precision" || kind === "recall" ? share(counts[kind]) : String(counts[kind]);
}

export function share(value) {
  return Number.isFinite(value) ? value.toFixed(2) : "—";
}

/** What a box is: class, score, place, and what became of it. */
export function readRow(out, index, row, other) {
  const path = out.result.paths[index];
  if (row < 0) return other ? t("No box on this object here.") : "";
  const { rows, match } = path;
  const { name, column, row: line } = out.payload.cellOf(rows.anchors[row]);
  const fate = !out.truth.boxes.length
    ? ""
    : match.outcome[row] === FALSE
      ? ` · ${t("false: no object of its class at IoU 0.5")}`
      : ` · ${matchWords(match, row)}`;
  const label = out.payload.classNames[rows.labels[row]];
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

function pairWords(out, index) {
  const { key } = out.result.paths[index];
  const pairs = out.pairsOf(index);
  if (!pairs.length) return key === "raw" ? t("No two boxes overlap by more than half.") : t("No two boxes overlap by more than half: no duplicates to explain.");
  const twins = pairs.filter(({ kind }) => kind === "two classes").length;
  return tn("{n} pair overlaps by more than half: {two} of two anchors, {twins} of one anchor under two classes.", "{n} pairs overlap by more than half: {two} of two anchors, {twins} of one anchor under two classes.", pairs.length, { two: pairs.length - twins, twins });
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

function paintPointed(context, frame, out, path, row) {
  const { rows, head, match } = path;
  const outline = new Path2D();
  addRow(outline, frame, rows.boxes, row);
  strokeCased(context, outline, head ? out.ink.one : out.ink.many, head ? 4.4 : 3.4);
  const { level, x, y } = out.payload.cellOf(rows.anchors[row]);
  const [w, h] = out.payload.levels[level].cell;
  const cell = new Path2D();
  addTruthBox(cell, frame, [x - w / 2, y - h / 2, x + w / 2, y + h / 2]);
  strokeCased(context, cell, LIGHT_CASING, 1.2, [3, 2], 0.8);
  paintAnchor(context, frame, out, rows.anchors[row], head, 4);
  const object = match.truth[row];
  if (object >= 0) {
    const truth = new Path2D();
    addTruthBox(truth, frame, out.truth.boxes[object]);
    strokeCased(context, truth, LIGHT_CASING, 1.8, [7, 4]);
  }
  const size = Math.max(11, out.ink.size * 0.78);
  const [left, top] = [onX(frame, rows.boxes[4 * row]), onY(frame, rows.boxes[4 * row + 1])];
  const words = `${out.payload.classNames[rows.labels[row]]} ${rows.scores[row].toFixed(2)}`;
  writeTag(context, words, Math.max(0, Math.min(left, frame.width - 9 * size)), top - size < size ? Math.max(top, 0) + size : top - size * 0.9, { size, font: out.ink.font, weight: 600, plate: LIGHT_CASING });
}

/** Boxes chosen for the clinic stay marked. */
function paintPicked(context, frame, out, path) {
  const chosen = out.pickedRows(path);
  if (!chosen.length) return;
  const outline = new Path2D();
  chosen.forEach((row) => addRow(outline, frame, path.rows.boxes, row));
  strokeCased(context, outline, LIGHT_CASING, 2.4, [9, 3]);
}

/** Pan by dragging, zoom by double click, by wheel with Ctrl (a pinch on a track pad) and by two fingers. */
export function listenZoom(canvas, out, place, frameOf) {
  const touches = new Map();
  let spread = 0;
  canvas.addEventListener("dblclick", (event) => {
    const { x, y } = place(event);
    out.zoomTo(out.zoom.scale > 1 ? 1 : 3, x, y);
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      out.zoomTo(out.zoom.scale * Math.exp(-0.01 * Math.max(-30, Math.min(30, event.deltaY))), null, null, place(event));
    },
    { passive: false },
  );
  canvas.addEventListener("pointerdown", (event) => {
    touches.set(event.pointerId, event);
    out.panned = false;
    if (touches.size === 2) spread = distance(touches);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = touches.get(event.pointerId);
    if (!before) return;
    if (touches.size === 2) {
      touches.set(event.pointerId, event);
      const now = distance(touches);
      out.panned = true;
      if (spread > 0) out.zoomTo((out.zoom.scale * now) / spread, null, null, place(event));
      spread = now;
      return;
    }
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (out.zoom.scale <= 1 || (!out.panning && Math.hypot(dx, dy) < 4)) return;
    if (!out.panning) canvas.setPointerCapture?.(event.pointerId);
    out.panning = true;
    out.panned = true;
    touches.set(event.pointerId, event);
    const { scale } = frameOf();
    out.panBy(-dx / scale, -dy / scale);
  });
  const end = (event) => {
    touches.delete(event.pointerId);
    out.panning = false;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}

function distance(touches) {
  const [a, b] = [...touches.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

export function clampZoom(scale) {
  return Math.max(1, Math.min(MOST_ZOOM, scale));
}
