// Rank against rank: where each candidate stands in both lists, with the first 1, 5 and 10 of the one-to-many list as bands;
// ρ and τ in words; and the supervision gap as one bar between its floor and its ceiling.

import { agreementSentence, gapSentence } from "./explain.js";
import { three } from "../kit/numbers.js";
import { rovingFocus } from "./formula.js";
import { addDiamond, fillCased, fitCanvas, keptLayer, setMark, setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";

const RANK_BANDS = [1, 5, 10];

export function createRanks(lab) {
  const canvas = lab.part("ranks");
  const holder = lab.part("ranks-box");
  const badges = createBadges(lab.part("badges"));
  const words = lab.part("agreement");
  const kept = { key: "", layer: null };
  let size = null;
  let context = null;
  let place = null;

  function draw(dirty) {
    if (dirty.layout || !size) {
      const side = Math.floor(holder.clientWidth);
      if (side < 40) return;
      size = { width: side, height: side };
      context = fitCanvas(canvas, side, side);
      kept.key = "";
    }
    if (!context) return;
    place = paintRanks(context, size, lab, kept, Math.min(2, globalThis.devicePixelRatio || 1));
  }

  function write(dirty) {
    if (!dirty.knobs && !dirty.object) return;
    setWords(words, agreementSentence(lab.result));
    badges(lab.result);
    setMark(canvas, "aria-label", t("Rank against rank. {sentence}", { sentence: agreementSentence(lab.result) }));
  }

  canvas.addEventListener("pointermove", (event) => lab.inspect(nearest(event)));
  canvas.addEventListener("pointerleave", () => lab.inspect(-1));
  canvas.addEventListener("click", (event) => lab.pin(nearest(event)));

  function nearest(event) {
    const { selected } = lab.result;
    if (!selected || !place) return -1;
    const bounds = canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const [many, one] = selected.heads;
    let best = -1;
    let distance = 196;
    for (let i = 0; i < selected.n; i += 1) {
      if (!many.rank[i] || !one.rank[i]) continue;
      const d = (place.x(many.rank[i]) - px) ** 2 + (place.y(one.rank[i]) - py) ** 2;
      if (d < distance) [best, distance] = [selected.anchors[i], d];
    }
    return best;
  }

  return { draw, write };
}

function paintRanks(context, size, lab, kept, ratio) {
  const { ink, result } = lab;
  const { selected } = result;
  const small = Math.max(10.5, ink.size * 0.72);
  const area = { left: small * 2.1, top: 6, right: size.width - 6, bottom: size.height - small * 2.5 };
  const most = Math.max(12, selected?.n ?? 12);
  const scale = Math.log(most) + 0.35;
  const place = {
    x: (rank) => area.left + ((Math.log(rank) + 0.2) / scale) * (area.right - area.left),
    y: (rank) => area.bottom - ((Math.log(rank) + 0.2) / scale) * (area.bottom - area.top),
  };
  const key = [size.width, most, ink.background, ink.size].join("|");
  if (kept.key !== key) {
    kept.layer = keptLayer(size.width, size.height, ratio, (own) => paintRankAxes(own, area, size, place, most, ink, small));
    kept.key = key;
  }
  context.clearRect(0, 0, size.width, size.height);
  context.drawImage(kept.layer, 0, 0, size.width, size.height);
  if (!selected) return place;
  const [many, one] = selected.heads;
  context.fillStyle = ink.text;
  context.globalAlpha = 0.75;
  for (let i = 0; i < selected.n; i += 1) {
    if (many.rank[i] && one.rank[i]) context.fillRect(place.x(many.rank[i]) - 1.3, place.y(one.rank[i]) - 1.3, 2.6, 2.6);
  }
  context.globalAlpha = 1;
  if (selected.rankOfPick) {
    const path = new Path2D();
    addDiamond(path, place.x(selected.rankOfPick), place.y(1), 6);
    fillCased(context, path, ink.one);
  }
  const at = lab.inspected >= 0 && lab.reading ? lab.reading.position : -1;
  if (at >= 0 && many.rank[at] && one.rank[at]) {
    context.strokeStyle = ink.text;
    context.lineWidth = 2;
    context.strokeRect(place.x(many.rank[at]) - 5, place.y(one.rank[at]) - 5, 10, 10);
  }
  return place;
}

function paintRankAxes(context, area, size, place, most, ink, small) {
  context.font = `${small}px ${ink.font}`;
  context.textBaseline = "top";
  context.textAlign = "center";
  [...RANK_BANDS].reverse().forEach((top, i) => {
    context.fillStyle = ink.many;
    context.globalAlpha = 0.1;
    const right = Math.min(area.right, place.x(top + 0.5));
    context.fillRect(area.left, area.top, right - area.left, area.bottom - area.top);
    context.globalAlpha = 1;
    context.fillStyle = ink.soft;
    context.fillText(String(top), place.x(top), area.bottom + 3 + 0 * i);
  });
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(area.left + 0.5, area.top + 0.5, area.right - area.left - 1, area.bottom - area.top - 1);
  context.strokeStyle = ink.soft;
  context.globalAlpha = 0.6;
  context.beginPath();
  context.moveTo(place.x(1), place.y(1));
  context.lineTo(place.x(most), place.y(most));
  context.setLineDash([3, 3]);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.fillStyle = ink.soft;
  if (most > 30) context.fillText(String(most), place.x(most) - small * 0.5, area.bottom + 3);
  context.fillStyle = ink.many;
  context.textBaseline = "bottom";
  context.fillText(t("one-to-many rank →"), (area.left + area.right) / 2, size.height);
  context.save();
  context.translate(1, (area.top + area.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  context.fillStyle = ink.one;
  context.fillText(t("one-to-one rank →"), 0, 0);
  context.restore();
  context.textAlign = "left";
}

/** Top-1, Top-5, Top-10, ρ and τ as badges; returns what refreshes them. */
function createBadges(holder) {
  const make = (symbol, label) => {
    const badge = document.createElement("span");
    badge.className = "dv-badge";
    badge.dataset.sym = symbol;
    const name = document.createElement("span");
    name.textContent = label;
    const value = document.createElement("b");
    badge.append(name, value);
    holder.append(badge);
    return { badge, value };
  };
  const tops = RANK_BANDS.map((top) => make("topk", `Top-${top}`));
  const rho = make("spearman", "ρ");
  const tau = make("kendall", "τ");
  rovingFocus(holder);
  return ({ selected }) => {
    tops.forEach(({ badge, value }, i) => {
      const yes = selected ? selected.alignment[i] : null;
      const known = selected && selected.pick >= 0;
      setWords(value, known ? (yes ? "✓" : "✗") : "—");
      setMark(badge, "data-ok", known ? String(yes) : "none");
    });
    setWords(rho.value, selected ? three(selected.spearman) : "—");
    setWords(tau.value, selected ? three(selected.kendall) : "—");
  };
}

/** The supervision gap: one bar from 0, with floor, value and ceiling. */
export function createGap(lab) {
  const canvas = lab.part("gap");
  const holder = lab.part("gap-box");
  const words = lab.part("gap-words");
  let size = null;
  let context = null;
  let axis = { of: "", most: 0 };

  function draw(dirty) {
    if (dirty.layout || !size) {
      const width = Math.floor(holder.clientWidth);
      if (width < 40) return;
      size = { width, height: Math.round(lab.ink.size * 3.5) };
      context = fitCanvas(canvas, size.width, size.height);
    }
    if (!context || !(dirty.knobs || dirty.object || dirty.layout)) return;
    const { selected } = lab.result;
    const of = `${lab.payload.id}${lab.result.object}${lab.result.knobs.k}`;
    const needed = selected && selected.pick >= 0 ? selected.gap.ceiling : 1;
    if (axis.of !== of || needed > axis.most) axis = { of, most: Math.max(0.5, Math.ceil(needed * 1.12 * 2) / 2) };
    paintGap(context, size, lab, axis.most);
  }

  function write(dirty) {
    if (!dirty.knobs && !dirty.object) return;
    setWords(words, gapSentence(lab.result));
    setMark(canvas, "aria-label", gapSentence(lab.result) || t("Supervision gap"));
  }

  return { draw, write };
}

function paintGap(context, size, { ink, result }, most) {
  const { selected } = result;
  const small = Math.max(11, ink.size * 0.78);
  const bar = { left: 4, right: size.width - 4, top: small * 1.5, height: small * 0.95 };
  const x = (value) => bar.left + (value / most) * (bar.right - bar.left);
  context.clearRect(0, 0, size.width, size.height);
  context.fillStyle = ink.panel;
  context.fillRect(bar.left, bar.top, bar.right - bar.left, bar.height);
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(bar.left + 0.5, bar.top + 0.5, bar.right - bar.left - 1, bar.height - 1);
  context.font = `${small}px ${ink.font}`;
  context.textBaseline = "top";
  const { floor, value, ceiling } = selected?.gap ?? {};
  if (!selected || !Number.isFinite(value) || selected.pick < 0) {
    context.fillStyle = ink.soft;
    context.fillText(t("no one-to-one pick, no gap"), bar.left + 6, 0);
    return;
  }
  context.fillStyle = ink.many;
  context.globalAlpha = 0.3;
  context.fillRect(bar.left, bar.top, x(floor) - bar.left, bar.height);
  context.fillStyle = ink.one;
  context.globalAlpha = 0.75;
  context.fillRect(x(floor), bar.top, Math.max(0, x(value) - x(floor)), bar.height);
  context.globalAlpha = 1;
  const tick = (at, colour, wide) => {
    context.fillStyle = colour;
    context.fillRect(at - wide / 2, bar.top - 3, wide, bar.height + 6);
  };
  tick(x(floor), ink.text, 2);
  tick(x(ceiling), ink.text, 2);
  tick(x(value), ink.text, 4);
  context.fillStyle = ink.soft;
  const put = (words, at, y, colour = ink.soft, weight = 400) => {
    context.font = `${weight} ${small}px ${ink.font}`;
    const width = context.measureText(words).width;
    context.fillStyle = colour;
    context.fillText(words, Math.max(bar.left, Math.min(bar.right - width, at - width / 2)), y);
  };
  put(`A = ${three(value)}`, x(value), 1, ink.text, 600);
  const under = bar.top + bar.height + 5;
  const [lower, upper] = [t("floor {value}", { value: three(floor) }), t("ceiling {value}", { value: three(ceiling) })];
  context.font = `${small}px ${ink.font}`;
  const room = context.measureText(`${lower}  ${upper}`).width;
  if (x(ceiling) - x(floor) < room) {
    const start = Math.max(bar.left, Math.min(bar.right - room, (x(floor) + x(ceiling) - room) / 2));
    context.fillText(`${lower}  ${upper}`, start, under);
  } else {
    put(lower, x(floor), under);
    put(upper, x(ceiling), under);
  }
}
