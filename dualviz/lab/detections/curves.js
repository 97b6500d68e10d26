// Two small charts of the present picture: precision over recall of each output, and what NMS misses and repeats at every
// threshold beside the one-to-one head, which has none. Both follow the sliders while they drag.

import { addCircle, addDiamond, fillCased, fitCanvas, keptLayer, setWords } from "../kit/ink.js";
import { share } from "./outputs.js";
import { joined, t } from "../kit/words.js";

const CURVE_RATIO = 0.5; // height over width
const SWEEP_TOP = 8; // the least range of the counts' axis

/** A chart's inner rectangle and its scales: `x` and `y` map values to canvas pixels. */
export function chartPlot(width, height, size, [xLow, xHigh], [yLow, yHigh]) {
  const left = 3.1 * size;
  const [right, top, bottom] = [width - 0.8 * size, 2.9 * size, height - 2.9 * size];
  return {
    left,
    right,
    top,
    bottom,
    x: (value) => left + ((value - xLow) / (xHigh - xLow)) * (right - left),
    y: (value) => bottom - ((value - yLow) / (yHigh - yLow)) * (bottom - top),
    value: (px) => xLow + ((px - left) / (right - left)) * (xHigh - xLow),
  };
}

export function paintAxes(context, plot, ink, { xTicks, yTicks, xName, yName, digits }) {
  const size = 0.8 * ink.size;
  context.font = `${size}px ${ink.font}`;
  context.lineWidth = 1;
  context.strokeStyle = ink.line;
  context.fillStyle = ink.soft;
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const tick of xTicks) {
    line(context, plot.x(tick), plot.top, plot.x(tick), plot.bottom);
    context.fillText(tick.toFixed(digits[0]), plot.x(tick), plot.bottom + 0.3 * size);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of yTicks) {
    line(context, plot.left, plot.y(tick), plot.right, plot.y(tick));
    context.fillText(tick.toFixed(digits[1]), plot.left - 0.4 * size, plot.y(tick));
  }
  context.textBaseline = "top";
  context.fillText(xName, plot.right, plot.bottom + 1.55 * size);
  context.textAlign = "left";
  if (yName) context.fillText(yName, 0.2 * size, plot.bottom + 1.55 * size);
}

function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

export function trail(context, points, colour, width, dash = []) {
  if (!points.length) return;
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.lineJoin = "round";
  context.stroke();
  context.setLineDash([]);
}

function mark(context, x, y, head, ink) {
  const path = new Path2D();
  if (head) addDiamond(path, x, y, 6.5);
  else addCircle(path, x, y, 4.6);
  fillCased(context, path, head ? ink.one : ink.many, 0.6);
}

export function pathLook({ key, head }, ink) {
  if (head) return { colour: ink.one, width: 3.2, dash: [] };
  return { colour: ink.many, width: key === "raw" ? 1.4 : 2, dash: key === "raw" ? [2, 3] : [] };
}

