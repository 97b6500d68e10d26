// Recall, precision and F1 of both ways out over confidence, on this picture: one chart, a threshold that the hand drags in it.

import { addCircle, addDiamond, fillCased, fitCanvas, setWords } from "../kit/ink.js";
import { countAbove } from "../engine/nms.js";
import { tally } from "../engine/outcomes.js";
import { chartPlot, paintAxes, paintLegend, pathLook, trail } from "./curves.js";
import { settingWords } from "./state.js";
import { t } from "../kit/words.js";

const CONFIDENCES = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
const SHARE_DASHES = { recall: [], precision: [6, 4], f1: [2, 3] };

/** Recall, precision and F1 of one output above a confidence; NaN where there is nothing to divide by. */
export function sharesAt({ rows, match }, confidence, limit = Infinity) {
  const n = Math.min(countAbove(rows, confidence), limit);
  const { found, objects, precision, recall } = tally(match, n);
  return { recall, precision, f1: (2 * found) / (n + objects) };
}

export function createConfidence(page) {
  const [canvas, box] = [page.part("confidence"), page.part("confidence-box")];
  let context = null;
  let size = null;
  let plot = null;

  function measure() {
    const width = Math.floor(box.clientWidth);
    if (width < 40) return;
    size = { width, height: Math.round(Math.min(320, Math.max(220, 0.34 * width))) };
    context = fitCanvas(canvas, size.width, size.height);
    box.style.minHeight = `${size.height}px`;
  }

  const ways = () => page.result.paths.filter(({ key }) => key !== "raw");

  function draw(dirty) {
    if (dirty.layout || !context) measure();
    if (!context || !(dirty.settings || dirty.truth || dirty.layout)) return;
    const { ink, result } = page;
    const { width, height } = size;
    context.clearRect(0, 0, width, height);
    plot = chartPlot(width, height, ink.size, [0, 1], [0, 1.02]);
    const grid = [0, 0.2, 0.4, 0.6, 0.8, 1];
    paintAxes(context, plot, ink, { xTicks: grid, yTicks: grid, xName: t("confidence →"), yName: "", digits: [1, 1] });
    const names = { nms: t("with NMS"), free: t("one-to-one") };
    const measures = [["recall", t("recall")], ["precision", t("precision")], ["f1", "F1"]];
    const lines = ways().map((path) => ({ words: names[path.key], ...pathLook(path, ink), head: path.head }));
    paintLegend(context, [...lines, ...measures.map(([name, words]) => ({ words, colour: ink.soft, width: 2, dash: SHARE_DASHES[name] }))], ink, width);
    if (!page.truth.boxes.length) return;
    const { conf, max } = result.settings;
    for (const path of ways()) {
      const shares = CONFIDENCES.map((step) => sharesAt(path, step, max));
      const look = pathLook(path, ink);
      for (const [name] of measures) {
        const points = CONFIDENCES.flatMap((step, i) => (Number.isFinite(shares[i][name]) ? [[plot.x(step), plot.y(shares[i][name])]] : []));
        trail(context, points, look.colour, look.width, SHARE_DASHES[name]);
      }
    }
    trail(context, [[plot.x(conf), plot.top - 4], [plot.x(conf), plot.bottom + 4]], ink.text, 1.4);
    for (const path of ways()) {
      const { f1 } = sharesAt(path, conf, max);
      if (!Number.isFinite(f1)) continue;
      const mark = new Path2D();
      if (path.head) addDiamond(mark, plot.x(conf), plot.y(f1), 6.5);
      else addCircle(mark, plot.x(conf), plot.y(f1), 4.6);
      fillCased(context, mark, path.head ? ink.one : ink.many, 0.6);
    }
  }

  function write(dirty) {
    if (dirty.settings || dirty.truth || dirty.layout) setWords(page.part("confidence-words"), sentence());
  }

  function sentence() {
    if (!page.truth.boxes.length) return t("This picture has no truth, so nobody can say which scores are right.");
    const { conf, max } = page.result.settings;
    const [many, one] = ways().map((path) => sharesAt(path, conf, max));
    const words = (share) => (Number.isFinite(share) ? share.toFixed(2) : "—");
    return t("This picture at confidence {conf}: with NMS recall {r}, precision {p}, F1 {f}; one-to-one recall {r1}, precision {p1}, F1 {f1}. Drag in the chart.", {
      conf: settingWords("conf", conf), r: words(many.recall), p: words(many.precision), f: words(many.f1), r1: words(one.recall), p1: words(one.precision), f1: words(one.f1),
    });
  }

  function dragTo(event) {
    const bounds = canvas.getBoundingClientRect();
    const value = plot.value(((event.clientX - bounds.left) * size.width) / bounds.width);
    page.turn("conf", Math.round(100 * value) / 100);
  }
  let dragging = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (!plot) return;
    dragging = true;
    canvas.setPointerCapture(event.pointerId);
    dragTo(event);
  });
  canvas.addEventListener("pointermove", (event) => dragging && dragTo(event));
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => {
      if (dragging) page.release();
      dragging = false;
    });
  }
  return { draw, write, sentence };
}
