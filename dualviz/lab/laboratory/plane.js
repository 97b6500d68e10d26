// The metric plane: every candidate as a point (log p, log overlap). There log m = α·log p + β·log u, so anchors of equal
// metric lie on straight lines of slope −α/β, and, ties aside, only corners of the upper-right hull can rank first. Dragging
// α or β turns the lines; r leaves each where it is and changes only the m it stands for.

import { overlapName } from "./explain.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { addCircle, addDiamond, fillCased, fitCanvas, keptLayer, setMark, setWords } from "../kit/ink.js";
import { joined, t } from "../kit/words.js";

const PLANE_TICKS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 1e-4, 1e-5, 1e-6];
const PLANE_LEAST = Math.log(1e-6);
const PLANE_RATIOS = [1 / 60, 4]; // α : β between which a hull's corner is kept in sight
const PLANE_BEYOND = { logP: 0.9, logU: 0.22 }; // natural log units kept below the lowest such corner

/** The part of the plane worth seeing: the hull's corners that some sensible α : β makes first, and the better half of the
 *  candidates, on steps of an eighth. The rest is drawn at the border. */
export function planeDomain(selected) {
  const corners = selected.heads.map(sensibleCorners);
  const range = (name) => {
    const values = [];
    let least = Infinity;
    selected.heads.forEach((head, h) => {
      for (let i = 0; i < selected.n; i += 1) if (head.rank[i] > 0) values.push(head[name][i]);
      for (const i of corners[h]) least = Math.min(least, head[name][i]);
    });
    if (!values.length) return [-2, 0];
    values.sort((a, b) => a - b);
    const high = values[values.length - 1];
    const middle = values[Math.floor(values.length / 2)];
    const low = Math.max(PLANE_LEAST, Math.min(least, Math.max(middle, least - PLANE_BEYOND[name])));
    const pad = 0.08 * Math.max(0.3, high - low);
    const [from, to] = [Math.floor((low - pad) * 8) / 8, Math.min(0.04, Math.ceil((high + pad) * 8) / 8)];
    return to - from < 0.25 ? [to - 0.25, to] : [from, to];
  };
  return { x: range("logP"), y: range("logU") };
}

/** Corners of one head's hull without those at its ends that only an extreme α : β makes first. */
function sensibleCorners({ hull, hullCount, logP, logU }) {
  let [from, to] = [0, hullCount - 1];
  const fall = (c) => (logU[hull[c + 1]] - logU[hull[c]]) / (logP[hull[c]] - logP[hull[c + 1]]);
  while (from < to && fall(from) > PLANE_RATIOS[1]) from += 1;
  while (to > from && fall(to - 1) < PLANE_RATIOS[0]) to -= 1;
  return hull.subarray(from, to + 1);
}

export function createPlane(lab) {
  const canvas = lab.part("plane");
  const holder = lab.part("plane-box");
  const words = lab.part("plane-words");
  const kept = { axes: null, points: null, place: null, domain: null, key: "" };
  let size = null;
  let context = null;

  function measure() {
    const width = Math.floor(holder.clientWidth);
    if (width < 40) return;
    size = { width, height: Math.round(Math.max(210, Math.min(340, width * 0.66))) };
    context = fitCanvas(canvas, size.width, size.height);
    kept.key = "";
  }

  function draw(dirty) {
    if (dirty.layout || !size) measure();
    if (!context) return;
    paintPlane(context, size, lab, kept, Math.min(2, globalThis.devicePixelRatio || 1), dirty, true);
  }

  function write(dirty) {
    if (!dirty.knobs && !dirty.object) return;
    setWords(words, planeSentence(lab.result));
    setMark(canvas, "aria-label", planeSummary(lab.result));
  }

  canvas.addEventListener("pointermove", (event) => lab.inspect(nearest(event, 16)));
  canvas.addEventListener("pointerleave", () => lab.inspect(-1));
  canvas.addEventListener("click", (event) => lab.pin(nearest(event, 22)));

  /** Anchor of the point nearest to the pointer, or −1. */
  function nearest(event, reach) {
    const { selected } = lab.result;
    if (!selected || !kept.place) return -1;
    const bounds = canvas.getBoundingClientRect();
    const [px, py] = [((event.clientX - bounds.left) * size.width) / bounds.width, ((event.clientY - bounds.top) * size.height) / bounds.height];
    let best = -1;
    let distance = reach * reach;
    for (const head of selected.heads) {
      for (let i = 0; i < selected.n; i += 1) {
        if (!head.rank[i]) continue;
        const d = (kept.place.x(head.logP[i]) - px) ** 2 + (kept.place.y(head.logU[i]) - py) ** 2;
        if (d < distance) [best, distance] = [selected.anchors[i], d];
      }
    }
    return best;
  }

  return {
    canvas,
    draw,
    write,
    still(width, ratio) {
      const fixed = { width, height: Math.round(width * 0.66) };
      return keptLayer(fixed.width, fixed.height, ratio, (own) => {
        own.fillStyle = lab.ink.background;
        own.fillRect(0, 0, fixed.width, fixed.height);
        paintPlane(own, fixed, lab, { key: "", domain: kept.domain }, ratio, { object: true }, false);
      });
    },
  };
}

