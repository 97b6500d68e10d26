// The metric plane as it is drawn: axes in logarithms, candidates and hulls, lines of equal m, and the chosen anchors with their words.

import { overlapName } from "./explain.js";
import { pickPosition, planeDomain, seenHeads } from "./planedomain.js";
import { addCircle, addDiamond, fillCased, keptLayer, nameAxes } from "../kit/ink.js";
import { ordinal, threeOfLog } from "../kit/numbers.js";
import { t } from "../kit/words.js";

// Ticks from coarse to fine; the finest are taken whose words stand apart.
const PLANE_TICKS = [[1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001, 1e-4, 1e-5, 1e-6], [1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0.02, 0.01], [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1], ...[0.05, 0.02, 0.01, 0.005].map((step) => Array.from({ length: Math.round(0.8 / step) }, (_, i) => Number((1 - i * step).toFixed(3))))];
const PLANE_TYPE = 12; // pixels of the smallest type

/** One frame of the plane; `kept` carries what outlives it, `dirty` says what changed, `live` whether the pointer counts. */
export function paintPlane(context, size, lab, kept, ratio, dirty, live) {
  const { result, ink } = lab;
  const { selected } = result;
  const small = Math.max(PLANE_TYPE, ink.size * 0.82);
  const area = { left: Math.round(small * 4.5), top: 10, right: size.width - 12, bottom: size.height - Math.round(small * 2.9) };
  if (!selected || !selected.n) {
    context.clearRect(0, 0, size.width, size.height);
    kept.place = null;
    emptyNote(context, size, ink, selected ? t("No anchor inside this object") : result.objects ? t("Choose an object") : t("No object yet"));
    return;
  }
  if (dirty.object || !kept.domain) kept.domain = planeDomain(result);
  const { domain } = kept;
  const place = {
    x: (value) => area.left + ((value - domain.x[0]) / (domain.x[1] - domain.x[0])) * (area.right - area.left),
    y: (value) => area.bottom - ((value - domain.y[0]) / (domain.y[1] - domain.y[0])) * (area.bottom - area.top),
  };
  kept.place = place;
  const { knobs } = result;
  const key = [lab.payload.id, lab.truthRevision, result.object, knobs.shared, knobs.locked, knobs.mode, size.width, size.height, ink.background, ink.size, domain.x, domain.y].join("|");
  if (kept.key !== key) {
    kept.axes = keptLayer(size.width, size.height, ratio, (own) => paintAxes(own, area, size, domain, place, ink, overlapName(knobs)));
    kept.points = keptLayer(size.width, size.height, ratio, (own) => paintPoints(own, area, result, place, ink, lab.hulls ?? true));
    kept.key = key;
  }
  context.clearRect(0, 0, size.width, size.height);
  context.drawImage(kept.axes, 0, 0, size.width, size.height);
  context.save();
  context.beginPath();
  context.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  context.clip();
  paintLines(context, area, domain, lab);
  context.restore();
  context.drawImage(kept.points, 0, 0, size.width, size.height);
  context.save();
  context.beginPath();
  context.rect(area.left - 12, 0, area.right - area.left + 24, area.bottom + 8);
  context.clip();
  const labels = paintChosen(context, lab, place);
  if (live && lab.reading && lab.inspected >= 0) paintInspected(context, lab.reading, result, place, ink);
  context.restore();
  writeLabels(context, labels, area, ink);
}

