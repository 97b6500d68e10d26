// The views that show what the loss teaches. "gap": the target each head gives the object's places, bar beside bar; what one has
// and the other lacks is the supervision gap. "push": both heads close up, whose score is pushed up and whose down.

import { addTriangle, fillCased } from "../kit/ink.js";
import { LIGHT_CASING } from "../kit/palette.js";
import { strongestPushes, targetsOf } from "../engine/targets.js";
import { three } from "../kit/numbers.js";
import { t } from "../kit/words.js";
import { anchorAt, boxPath, cropFrame, paintCrop, strokeTruth, within } from "./crop.js";

const PUSH_LEAST = 0.05; // of the largest: weaker pushes carry no triangle
const strongest = new Int32Array(40);
const HEAD_TITLES = [t("first head, one-to-many"), t("second head, one-to-one")];

/** Pairs of bars, one for each place that either head teaches, best first; the differences are hatched. */
export function paintTargets(context, { width, height }, { scene, ink, size, strong }) {
  context.clearRect(0, 0, width, height);
  if (!scene.many) return null;
  const rows = targetRows(scene);
  const plot = { left: 2.6 * size, top: 3.2 * size, right: width - size, bottom: height - 2.4 * size };
  const y = (target) => plot.bottom - target * (plot.bottom - plot.top);
  const step = (plot.right - plot.left) / rows.length;
  const bar = Math.min(30, 0.36 * step);
  context.font = `${0.85 * size}px ${ink.font}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.strokeStyle = ink.line;
  for (const tick of [0, 0.5, 1]) {
    context.fillStyle = ink.soft;
    context.fillText(String(tick), plot.left - 6, y(tick));
    context.beginPath();
    context.moveTo(plot.left, Math.round(y(tick)) + 0.5);
    context.lineTo(plot.right, Math.round(y(tick)) + 0.5);
    context.lineWidth = 1;
    context.stroke();
  }
  context.textAlign = "center";
  const hatch = context.createPattern(hatching(ink), "repeat");
  rows.forEach(({ rank, many, one }, i) => {
    const middle = plot.left + (i + 0.5) * step;
    context.fillStyle = ink.many;
    context.fillRect(middle - bar, y(many), bar, plot.bottom - y(many));
    context.fillStyle = ink.one;
    context.fillRect(middle, y(one), bar, plot.bottom - y(one));
    const low = Math.min(many, one);
    context.fillStyle = hatch;
    context.fillRect(one < many ? middle : middle - bar, y(Math.max(many, one)), bar, y(low) - y(Math.max(many, one)));
    context.strokeStyle = ink.soft;
    context.lineWidth = strong;
    context.setLineDash([3, 3]);
    context.strokeRect(one < many ? middle : middle - bar, y(Math.max(many, one)), bar, y(low) - y(Math.max(many, one)));
    context.setLineDash([]);
    context.fillStyle = ink.text;
    context.textBaseline = "top";
    context.fillText(rank ? String(rank) : "—", middle, plot.bottom + 6);
  });
  context.textAlign = "left";
  context.fillStyle = ink.soft;
  context.fillText(t("one-to-many rank"), plot.left, plot.bottom + 6 + 1.2 * size);
  context.font = `700 ${size}px ${ink.font}`;
  context.textBaseline = "middle";
  context.fillStyle = ink.text;
  context.fillText(t("Taught: how high each place should score. Hatched: the gap, {gap} in all", { gap: three(scene.gap.value) }), plot.left, 0.8 * size, plot.right - plot.left);
  context.font = `${0.9 * size}px ${ink.font}`;
  context.fillStyle = ink.many;
  context.fillText(`■ ${HEAD_TITLES[0]}`, plot.left, 2.2 * size);
  context.fillStyle = ink.one;
  context.fillText(`■ ${HEAD_TITLES[1]}`, plot.left + 0.5 * (plot.right - plot.left), 2.2 * size);
  return null;
}

/** [{rank, many, one}]: one-to-many picks by rank, then the one-to-one pick where it is none of them. */
export function targetRows({ now, many, one }) {
  const { anchors, target } = now.chosen;
  const pick = one.picks[0] ?? -1;
  const rows = many.picks.map((anchor) => {
    const at = anchors.indexOf(anchor);
    return { rank: many.rank[at], many: many.t[at], one: anchor === pick ? target : 0 };
  });
  if (pick >= 0 && !many.picks.includes(pick)) rows.push({ rank: many.rank[anchors.indexOf(pick)], many: 0, one: target });
  return rows;
}

function hatching(ink) {
  const tile = document.createElement("canvas");
  tile.width = 8;
  tile.height = 8;
  const context = tile.getContext("2d");
  context.strokeStyle = ink.soft;
  context.lineWidth = 1.4;
  context.beginPath();
  context.moveTo(-2, 10);
  context.lineTo(10, -2);
  context.stroke();
  return tile;
}

/** Both heads side by side (one above the other on a narrow stage): triangles up and down on the strongest pushes. */
export function paintPushes(context, { width, height }, live) {
  const { payload, result, scene, truth, size, ink, strong } = live;
  context.clearRect(0, 0, width, height);
  const box = truth.boxes[scene.object];
  const targets = targetsOf(payload, result);
  if (!targets || !box) return null;
  const narrow = width < 480;
  const caption = 2 * size;
  [0, 1].forEach((h) => {
    const wide = narrow ? width : (width - 12) / 2;
    const high = narrow ? height / 2 - caption : height - caption;
    const frame = cropFrame({ left: narrow ? 0 : h * (wide + 12), top: narrow ? h * (high + caption) : 0, width: wide, height: high }, payload.picture, box, 0.72);
    within(context, frame, () => {
      paintCrop(context, frame, live);
      strokeTruth(context, boxPath(frame, box), strong);
      paintTriangles(context, frame, payload, targets.heads[h].push, targets.most.g, h ? ink.one : ink.many, strong);
    });
    const { up, sum } = scene.now.chosen.pushes[h];
    context.textBaseline = "middle";
    context.font = `700 ${size}px ${ink.font}`;
    context.fillStyle = h ? ink.one : ink.many;
    context.fillText(HEAD_TITLES[h], frame.left, frame.top + high + 0.6 * caption, 0.55 * wide);
    context.textAlign = "right";
    context.font = `${size}px ${ink.font}`;
    context.fillStyle = ink.text;
    context.fillText(t("{up} pushed up, by {sum} in all", { up, sum: three(sum) }), frame.left + wide, frame.top + high + 0.6 * caption, 0.45 * wide);
    context.textAlign = "left";
  });
  return null;
}

function paintTriangles(context, frame, payload, push, most, colour, strong) {
  const seen = (anchor) => {
    const { x, y } = anchorAt(frame, payload, anchor);
    return x > frame.left && y > frame.top && x < frame.left + frame.width && y < frame.top + frame.height;
  };
  const count = strongestPushes(push, most, PUSH_LEAST, seen, strongest);
  for (let i = 0; i < count; i += 1) {
    const { x, y } = anchorAt(frame, payload, strongest[i]);
    const by = push[strongest[i]];
    const path = new Path2D();
    addTriangle(path, x, y, (5 + 9 * Math.sqrt(Math.abs(by) / most)) * (strong > 1 ? 1.3 : 1), by < 0);
    fillCased(context, path, by < 0 ? colour : LIGHT_CASING);
  }
}