/** What the lines mean now, and what a drag of r leaves alone. */
export function planeSentence(result) {
  const { selected, settings, knobs } = result;
  if (!selected) return t("Each candidate of the chosen object will stand here, by its score and its overlap.");
  if (!selected.heads[0].count && !selected.heads[1].count) return t("No candidate to show: m = 0 at every anchor of this object.");
  const [many, one] = selected.heads;
  const corners = knobs.shared ? `${many.hullCount}` : `${many.hullCount} + ${one.hullCount}`;
  const can = knobs.mode === "paper"
    ? t("Ties aside, only the ringed corners of the hull ({corners}) can rank first.", { corners })
    : t("Before conflicts and ties aside, only the ringed corners of the hull ({corners}) can win.", { corners });
  const slope = (s) => `−${three(s.alpha / s.beta)}`;
  if (knobs.locked && knobs.r !== 1) {
    const fields = { r: knobs.r.toFixed(2), m: threeOfLog(many.maxLogM), m1: threeOfLog(one.maxLogM) };
    return joined(t("r = {r} leaves every line where it is and changes only what it stands for: m {m} on the blue one, m′ {m1} on the orange one.", fields), can);
  }
  const alike = slope(settings[0]) === slope(settings[1]);
  if (knobs.locked || alike) return joined(t("Lines of equal m, slope −α/β = {slope}. Drag α or β: they turn.", { slope: slope(settings[0]) }), can);
  return joined(t("Lines of equal m turn apart: slope {many} one-to-many, {one} one-to-one.", { many: slope(settings[0]), one: slope(settings[1]) }), can);
}

function planeSummary(result) {
  const { selected } = result;
  if (!selected) return t("Metric plane, no object chosen");
  const [many, one] = selected.heads;
  const fields = { many: many.count, one: one.count, m: threeOfLog(many.maxLogM), m1: threeOfLog(one.maxLogM) };
  return t("Metric plane: {many} one-to-many and {one} one-to-one candidates by log score and log overlap; best m {m} and {m1}", fields);
}