function emptyNote(context, size, ink, words) {
  context.fillStyle = ink.soft;
  context.font = `${ink.size}px ${ink.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(words, size.width / 2, size.height / 2);
  context.textAlign = "left";
}

function paintAxes(context, area, size, domain, place, ink, overlap) {
  const small = Math.max(PLANE_TYPE, ink.size * 0.82);
  context.font = `${small}px ${ink.font}`;
  context.fillStyle = ink.soft;
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  const grid = new Path2D();
  const name = (value) => (value >= 0.001 ? String(value) : value.toExponential(0));
  const thin = (range, pixels, room) => {
    const at = (value) => (Math.log(value) / (range[1] - range[0])) * pixels;
    const sets = PLANE_TICKS.map((values) => values.filter((value) => Math.log(value) >= range[0] && Math.log(value) <= range[1]));
    const apart = sets.filter((values) => values.every((value, i) => !i || at(values[i - 1]) - at(value) >= room));
    return apart.reduce((most, values) => (values.length > most.length ? values : most), []);
  };
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const value of thin(domain.x, area.right - area.left, small * 2.9)) {
    const x = Math.round(place.x(Math.log(value))) + 0.5;
    grid.moveTo(x, area.top);
    grid.lineTo(x, area.bottom);
    context.fillText(name(value), Math.min(x, area.right - 6), area.bottom + 6);
  }
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of thin(domain.y, area.bottom - area.top, small * 3)) {
    const y = Math.round(place.y(Math.log(value))) + 0.5;
    grid.moveTo(area.left, y);
    grid.lineTo(area.right, y);
    context.fillText(name(value), area.left - 6, y);
  }
  context.stroke(grid);
  const up = { words: t("overlap ({kind}) →", { kind: overlap }), colour: ink.text };
  nameAxes(context, area, { left: 2, bottom: size.height }, { words: t("score →"), colour: ink.text }, up);
}

/** All candidates and, where wanted, hulls: nothing of it moves with α, β or r. */
function paintPoints(context, area, result, place, ink, hulls) {
  const inside = (x, y) => x >= area.left && x <= area.right && y >= area.top && y <= area.bottom;
  seenHeads(result).forEach((head, h) => {
    const path = new Path2D();
    const corners = new Path2D();
    const chain = new Path2D();
    for (let i = 0; i < result.selected.n; i += 1) {
      const [x, y] = [place.x(head.logP[i]), place.y(head.logU[i])];
      if (head.rank[i] && inside(x, y)) (h ? addDiamond : addCircle)(path, x, y, 3.4);
    }
    for (let c = 0; hulls && c < head.hullCount; c += 1) {
      const [x, y] = [place.x(head.logP[head.hull[c]]), place.y(head.logU[head.hull[c]])];
      if (c) chain.lineTo(x, y);
      else chain.moveTo(x, y);
      if (inside(x, y)) addCircle(corners, x, y, h ? 11 : 10);
    }
    context.globalAlpha = 0.55;
    context.strokeStyle = h ? ink.one : ink.many;
    context.lineWidth = 1;
    context.stroke(path);
    context.strokeStyle = ink.soft;
    context.stroke(corners);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
    context.clip();
    context.setLineDash(h ? [1.5, 3] : []);
    context.stroke(chain);
    context.restore();
    context.globalAlpha = 1;
  });
}

/** Lines of equal m: solid through the one-to-many winner, dotted through the one-to-one pick (or the lettered anchor that is not
 *  the winner); dashed through the other head's own winner once its exponents are its own. */
function paintLines(context, area, domain, { result, ink, letters }) {
  const { selected, settings, knobs } = result;
  const [many, one] = selected.heads;
  const line = ({ alpha, beta }, level, colour, width, dash) => {
    const y = (x) => area.bottom - (((level - alpha * x) / beta - domain.y[0]) / (domain.y[1] - domain.y[0])) * (area.bottom - area.top);
    context.beginPath();
    context.moveTo(area.left, y(domain.x[0]));
    context.lineTo(area.right, y(domain.x[1]));
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
  };
  const at = letters ? letters.find(({ position }) => many.rank[position] > 1)?.position ?? -1 : pickPosition(result);
  if (many.count) line(settings[0], many.maxLogM, ink.many, 2.6, []);
  if (at >= 0 && many.rank[at] > 1) line(settings[0], many.logM[at], ink.many, 2, [2, 5]);
  if (!knobs.locked && one.count) line(settings[1], one.maxLogM, ink.one, 2, [8, 5]);
}

/** Words beside their points, kept inside and apart. */
function writeLabels(context, labels, area, ink) {
  const small = Math.max(PLANE_TYPE, ink.size * 0.85);
  context.font = `600 ${small}px ${ink.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const taken = [];
  for (const { words, at, below } of labels) {
    const width = context.measureText(words).width;
    const x = Math.max(area.left + 6, Math.min(area.right - 6 - width, below ? at.x - width - 6 : at.x + 10));
    let y = Math.max(area.top + small, Math.min(area.bottom - small, at.y + (below ? 1.6 : -1.3) * small));
    for (const other of taken) {
      const meets = x < other.x + other.width + 6 && other.x < x + width + 6 && Math.abs(other.y - y) < small * 1.35;
      if (meets) y = other.y + (below || other.y < area.top + 2 * small ? 1 : -1) * small * 1.4;
    }
    taken.push({ x, y, width });
    context.fillStyle = ink.background;
    context.globalAlpha = 0.82;
    context.fillRect(x - 3, y - small * 0.68, width + 6, small * 1.36);
    context.globalAlpha = 1;
    context.fillStyle = ink.text;
    context.fillText(words, x, y);
  }
}

/** The top k filled, the one-to-one pick as a diamond where the one-to-many head sees it; gives their labels. A lesson may
 *  name anchors by letters ([{letter, position}]) and leave the pick out. */
function paintChosen(context, { result, ink, letters }, place) {
  const { selected, knobs, object, each } = result;
  const [many, one] = selected.heads;
  const { pickCount } = each[object].heads[0];
  const at = letters ? -1 : pickPosition(result);
  const seen = (head, i) => ({ x: place.x(head.logP[i]), y: place.y(head.logU[i]) });
  const taken = new Path2D();
  for (let i = 0; i < pickCount; i += 1) {
    if (many.order[i] === at) continue;
    const { x, y } = seen(many, many.order[i]);
    addCircle(taken, x, y, 6.5);
  }
  fillCased(context, taken, ink.many, 0.6);
  const labels = [];
  const label = (i) => labels.push({ words: t("{place}, {m}", { place: ordinal(many.rank[i]), m: threeOfLog(many.logM[i]) }), at: seen(many, i), below: many.rank[i] > 1 });
  const named = (letters ?? []).filter(({ position }) => many.rank[position] > 0);
  for (const { letter, position } of named) {
    const words = t("{letter}: {place}, {m}", { letter, place: ordinal(many.rank[position]), m: threeOfLog(many.logM[position]) });
    labels.push({ words, at: seen(many, position), below: many.rank[position] > 1 });
  }
  if (many.count && !named.some(({ position }) => position === many.order[0])) label(many.order[0]);
  if (at < 0) return labels;
  const own = !many.rank[at] || !(knobs.locked || knobs.shared);
  if (own && many.rank[at]) joinHeads(context, place, many, one, at, ink.soft);
  const path = new Path2D();
  const { x, y } = seen(own ? one : many, at);
  addDiamond(path, x, y, 8.5);
  fillCased(context, path, ink.one);
  if (many.rank[at] > 1) label(at);
  return labels;
}

/** One anchor as each head sees it: its two points joined. */
function joinHeads(context, place, many, one, at, colour) {
  context.beginPath();
  context.moveTo(place.x(many.logP[at]), place.y(many.logU[at]));
  context.lineTo(place.x(one.logP[at]), place.y(one.logU[at]));
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.setLineDash([7, 4]);
  context.stroke();
  context.setLineDash([]);
}

function paintInspected(context, reading, result, place, ink) {
  if (reading.position < 0) return;
  const at = reading.position;
  const heads = seenHeads(result);
  if (heads.length > 1 && heads.every((head) => head.rank[at])) joinHeads(context, place, ...heads, at, ink.text);
  heads.forEach((head, h) => {
    if (!head.rank[at]) return;
    const path = new Path2D();
    (h ? addDiamond : addCircle)(path, place.x(head.logP[at]), place.y(head.logU[at]), h ? 12 : 10);
    context.strokeStyle = ink.text;
    context.lineWidth = 2;
    context.stroke(path);
  });
}
