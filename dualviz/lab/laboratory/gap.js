// The supervision gap, anchor by anchor: what each head teaches every anchor that either of them picked, as bars side by
// side, and below them the sum of their differences on one scale with the least and the most that any pick could give.

import { gapSentence } from "./summary.js";
import { addCircle, addDiamond, fillCased, fitHolder, setMark, setWords } from "../kit/ink.js";
import { ordinal, three } from "../kit/numbers.js";
import { t } from "../kit/words.js";

const GAP_TYPE = 12; // pixels of the smallest type
const GAP_FAINT = 0.3; // opacity of what both heads teach alike, and of the part below the floor

/**
 * The gap on `canvas`, which fills `holder` (class dv-view); `words`, if given, is told the sentence. `lab` needs payload,
 * result, reading, inspected, ink, inspect(anchor) and pin(anchor).
 */
export function createGap(lab, { canvas, holder, words = null }) {
  let size = null;
  let context = null;
  let axis = { of: "", most: 0 };
  let bars = [];

  function draw(dirty) {
    if (dirty.layout || !size) {
      const fitted = fitHolder(canvas, holder);
      if (!fitted) return;
      ({ context, ...size } = fitted);
    }
    if (!context || !(dirty.knobs || dirty.object || dirty.layout || dirty.hover)) return;
    const { selected } = lab.result;
    const of = `${lab.payload.id}${lab.result.object}${lab.result.knobs.k}`;
    const needed = selected && selected.pick >= 0 ? selected.gap.ceiling : 1;
    if (axis.of !== of || needed > axis.most) axis = { of, most: Math.max(0.5, Math.ceil(needed * 1.12 * 2) / 2) };
    bars = paintGap(context, size, lab, axis.most);
  }

  function write(dirty) {
    if (!dirty.knobs && !dirty.object) return;
    const sentence = gapSentence(lab.result);
    if (words) setWords(words, sentence);
    setMark(canvas, "aria-label", sentence || t("Supervision gap"));
  }

  canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && lab.inspect(barAt(event)));
  canvas.addEventListener("pointerleave", () => lab.inspect(-1));
  canvas.addEventListener("click", (event) => barAt(event) >= 0 && lab.pin(barAt(event)));

  function barAt(event) {
    const bounds = canvas.getBoundingClientRect();
    const x = event.clientX - bounds.left;
    return bars.find((bar) => x >= bar.left && x < bar.right)?.anchor ?? -1;
  }

  return { draw, write };
}

/** What each head teaches the anchors it picked of the chosen object: [{anchor, rank, many, one}], by one-to-many rank. */
export function taughtPairs({ selected, each, object }) {
  if (!selected) return [];
  const [many, one] = each[object].heads;
  const positions = [...new Set([...many.positions.subarray(0, many.pickCount), ...one.positions.subarray(0, one.aloneCount)])];
  return positions.map((i) => ({ anchor: selected.anchors[i], rank: selected.heads[0].rank[i], many: selected.heads[0].t[i], one: selected.heads[1].t[i] }));
}

function paintGap(context, size, lab, most) {
  const { ink, result } = lab;
  const { selected } = result;
  const small = Math.max(GAP_TYPE, ink.size * 0.82);
  context.clearRect(0, 0, size.width, size.height);
  context.font = `${small}px ${ink.font}`;
  if (!selected || !Number.isFinite(selected.gap.value) || selected.pick < 0) {
    context.fillStyle = ink.soft;
    context.textBaseline = "top";
    context.fillText(t("no one-to-one pick, no gap"), 4, 4);
    return [];
  }
  const ruler = { left: 4, right: size.width - 4, height: small * 0.95, top: size.height - small * 3 };
  paintRuler(context, ruler, selected.gap, most, ink, small);
  return paintPairs(context, { left: Math.round(small * 2.2), right: size.width - 6, top: small, bottom: ruler.top - small * 4.4 }, lab, small);
}