function paintPlane(context, size, lab, kept, ratio, dirty, live) {
  const { result, ink } = lab;
  const { selected } = result;
  const left = Math.round(ink.size * 2.9);
  const bottom = Math.round(ink.size * 2.35);
  const area = { left, top: 8, right: size.width - 10, bottom: size.height - bottom };
  if (!selected || !selected.n) {
    context.clearRect(0, 0, size.width, size.height);
    kept.place = null;
    emptyNote(context, size, ink, selected ? t("No anchor inside this object") : result.objects ? t("Choose an object") : t("No object yet"));
    return;
  }
  if (dirty.object || !kept.domain) kept.domain = planeDomain(selected);
  const { domain } = kept;
  const rawX = (value) => area.left + ((value - domain.x[0]) / (domain.x[1] - domain.x[0])) * (area.right - area.left);
  const rawY = (value) => area.bottom - ((value - domain.y[0]) / (domain.y[1] - domain.y[0])) * (area.bottom - area.top);
  const place = { rawX, rawY, x: (value) => rawX(Math.max(domain.x[0], value)), y: (value) => rawY(Math.max(domain.y[0], value)) };
  kept.place = place;
  const { knobs } = result;
  const key = [lab.payload.id, lab.truthRevision, result.object, knobs.shared, knobs.mode, size.width, size.height, ink.background, ink.size, domain.x, domain.y].join("|");
  if (kept.key !== key) {
    kept.axes = keptLayer(size.width, size.height, ratio, (own) => paintAxes(own, area, size, domain, place, ink, overlapName(knobs)));
    kept.points = keptLayer(size.width, size.height, ratio, (own) => paintPoints(own, area, selected, place, domain, ink, knobs.shared));
    kept.key = key;
  }
  context.clearRect(0, 0, size.width, size.height);
  context.drawImage(kept.axes, 0, 0, size.width, size.height);
  context.save();
  context.beginPath();
  context.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  context.clip();
  const labels = paintLines(context, area, domain, place, lab);
  context.restore();
  context.drawImage(kept.points, 0, 0, size.width, size.height);
  paintChosen(context, selected, result, place, ink);
  if (live && lab.reading && lab.inspected >= 0) paintInspected(context, lab.reading, selected, place, ink);
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
  const small = Math.max(11, ink.size * 0.76);
  context.font = `${small}px ${ink.font}`;
  context.fillStyle = ink.soft;
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  const grid = new Path2D();
  const name = (value) => (value >= 0.001 ? String(value) : value.toExponential(0));
  const thin = (range, pixels) => {
    const step = (range[1] - range[0]) / pixels;
    let last = Infinity;
    return PLANE_TICKS.filter((value) => {
      const at = Math.log(value);
      if (at < range[0] || at > range[1] || (last - at) / step < small * 2.6) return false;
      last = at;
      return true;
    });
  };
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const value of thin(domain.x, area.right - area.left)) {
    const x = Math.round(place.x(Math.log(value))) + 0.5;
    grid.moveTo(x, area.top);
    grid.lineTo(x, area.bottom + 4);
    context.fillText(name(value), Math.min(x, area.right - 6), area.bottom + 5);
  }
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of thin(domain.y, area.bottom - area.top)) {
    const y = Math.round(place.y(Math.log(value))) + 0.5;
    grid.moveTo(area.left - 4, y);
    grid.lineTo(area.right, y);
    context.fillText(name(value), area.left - 6, y);
  }
  grid.rect(area.left + 0.5, area.top + 0.5, area.right - area.left, area.bottom - area.top);
  context.stroke(grid);
  context.fillStyle = ink.text;
  context.textBaseline = "bottom";
  context.textAlign = "center";
  context.fillText(t("score p →"), (area.left + area.right) / 2, size.height);
  context.save();
  context.translate(2, (area.top + area.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  context.fillText(`${overlap} →`, 0, 0);
  context.restore();
  context.textAlign = "left";
}

/** All candidates, both hulls: nothing of it moves with α, β or r. */
function paintPoints(context, area, selected, place, domain, ink, shared) {
  selected.heads.forEach((head, h) => {
    const path = new Path2D();
    for (let i = 0; i < selected.n; i += 1) {
      if (!head.rank[i]) continue;
      const [x, y] = [place.x(head.logP[i]), place.y(head.logU[i])];
      const size = head.logP[i] < domain.x[0] || head.logU[i] < domain.y[0] ? 0.6 : 1; // off the scale, at its border
      if (h) addDiamond(path, x, y, 3.2 * size);
      else addCircle(path, x, y, (shared ? 4 : 2.8) * size);
    }
    context.globalAlpha = 0.75;
    context.strokeStyle = h ? ink.one : ink.many;
    context.lineWidth = 1;
    context.stroke(path);
    context.globalAlpha = 1;
    const chain = new Path2D();
    const corners = new Path2D();
    for (let c = 0; c < head.hullCount; c += 1) {
      const [logP, logU] = [head.logP[head.hull[c]], head.logU[head.hull[c]]];
      if (c) chain.lineTo(place.rawX(logP), place.rawY(logU));
      else chain.moveTo(place.rawX(logP), place.rawY(logU));
      addCircle(corners, place.x(logP), place.y(logU), h ? 7 : 6);
    }
    context.save();
    context.strokeStyle = ink.text;
    context.globalAlpha = 0.8;
    context.lineWidth = 1.2;
    context.setLineDash(h ? [1.5, 3] : []);
    context.beginPath();
    context.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
    context.clip();
    context.stroke(chain);
    context.restore();
    context.strokeStyle = ink.text;
    context.lineWidth = 1.2;
    context.stroke(corners);
  });
}

/** Lines of equal m: decades below the best in grey, the winner's and the last of the top k in their head's colour. */
function paintLines(context, area, domain, place, lab) {
  const { result, ink } = lab;
  const { selected, settings, each, knobs } = result;
  const labels = [];
  const line = (path, { alpha, beta }, level) => {
    const y = (x) => (level - alpha * x) / beta;
    const far = (x) => area.bottom - ((y(x) - domain.y[0]) / (domain.y[1] - domain.y[0])) * (area.bottom - area.top);
    path.moveTo(area.left, far(domain.x[0]));
    path.lineTo(area.right, far(domain.x[1]));
    return ends(far(domain.x[0]), far(domain.x[1]));
  };
  /** Where a falling line enters and leaves the plane's frame. */
  const ends = (from, to) => {
    const x = (y) => area.left + ((y - from) / (to - from)) * (area.right - area.left);
    return {
      enters: from >= area.top ? { x: area.left, y: from } : { x: x(area.top), y: area.top },
      leaves: to <= area.bottom ? { x: area.right, y: to } : { x: x(area.bottom), y: area.bottom },
    };
  };
  const [many, one] = selected.heads;
  if (many.count) {
    const grey = new Path2D();
    for (let d = 1; d <= 6; d += 1) line(grey, settings[0], many.maxLogM - d * Math.LN10);
    context.strokeStyle = ink.soft;
    context.globalAlpha = 0.45;
    context.lineWidth = 1;
    context.stroke(grey);
    context.globalAlpha = 1;
    const { pickCount } = each[result.object].heads[0];
    if (pickCount > 1) {
      const last = new Path2D();
      const level = many.logM[many.order[pickCount - 1]];
      const { leaves } = line(last, settings[0], level);
      context.strokeStyle = ink.many;
      context.lineWidth = 1.2;
      context.stroke(last);
      labels.push({ words: t("top {k}: m ≥ {m}", { k: pickCount, m: threeOfLog(level) }), at: leaves, side: "right", colour: ink.many, below: true });
    }
    const best = new Path2D();
    const { enters } = line(best, settings[0], many.maxLogM);
    context.strokeStyle = ink.many;
    context.lineWidth = 3.4;
    context.stroke(best);
    labels.push({ words: `m = ${threeOfLog(many.maxLogM)}`, at: enters, side: "left", colour: ink.many, below: false });
  }
  if (one.count) {
    // Under the lock m′ = m^r: the line is the same set of points for every r, so it is drawn from the unscaled exponents.
    const own = new Path2D();
    const scaled = knobs.locked ? { ...settings[0] } : settings[1];
    const { enters } = line(own, scaled, knobs.locked ? one.maxLogM / knobs.r : one.maxLogM);
    context.strokeStyle = ink.one;
    context.lineWidth = 2;
    context.setLineDash([7, 4]);
    context.stroke(own);
    context.setLineDash([]);
    labels.push({ words: `m′ = ${threeOfLog(one.maxLogM)}`, at: enters, side: "left", colour: ink.one, below: true });
  }
  return labels;
}

/** Labels at the ends of their lines, kept inside and apart. */
function writeLabels(context, labels, area, ink) {
  const small = Math.max(11, ink.size * 0.8);
  context.font = `600 ${small}px ${ink.font}`;
  context.textBaseline = "middle";
  const taken = [];
  for (const { words, at, side, colour, below } of labels) {
    const width = context.measureText(words).width;
    const wanted = side === "left" ? at.x + 7 : at.x - 7 - width;
    const x = Math.max(area.left + 6, Math.min(area.right - 6 - width, wanted));
    let y = Math.max(area.top + small, Math.min(area.bottom - small, at.y + (below ? small : -small)));
    for (const other of taken) {
      const meets = x < other.x + other.width + 6 && other.x < x + width + 6 && Math.abs(other.y - y) < small * 1.35;
      if (meets) y = other.y + (below || other.y < area.top + 2 * small ? 1 : -1) * small * 1.4;
    }
    taken.push({ x, y, width });
    context.fillStyle = ink.background;
    context.globalAlpha = 0.82;
    context.fillRect(x - 3, y - small * 0.68, width + 6, small * 1.36);
    context.globalAlpha = 1;
    context.fillStyle = colour;
    context.fillText(words, x, y);
  }
}

/** The top k filled, the first choices of both heads large. */
function paintChosen(context, selected, result, place, ink) {
  const [many, one] = selected.heads;
  const { heads } = result.each[result.object];
  const taken = new Path2D();
  for (let i = 0; i < heads[0].pickCount; i += 1) addCircle(taken, place.x(many.logP[many.order[i]]), place.y(many.logU[many.order[i]]), 3.4);
  context.fillStyle = ink.many;
  context.fill(taken);
  if (one.count && heads[1].pickCount) {
    const at = one.order[0];
    if (many.rank[at] && !result.knobs.shared) {
      joinHeads(context, place, many, one, at, ink.soft);
    }
    const path = new Path2D();
    addDiamond(path, place.x(one.logP[at]), place.y(one.logU[at]), 7);
    fillCased(context, path, ink.one);
  }
  if (many.count) {
    const at = many.order[0];
    const path = new Path2D();
    addCircle(path, place.x(many.logP[at]), place.y(many.logU[at]), 4.6);
    fillCased(context, path, ink.many, 0.8);
  }
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

function paintInspected(context, reading, selected, place, ink) {
  if (reading.position < 0) return;
  const [many, one] = selected.heads;
  const at = reading.position;
  if (many.rank[at] && one.rank[at]) joinHeads(context, place, many, one, at, ink.text);
  selected.heads.forEach((head, h) => {
    if (!head.rank[at]) return;
    const path = new Path2D();
    (h ? addDiamond : addCircle)(path, place.x(head.logP[at]), place.y(head.logU[at]), h ? 9 : 7);
    context.strokeStyle = ink.text;
    context.lineWidth = 2;
    context.stroke(path);
  });
}
