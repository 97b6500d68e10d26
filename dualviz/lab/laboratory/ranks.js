// Rank against rank: where each candidate stands in both lists, with the first 1, 5 and 10 of the one-to-many list as bands,
// and ρ and τ in words.

import { agreementSentence } from "./summary.js";
import { three } from "../kit/numbers.js";
import { rovingFocus } from "./formula.js";
import { addDiamond, fillCased, fitHolder, keptLayer, nameAxes, setMark, setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";

const RANK_BANDS = [1, 5, 10];

/**
 * Rank against rank on `canvas`, which fills `holder` (class dv-view); `badges` and `words`, if given, are told the measures.
 * `lab` needs result, reading, inspected, ink, inspect(anchor) and pin(anchor).
 */
export function createRanks(lab, { canvas, holder, badges = null, words = null }) {
  const measures = badges ? createBadges(badges) : () => {};
  const kept = { key: "", layer: null };
  let size = null;
  let context = null;
  let place = null;

  function draw(dirty) {
    if (dirty.layout || !size) {
      const fitted = fitHolder(canvas, holder);
      if (!fitted) return;
      ({ context, ...size } = fitted);
      kept.key = "";
    }
    if (!context) return;
    place = paintRanks(context, size, lab, kept, Math.min(2, globalThis.devicePixelRatio || 1));
  }

  function write(dirty) {
    if (!dirty.knobs && !dirty.object) return;
    if (words) setWords(words, agreementSentence(lab.result));
    measures(lab.result);
    setMark(canvas, "aria-label", t("Rank against rank. {sentence}", { sentence: agreementSentence(lab.result) }));
  }

  canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && lab.inspect(nearest(event)));
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
  const small = Math.max(12, ink.size * 0.82);
  const area = { left: small * 2, top: 6, right: size.width - 6, bottom: size.height - small * 2.9 };
  const most = Math.max(12, selected?.n ?? 12);
  const scale = Math.log(most) + 0.35;
  const place = {
    x: (rank) => area.left + ((Math.log(rank) + 0.2) / scale) * (area.right - area.left),
    y: (rank) => area.bottom - ((Math.log(rank) + 0.2) / scale) * (area.bottom - area.top),
  };
  const key = [size.width, size.height, most, ink.background, ink.size].join("|");
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
    if (many.rank[i] && one.rank[i]) context.fillRect(place.x(many.rank[i]) - 2, place.y(one.rank[i]) - 2, 4, 4);
  }
  context.globalAlpha = 1;
  if (selected.rankOfPick) {
    const path = new Path2D();
    addDiamond(path, place.x(selected.rankOfPick), place.y(1), 8.5);
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
  [...RANK_BANDS].reverse().forEach((top) => {
    context.fillStyle = ink.many;
    context.globalAlpha = 0.1;
    const right = Math.min(area.right, place.x(top + 0.5));
    context.fillRect(area.left, area.top, right - area.left, area.bottom - area.top);
    context.globalAlpha = 1;
    context.fillStyle = ink.soft;
    context.fillText(String(top), place.x(top), area.bottom + 4);
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
  if (most > 30) context.fillText(String(most), place.x(most) - small * 0.5, area.bottom + 4);
  nameAxes(context, area, { left: 1, bottom: size.height }, { words: t("one-to-many rank →"), colour: ink.many }, { words: t("one-to-one rank →"), colour: ink.one });
}

/** Top-1, Top-5, Top-10, ρ and τ as badges; returns what refreshes them. A head's own detections flatter it, so no alignment
 *  is told from them. */
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
  return ({ selected, from }) => {
    tops.forEach(({ badge, value }, i) => {
      const yes = selected ? selected.alignment[i] : null;
      const known = selected && selected.pick >= 0 && !from;
      setWords(value, known ? (yes ? "✓" : "✗") : "—");
      setMark(badge, "data-ok", known ? String(yes) : "none");
    });
    setWords(rho.value, selected ? three(selected.spearman) : "—");
    setWords(tau.value, selected ? three(selected.kendall) : "—");
  };
}
