// NMS, one candidate after another: who is kept, who is suppressed by whom at what IoU, and whether a duplicate died, a better
// box or a true neighbour. A scrubber, a player and a table over the trace; all of them follow the threshold while it drags.

import { fitCanvas, keptLayer, setMark, setWords } from "../kit/ink.js";
import { MATCH_IOU } from "../engine/outcomes.js";
import { boxRowIoU } from "../engine/overlap.js";
import { listenZoom, pictureFrame } from "./frames.js";
import { missedBy } from "./outputs.js";
import { paintStep, stepMarks, stepSentence } from "./step.js";
import { createTraceTable } from "./tracetable.js";
import { joined, t, tn } from "../kit/words.js";

const PLAYER_PACE = 2200; // milliseconds: time for one short sentence

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

export function createNmsPlayer(page) {
  const canvas = page.part("steps");
  const box = page.part("steps-box");
  const scrub = page.part("scrub");
  const play = page.root.querySelector('[data-do="play"]');
  const table = createTraceTable(page, (step) => show(step));
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
  watcher.observe(page.part("player"));

  /** Candidates looked at so far: 0 … N. */
  const step = () => (page.view.step < 0 ? page.result.trace.n : Math.min(page.view.step, page.result.trace.n));

  function show(wanted) {
    const { n } = page.result.trace;
    const at = Math.max(0, Math.min(n, wanted));
    page.look({ step: at === n ? -1 : at });
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    setMark(play, "aria-pressed", "false");
    setWords(play, t("Play"));
  }
  /** The next candidate that is kept: play goes from one to the next, since each takes its own victims with it. */
  function nextKept() {
    const { kept, n } = page.result.trace;
    for (let row = step(); row < n; row += 1) if (kept[row]) return row + 1;
    return n;
  }
  function toggle() {
    if (timer) {
      stop();
      return;
    }
    if (step() === page.result.trace.n) show(0);
    setMark(play, "aria-pressed", "true");
    setWords(play, t("Stop"));
    timer = setInterval(() => {
      if (step() === page.result.trace.n) stop();
      else show(nextKept());
    }, PLAYER_PACE);
    show(nextKept());
  }

  function measure() {
    const width = Math.floor(box.clientWidth);
    if (width < 40) return;
    frame = pictureFrame(width, Math.max(240, 0.7 * (globalThis.innerHeight || 800)), page.payload.picture, page.zoom);
    context = fitCanvas(canvas, frame.width, frame.height);
    box.style.minHeight = `${frame.height}px`;
  }

  function refresh() {
    const { trace, paths } = page.result;
    if (objectsOf !== page.truth || objects.length < trace.rows.n) {
      objects = candidateObjects(trace.rows, trace.rows.n, page.truth);
      objectsOf = page.truth;
    }
    lost = lostNeighbours(paths[1], trace, objects);
  }

  function draw(dirty) {
    if (dirty.layout || dirty.zoom || !frame) measure();
    if (!context) return;
    if (dirty.settings || dirty.truth || !objectsOf) refresh();
    const changed = dirty.layout || dirty.zoom || dirty.settings || dirty.truth || dirty.view;
    if (changed && visible) paintStep(context, frame, page, step(), objects, lost);
    stale ||= changed && !visible;
  }

  function write(dirty) {
    if (!(dirty.settings || dirty.truth || dirty.view || dirty.layout)) return;
    const { trace } = page.result;
    setMark(scrub, "max", String(trace.n));
    if (Number(scrub.value) !== step()) scrub.value = String(step());
    scrub.style.setProperty("--at", trace.n ? (step() / trace.n).toFixed(4) : "0");
    setMark(scrub, "aria-valuetext", t("candidate {step} of {all}", { step: step(), all: trace.n }));
    setWords(page.part("scrub-words"), t("{object} of {all}", { object: step(), all: trace.n }));
    const sentence = stepSentence(page, step(), objects);
    setWords(page.part("step-words"), page.view.step < 0 && trace.n ? joined(sentence, t("Scrub back, or press Play, to watch.")) : sentence);
    writeLost();
    if (visible) table.write(dirty, step(), objects);
  }

  function writeLost() {
    const { trace, paths, settings } = page.result;
    const key = [lost.map(({ object, row }) => `${object}.${row}`).join(), paths[1].counts.duplicate, trace.n, page.truth.boxes.length, settings.iou].join("|");
    if (key === lostKey) return;
    lostKey = key;
    const words = document.createElement("span");
    const left = paths[1].counts.duplicate;
    const duplicates = tn("{n} duplicate lives.", "{n} duplicates live.", left);
    const iou = settings.iou.toFixed(2);
    words.textContent = !trace.n
      ? t("No candidate is above the confidence: there is nothing for NMS to do.")
      : !page.truth.boxes.length
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
    page.part("lost").replaceChildren(words, ...chips);
  }

  scrub.addEventListener("input", () => {
    stop();
    show(Number(scrub.value));
    table.reveal(Number(scrub.value) - 1);
  });
  listenZoom(canvas, page, (event) => {
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
      const fixed = pictureFrame(width, 900, page.payload.picture, page.zoom);
      return keptLayer(width, fixed.height, ratio, (own) => paintStep(own, fixed, page, step(), objects, lost));
    },
    sentence: () => stepSentence(page, step(), objects),
    /** What stands on the picture at this step, as kit/markkey.js takes it. */
    marks: () => stepMarks(page, step(), lost),
  };
}