/** Two bars an anchor; what is filled is what the heads teach differently, and its sum is the gap. */
function paintPairs(context, area, lab, small) {
  const { ink, result } = lab;
  const pairs = taughtPairs(result);
  if (area.bottom - area.top < 3 * small) return [];
  const y = (value) => area.bottom - value * (area.bottom - area.top);
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  for (const value of [0, 0.5, 1]) {
    context.beginPath();
    context.moveTo(area.left, Math.round(y(value)) + 0.5);
    context.lineTo(area.right, Math.round(y(value)) + 0.5);
    context.stroke();
    context.fillStyle = ink.soft;
    context.fillText(String(value), area.left - 6, y(value));
  }
  context.textAlign = "center";
  const step = (area.right - area.left) / Math.max(pairs.length, 4);
  const wide = Math.min(22, step * 0.36);
  const bars = pairs.map(({ anchor, rank, many, one }, i) => {
    const middle = area.left + (i + 0.5) * step;
    const alike = Math.min(many, one);
    const pick = anchor === result.selected.pick;
    [[many, ink.many, middle - wide - 1], [one, ink.one, middle + 1]].forEach(([value, colour, x]) => {
      context.fillStyle = colour;
      context.globalAlpha = GAP_FAINT;
      context.fillRect(x, y(alike), wide, area.bottom - y(alike));
      context.globalAlpha = 1;
      context.fillRect(x, y(value), wide, y(alike) - y(value));
      context.strokeStyle = colour;
      if (value > 0) context.strokeRect(x + 0.5, y(value) + 0.5, wide - 1, area.bottom - y(value) - 1);
    });
    const mark = new Path2D();
    (pick ? addDiamond : addCircle)(mark, middle, area.bottom + small * 0.9, pick ? 7 : 4.5);
    fillCased(context, mark, pick ? ink.one : ink.many, 0.4);
    if (pick || step > 1.9 * small || rank === 1) {
      context.fillStyle = ink.soft;
      context.fillText(rank ? (step > 2.6 * small ? ordinal(rank) : String(rank)) : "–", middle, area.bottom + small * 2.2);
    }
    if (lab.inspected === anchor) {
      context.strokeStyle = ink.text;
      context.lineWidth = 2;
      context.strokeRect(middle - wide - 5, y(Math.max(many, one)) - 5, 2 * wide + 10, area.bottom - y(Math.max(many, one)) + 8);
      context.lineWidth = 1;
    }
    return { anchor, left: middle - step / 2, right: middle + step / 2 };
  });
  context.textAlign = "left";
  return bars;
}

/** One bar from 0 with floor, value and ceiling. */
function paintRuler(context, bar, { floor, value, ceiling }, most, ink, small) {
  const x = (at) => bar.left + (at / most) * (bar.right - bar.left);
  context.fillStyle = ink.panel;
  context.fillRect(bar.left, bar.top, bar.right - bar.left, bar.height);
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(bar.left + 0.5, bar.top + 0.5, bar.right - bar.left - 1, bar.height - 1);
  context.fillStyle = ink.many;
  context.globalAlpha = GAP_FAINT;
  context.fillRect(bar.left, bar.top, x(floor) - bar.left, bar.height);
  context.globalAlpha = 1;
  context.fillStyle = ink.one;
  context.fillRect(x(floor), bar.top, Math.max(0, x(value) - x(floor)), bar.height);
  const tick = (at, wide) => {
    context.fillStyle = ink.text;
    context.fillRect(at - wide / 2, bar.top - 3, wide, bar.height + 6);
  };
  tick(x(floor), 2);
  tick(x(ceiling), 2);
  tick(x(value), 4);
  const put = (words, at, y, colour = ink.soft, weight = 400) => {
    context.font = `${weight} ${small}px ${ink.font}`;
    const width = context.measureText(words).width;
    context.fillStyle = colour;
    context.fillText(words, Math.max(bar.left, Math.min(bar.right - width, at - width / 2)), y);
  };
  context.textBaseline = "bottom";
  put(t("gap {value}", { value: three(value) }), x(value), bar.top - 5, ink.text, 600);
  context.textBaseline = "top";
  const under = bar.top + bar.height + 6;
  const [lower, upper] = [t("least {value}", { value: three(floor) }), t("most {value}", { value: three(ceiling) })];
  context.font = `${small}px ${ink.font}`;
  const room = context.measureText(`${lower}   ${upper}`).width;
  if (x(ceiling) - x(floor) < room) {
    const start = Math.max(bar.left, Math.min(bar.right - room, (x(floor) + x(ceiling) - room) / 2));
    context.fillText(`${lower}   ${upper}`, start, under);
  } else {
    put(lower, x(floor), under);
    put(upper, x(ceiling), under);
  }
}
