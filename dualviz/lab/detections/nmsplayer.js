// NMS, one candidate after another: who is kept, who is suppressed by whom at what IoU, and whether a duplicate died, a better
// box or a true neighbour. A scrubber, a player and a table over the trace; all of them follow the threshold while it drags.

import { addCircle, addCross, fitCanvas, keptLayer, setMark, setWords, strokeCased, writeTag } from "../kit/ink.js";
import { ARROW_INK, LIGHT_CASING } from "../kit/palette.js";
import { createLongTable } from "../kit/longtable.js";
import { MATCH_IOU } from "../engine/outcomes.js";
import { boxRowIoU } from "../engine/overlap.js";
import { addRow, listenZoom, missedBy, onX, onY, pictureFrame, paintAnchor, paintMissed, paintPicture, paintTruthBoxes } from "./panels.js";
import { joined, t, tn } from "../kit/words.js";

const PLAYER_PACE = 2200; // milliseconds: time for one short sentence
const PLAYER_COLUMNS = ["#", t("score"), t("fate"), "IoU", t("object"), t("class"), t("anchor"), t("level")];
const MANY_CANDIDATES = 400; // from here on suppressed boxes are thin and pale instead of dotted

/** The object that each candidate shows: the one of its class that it overlaps most, at IoU 0.5 or more; −1 none. */
export function candidateObjects(rows, n, truth) {
  const objects = new Int32Array(n).fill(-1);
  for (let row = 0; row < n; row += 1) {
    let most = 0;
    truth.boxes.forEach((box, g) => {
      if (truth.labels[g] !== rows.labels[row]) return;
      const u = boxRowIoU(box, rows.boxes, row);
      if (u >= MATCH_IOU && u > most) [objects[row], most] = [g, u];
    });
  }
  return objects;
}

/** Objects that NMS lost: missed after it although a candidate shows them best. → [{object, row of its best candidate}] */
export function lostNeighbours(path, trace, objects) {
  const lost = [];
  for (const g of missedBy(path)) {
    const row = objects.subarray(0, trace.n).indexOf(g);
    if (row >= 0 && trace.by[row] >= 0) lost.push({ object: g, row });
  }
  return lost;
}