/** One row above the plot that names the lines: [{words, colour, width, dash, head}]. */
export function paintLegend(context, entries, ink, width) {
  const size = 0.84 * ink.size;
  context.font = `${size}px ${ink.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const gap = 1.1 * size;
  const wide = entries.map(({ words }) => 2.5 * size + context.measureText(words).width);
  const rows = wide.reduce((sum, each) => sum + each + gap, 0) > width ? 2 : 1;
  const split = rows === 1 ? entries.length : Math.ceil(entries.length / 2);
  let x = 0.2 * size;
  entries.forEach(({ words, colour, width: thick, dash, head }, i) => {
    if (i === split) x = 0.2 * size;
    const y = (i < split ? 0.75 : 2.05) * size;
    trail(context, [[x, y], [x + 2 * size, y]], colour, thick, dash);
    if (head !== undefined) mark(context, x + size, y, head, ink);
    context.fillStyle = ink.text;
    context.fillText(words, x + 2.4 * size, y);
    x += wide[i] + gap;
  });
}

function paintRecall(context, width, height, page) {
  const { ink, result } = page;
  context.clearRect(0, 0, width, height);
  const plot = chartPlot(width, height, ink.size, [0, 1], [0, 1.02]);
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1];
  paintAxes(context, plot, ink, { xTicks: grid, yTicks: grid, xName: t("recall →"), yName: t("↑ precision"), digits: [1, 1] });
  const names = { raw: t("raw"), nms: t("with NMS"), free: t("one-to-one") };
  paintLegend(context, result.paths.map((path) => ({ words: names[path.key], ...pathLook(path, ink), head: path.head })), ink, width);
  if (!page.truth.boxes.length) return;
  for (const path of result.paths) {
    const { precision, recall } = path.curve;
    const look = pathLook(path, ink);
    const points = [];
    for (let i = 0; i < precision.length; i += 1) points.push([plot.x(recall[i]), plot.y(precision[i])]);
    if (points.length) points.unshift([plot.x(0), points[0][1]]);
    trail(context, points, look.colour, look.width, look.dash);
  }
  for (const path of result.paths) {
    const { precision, recall } = path.curve;
    const at = path.n - 1;
    if (at >= 0) mark(context, plot.x(recall[at]), plot.y(precision[at]), path.head, ink);
  }
}

/** One sentence on the curve for everybody, and the reading of it for who cannot see. */
function recallWords({ result, truth }) {
  if (!truth.boxes.length) return t("This picture has no truth, so nothing can be called right or wrong: draw boxes in the laboratory, bring a truth file, or take the detections as truth in the sidebar.");
  const [raw, nms, free] = result.paths;
  const gap = nms.curve.ap - free.curve.ap;
  const fields = { nms: share(nms.curve.ap), free: share(free.curve.ap), ahead: Math.abs(gap).toFixed(2) };
  const verdict = Math.abs(gap) < 0.005
    ? t("Area under this picture’s curve, over all scores above 0.01: {nms} with NMS, {free} without: the same for both ways out.", fields)
    : gap > 0
      ? t("Area under this picture’s curve, over all scores above 0.01: {nms} with NMS, {free} without: the one-to-many head with NMS is {ahead} ahead.", fields)
      : t("Area under this picture’s curve, over all scores above 0.01: {nms} with NMS, {free} without: the one-to-one head is {ahead} ahead.", fields);
  return joined(joined(verdict, t("Raw, every duplicate costs precision: {raw}.", { raw: share(raw.curve.ap) })), t("All classes are pooled and every point counts, so this is no COCO AP: that needs a set."));
}

function paintSweep(context, width, height, page, sweep) {
  const { ink, result } = page;
  context.clearRect(0, 0, width, height);
  const most = Math.max(SWEEP_TOP, ...sweep.points.slice(0, 17).map(({ missed, duplicate, false: wrong }) => Math.max(missed, duplicate + wrong)), sweep.one.missed, sweep.one.duplicate + sweep.one.false);
  const high = Math.ceil(most * 1.1);
  const plot = chartPlot(width, height, ink.size, [0, 1], [0, high]);
  const step = [1, 2, 5, 10, 20, 50, 100].find((each) => high / each <= 6) ?? 200;
  const yTicks = Array.from({ length: Math.floor(high / step) + 1 }, (_, i) => i * step);
  paintAxes(context, plot, ink, { xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], yTicks, xName: t("NMS IoU threshold →"), yName: t("↑ boxes"), digits: [1, 0] });
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top - 4, plot.right - plot.left, plot.bottom - plot.top + 8);
  context.clip();
  const at = (read) => sweep.points.map((point) => [plot.x(point.iou), plot.y(read(point))]);
  const flat = (value) => [[plot.left, plot.y(value)], [plot.right, plot.y(value)]];
  trail(context, flat(sweep.one.duplicate + sweep.one.false), ink.one, 2, [5, 4]);
  trail(context, at((point) => point.duplicate + point.false), ink.many, 2, [5, 4]);
  trail(context, flat(sweep.one.missed), ink.one, 3.2);
  trail(context, at((point) => point.missed), ink.many, 2.2);
  const { iou } = result.settings;
  context.strokeStyle = ink.text;
  context.lineWidth = 1.4;
  line(context, plot.x(iou), plot.top - 4, plot.x(iou), plot.bottom + 4);
  context.restore();
  const { counts } = result.paths[1];
  const inside = (value) => Math.max(plot.top, plot.y(value));
  mark(context, plot.x(iou), inside(counts.missed), 0, ink);
  mark(context, plot.x(iou), inside(counts.duplicate + counts.false), 0, ink);
  const [many, one] = [ink.many, ink.one];
  const entries = [
    { words: t("NMS: missed"), colour: many, width: 2.2 },
    { words: t("NMS: surplus"), colour: many, width: 2, dash: [5, 4] },
    { words: t("one-to-one: missed"), colour: one, width: 3.2 },
    { words: t("one-to-one: surplus"), colour: one, width: 2, dash: [5, 4] },
  ];
  paintLegend(context, entries, ink, width);
  return plot;
}

function sweepWords({ truth }, sweep) {
  if (!truth.boxes.length) return t("Without truth nobody can say which boxes NMS loses wrongly.");
  const costs = sweep.points.map((point) => point.missed + point.duplicate + point.false);
  const best = costs.indexOf(Math.min(...costs));
  const { one, points } = sweep;
  const least = Math.min(...points.map(({ missed }) => missed));
  const { iou, missed, duplicate, false: wrong } = points[best];
  const many = t("Best for NMS is {iou}: {missed} missed, {surplus} surplus.", { iou: iou.toFixed(2), missed, surplus: duplicate + wrong });
  const free = t("The one-to-one head, without any: {missed} missed, {surplus} surplus.", { missed: one.missed, surplus: one.duplicate + one.false });
  return least ? joined(joined(many, t("At no threshold fewer than {least} missed.", { least })), free) : joined(many, free);
}

export function createCurves(page) {
  const charts = ["pr", "sweep"].map((name) => ({ name, box: page.part(`${name}-box`), canvas: page.part(name), context: null, width: 0, height: 0 }));
  const [recall, sweep] = charts;
  let plot = null;
  let points = null;

  function measure() {
    for (const chart of charts) {
      chart.width = Math.floor(chart.box.clientWidth);
      if (chart.width < 40) return;
      chart.height = Math.round(Math.min(300, Math.max(200, CURVE_RATIO * chart.width)));
      chart.context = fitCanvas(chart.canvas, chart.width, chart.height);
      chart.box.style.minHeight = `${chart.height}px`;
    }
  }

  function draw(dirty) {
    if (dirty.layout || !recall.context) measure();
    if (!recall.context || !(dirty.settings || dirty.truth || dirty.layout)) return;
    points = page.engine.thresholds(page.result);
    paintRecall(recall.context, recall.width, recall.height, page);
    plot = paintSweep(sweep.context, sweep.width, sweep.height, page, points);
  }

  function write(dirty) {
    if (!points || !(dirty.settings || dirty.truth)) return;
    setWords(page.part("pr-words"), recallWords(page));
    setWords(page.part("sweep-words"), sweepWords(page, points));
  }

  function dragTo(event) {
    const bounds = sweep.canvas.getBoundingClientRect();
    page.turn("iou", plot.value(((event.clientX - bounds.left) * sweep.width) / bounds.width));
  }
  let dragging = false;
  sweep.canvas.addEventListener("pointerdown", (event) => {
    dragging = true;
    sweep.canvas.setPointerCapture(event.pointerId);
    dragTo(event);
  });
  sweep.canvas.addEventListener("pointermove", (event) => dragging && dragTo(event));
  for (const name of ["pointerup", "pointercancel"]) {
    sweep.canvas.addEventListener(name, () => {
      if (dragging) page.release();
      dragging = false;
    });
  }

  return {
    draw,
    write,
    still(width, ratio) {
      const wide = Math.floor((width - 20) / 2);
      const high = Math.round(0.62 * wide);
      return keptLayer(width, high, ratio, (context) => {
        const all = page.engine.thresholds(page.result);
        context.drawImage(keptLayer(wide, high, ratio, (own) => paintRecall(own, wide, high, page)), 0, 0, wide, high);
        context.drawImage(keptLayer(wide, high, ratio, (own) => paintSweep(own, wide, high, page, all)), wide + 20, 0, wide, high);
      });
    },
  };
}