export function createNmsPlayer(out) {
  const canvas = out.part("steps");
  const box = out.part("steps-box");
  const scrub = out.part("scrub");
  const play = out.root.querySelector('[data-do="play"]');
  const table = createTraceTable(out, (step) => show(step));
  let context = null;
  let frame = null;
  let timer = 0;
  let objects = new Int32Array(0);
  let objectsOf = null;
  let lost = [];
  let lostKey = "";
  let visible = true;
  let stale = false;

  /** What is out of sight waits: a drag costs only what the eye can follow. */
  const watcher = new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
    if (!visible || !stale || !context) return;
    stale = false;
    const all = { layout: true, settings: true, view: true };
    draw(all);
    write(all);
  });
  watcher.observe(out.part("player"));

  /** Candidates looked at so far: 0 … N. */
  const step = () => (out.view.step < 0 ? out.result.trace.n : Math.min(out.view.step, out.result.trace.n));

  function show(wanted) {
    const { n } = out.result.trace;
    const at = Math.max(0, Math.min(n, wanted));
    out.look({ step: at === n ? -1 : at });
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    setMark(play, "aria-pressed", "false");
    setWords(play, t("Play"));
  }
  /** The next candidate that is kept: play goes from one to the next, since each takes its own victims with it. */
  function nextKept() {
    const { kept, n } = out.result.trace;
    for (let row = step(); row < n; row += 1) if (kept[row]) return row + 1;
    return n;
  }
  function toggle() {
    if (timer) {
      stop();
      return;
    }
    if (step() === out.result.trace.n) show(0);
    setMark(play, "aria-pressed", "true");
    setWords(play, t("Stop"));
    timer = setInterval(() => {
      if (step() === out.result.trace.n) stop();
      else show(nextKept());
    }, PLAYER_PACE);
    show(nextKept());
  }

  function measure() {
    const width = Math.floor(box.clientWidth);
    if (width < 40) return;
    frame = pictureFrame(width, Math.max(240, 0.7 * (globalThis.innerHeight || 800)), out.payload.picture, out.zoom);
    context = fitCanvas(canvas, frame.width, frame.height);
    box.style.minHeight = `${frame.height}px`;
  }

  function refresh() {
    const { trace, paths } = out.result;
    if (objectsOf !== out.truth || objects.length < trace.rows.n) {
      objects = candidateObjects(trace.rows, trace.rows.n, out.truth);
      objectsOf = out.truth;
    }
    lost = lostNeighbours(paths[1], trace, objects);
  }

  function draw(dirty) {
    if (dirty.layout || dirty.zoom || !frame) measure();
    if (!context) return;
    if (dirty.settings || dirty.truth || !objectsOf) refresh();
    const changed = dirty.layout || dirty.zoom || dirty.settings || dirty.truth || dirty.view;
    if (changed && visible) paintStep(context, frame, out, step(), objects, lost);
    stale ||= changed && !visible;
  }

  function write(dirty) {
    if (!(dirty.settings || dirty.truth || dirty.view || dirty.layout)) return;
    const { trace } = out.result;
    setMark(scrub, "max", String(trace.n));
    if (Number(scrub.value) !== step()) scrub.value = String(step());
    scrub.style.setProperty("--at", trace.n ? (step() / trace.n).toFixed(4) : "0");
    setMark(scrub, "aria-valuetext", t("candidate {step} of {all}", { step: step(), all: trace.n }));
    setWords(out.part("scrub-words"), t("{object} of {all}", { object: step(), all: trace.n }));
    setWords(out.part("step-words"), stepSentence(out, step(), objects));
    writeLost();
    if (visible) table.write(dirty, step(), objects);
  }

  function writeLost() {
    const { trace, paths, settings } = out.result;
    const key = [lost.map(({ object, row }) => `${object}.${row}`).join(), paths[1].counts.duplicate, trace.n, out.truth.boxes.length, settings.iou].join("|");
    if (key === lostKey) return;
    lostKey = key;
    const words = document.createElement("span");
    const left = paths[1].counts.duplicate;
    const duplicates = tn("{n} duplicate lives.", "{n} duplicates live.", left);
    const iou = settings.iou.toFixed(2);
    words.textContent = !trace.n
      ? t("No candidate is above the confidence: there is nothing for NMS to do.")
      : !out.truth.boxes.length
        ? t("Without truth, NMS cannot be told wrong; what it does can still be watched.")
        : lost.length
          ? joined(joined(tn("At threshold {iou} NMS loses {n} object that a candidate shows.", "At threshold {iou} NMS loses {n} objects that a candidate shows.", lost.length, { iou }), duplicates), t("See that candidate die:"))
          : joined(t("At threshold {iou} NMS loses no object that a candidate shows.", { iou }), duplicates);
    const chips = lost.slice(0, 24).map(({ object, row }) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "dv-chip";
      chip.textContent = t("object {object}", { object: object + 1 });
      chip.addEventListener("click", () => {
        stop();
        show(row + 1);
        table.reveal(row);
      });
      return chip;
    });
    out.part("lost").replaceChildren(words, ...chips);
  }

  scrub.addEventListener("input", () => {
    stop();
    show(Number(scrub.value));
    table.reveal(Number(scrub.value) - 1);
  });
  listenZoom(canvas, out, (event) => {
    const bounds = canvas.getBoundingClientRect();
    const [px, py] = [((event.clientX - bounds.left) * frame.width) / bounds.width, ((event.clientY - bounds.top) * frame.height) / bounds.height];
    return { x: frame.x0 + px / frame.scale, y: frame.y0 + py / frame.scale };
  }, () => frame);

  return {
    draw,
    write,
    toggle,
    stop,
    destroy: () => {
      stop();
      watcher.disconnect();
    },
    by(way) {
      stop();
      show(step() + way);
      table.reveal(step() - 1 + way);
    },
    still(width, ratio) {
      const fixed = pictureFrame(width, 900, out.payload.picture, out.zoom);
      return keptLayer(width, fixed.height, ratio, (own) => paintStep(own, fixed, out, step(), objects, lost));
    },
    sentence: () => stepSentence(out, step(), objects),
  };
}

/** Kept so far solid, suppressed so far dotted and grey; the present candidate bold with lines to whom it struck or who struck it. */
function paintStep(context, frame, out, step, objects, lost) {
  const { ink, result } = out;
  const { trace } = result;
  const { rows, kept, by } = trace;
  context.save();
  context.beginPath();
  context.rect(0, 0, frame.width, frame.height);
  context.clip();
  paintPicture(context, frame, out);
  paintTruthBoxes(context, frame, out.truth);
  const [stays, gone, later] = [new Path2D(), new Path2D(), new Path2D()];
  const crosses = new Path2D();
  const current = step < trace.n || out.view.step === trace.n ? step - 1 : -1;
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
  if (step === trace.n) paintMissed(context, frame, out, lost.map(({ object }) => object));
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
      if (tags.length <= 4) tags.forEach((row) => tagOverlap(context, frame, out, current, row, trace.overlap[row]));
    } else if (by[current] >= 0) {
      const killer = new Path2D();
      addRow(killer, frame, rows.boxes, by[current]);
      strokeCased(context, killer, ink.many, 4);
      const lines = new Path2D();
      link(lines, crosses, frame, rows.boxes, by[current], current);
      strokeCased(context, own, ink.lost, 2.6, [3, 3]);
      strokeCased(context, lines, ARROW_INK, 1, null, 0.6);
      strokeCased(context, crosses, ink.lost, 2, null, 0.8);
      tagOverlap(context, frame, out, by[current], current, trace.overlap[current]);
      const object = objects[current];
      if (object >= 0 && object !== objects[by[current]]) paintMissed(context, frame, out, [object]);
    } else strokeCased(context, own, ink.lost, 2.6, [3, 3]);
    paintAnchor(context, frame, out, rows.anchors[current], 0, 4);
  }
  context.restore();
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

function tagOverlap(context, frame, out, from, to, overlap) {
  const { boxes } = out.result.trace.rows;
  const [x, y] = middle(frame, boxes, from);
  const [u, v] = middle(frame, boxes, to);
  const size = Math.max(10.5, out.ink.size * 0.78);
  writeTag(context, `IoU ${overlap.toFixed(2)}`, (x + u) / 2 + 8, (y + v) / 2 + 10, { size, font: out.ink.font, weight: 600, plate: LIGHT_CASING });
}

/** What this step does, in words. */
export function stepSentence(out, step, objects) {
  const { trace, settings, paths } = out.result;
  const { rows, kept, by, overlap, n } = trace;
  if (!n) return t("No candidate scores above {confidence}.", { confidence: settings.conf.toFixed(2) });
  if (step === 0) return tn("{n} candidate above {confidence}, best score first. Nothing is decided yet.", "{n} candidates above {confidence}, best score first. Nothing is decided yet.", n, { confidence: settings.conf.toFixed(2) });
  const row = step - 1;
  const name = t("Candidate {step} of {all}, {label} {score}", { step, all: n, label: out.payload.classNames[rows.labels[row]], score: rows.scores[row].toFixed(3) });
  const iou = settings.iou.toFixed(2);
  if (step === n && out.view.step < 0) {
    const end = paths[1].n;
    return tn("Done: of {all} candidates {n} is kept, {rest} suppressed or beyond the limit. Scrub back, or press Play, to watch.", "Done: of {all} candidates {n} are kept, {rest} suppressed or beyond the limit. Scrub back, or press Play, to watch.", end, { all: n, rest: n - end });
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
  const cost = verdict(out, objects[row], objects[killer], killer);
  return cost ? joined(death, cost) : death;
}

/** What the death of a candidate that shows object `mine` costs, when its suppressor `killer` shows object `its`. */
function verdict(out, mine, its, killer) {
  if (!out.truth.boxes.length) return "";
  if (mine < 0) return t("It shows no object well: no loss.");
  if (mine === its) return t("Both show object {object}: a duplicate dies, as it should.", { object: mine + 1 });
  const { match, n } = out.result.paths[1];
  const found = match.foundAt[mine] >= 0 && match.foundAt[mine] < n;
  const object = mine + 1;
  const end = found ? t("Object {object} is found by another box all the same.", { object }) : t("Object {object} is lost.", { object });
  if (its >= 0) return joined(t("It shows object {object}, its suppressor object {other}: a true neighbour dies.", { object, other: its + 1 }), end);
  const box = lieOn(out.truth, out.result.trace.rows, killer) === mine
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

/** The trace as rows; only those in sight exist. */
function createTraceTable(out, choose) {
  const scroll = out.part("trace-scroll");
  const table = out.part("trace-table");
  const body = table.querySelector("tbody");
  const heads = PLAYER_COLUMNS.map((name) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    return cell;
  });
  const long = createLongTable(scroll, table, heads, fill);
  let step = 0;
  let objects = null;
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) choose(Number(row.dataset.row) + 1);
  });
  scroll.addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way || event.target !== scroll) return;
    event.preventDefault();
    event.stopPropagation();
    choose(step + way);
    long.reveal(step - 1 + way);
  });

  function fill() {
    const { trace, settings } = out.result;
    const { rows, kept, by, overlap, n } = trace;
    long.fill(n, (line, row) => {
      const fate = kept[row] ? "kept" : by[row] >= 0 ? "suppressed" : "dropped";
      const object = objects[row];
      const words = [
        String(row + 1),
        rows.scores[row].toFixed(3),
        fate === "kept" ? t("kept") : fate === "dropped" ? t("beyond {max}", { max: settings.max }) : t("falls to {killer}", { killer: by[row] + 1 }),
        Number.isNaN(overlap[row]) ? "" : overlap[row].toFixed(3),
        object < 0 ? "–" : String(object + 1),
        out.payload.classNames[rows.labels[row]],
        String(rows.anchors[row]),
        out.payload.cellOf(rows.anchors[row]).name,
      ];
      words.forEach((text, c) => setWords(line.cells[c], text));
      setMark(line, "data-row", String(row));
      setMark(line, "data-fate", fate);
      setMark(line, "data-later", row >= step);
      setMark(line, "data-neighbour", fate === "suppressed" && object >= 0 && objects[by[row]] !== object);
      setMark(line, "aria-selected", row === step - 1 ? "true" : null);
    });
    setWords(out.part("trace-note"), n ? t("yellow: it shows an object that its suppressor does not") : t("none above the confidence"));
  }

  function write(dirty, at, shown) {
    step = at;
    objects = shown;
    if (dirty.layout || !long.lines.length) long.layout(out.ink.size);
    fill();
  }
  return { write, reveal: long.reveal };
}
