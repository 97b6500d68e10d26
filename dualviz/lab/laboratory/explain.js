// The laboratory in words: the formula with its numbers, the chain m → rank → top-k → conflict → t, why an anchor is or is
// not chosen, and what each symbol means with its present value. Plain text; the view decides where it stands.

import { RANGES } from "../engine/knobs.js";
import { targetsOf } from "../engine/targets.js";
import { three, threeOfLog } from "../kit/numbers.js";

const HEAD_NAMES = ["one-to-many", "one-to-one"];

/** What the overlap is called in the present mode: "IoU" in the paper, "CIoU" in the public code. */
export function overlapName(knobs) {
  return knobs.mode === "paper" ? "IoU" : "CIoU";
}

/** The factors of m in order, with what is plugged in: [{symbol, value, exponentSymbol, exponent}]. */
export function formulaParts(reading, result, h) {
  const { alpha, beta } = result.settings[h];
  const { p, u } = reading.heads[h];
  const locked = h === 1 && result.knobs.locked;
  const name = h === 0 ? ["α", "β"] : locked ? ["rα", "rβ"] : ["α′", "β′"];
  return [
    { symbol: "s", value: String(reading.s) },
    { symbol: "p", value: three(p), exponentSymbol: name[0], exponent: alpha.toFixed(2) },
    { symbol: overlapName(result.knobs), value: three(u), exponentSymbol: name[1], exponent: beta.toFixed(2) },
  ];
}

export function formulaText(reading, result, h) {
  const parts = formulaParts(reading, result, h);
  const names = parts.map(({ symbol, exponentSymbol }) => (exponentSymbol ? `${symbol}^${exponentSymbol}` : symbol));
  const values = parts.map(({ value, exponent }) => (exponent ? `${value}^${exponent}` : value));
  return `m = ${names.join(" · ")} = ${values.join(" · ")} = ${threeOfLog(reading.heads[h].logM)}`;
}

/** The way from metric to target in five steps: [{key, text, ok}], ok null where the step is not reached. */
export function chain(reading, result, h) {
  const mine = reading.heads[h];
  const reached = mine.rank > 0;
  const conflicts = result.knobs.mode === "code";
  const metric = { key: "metric", text: `m ${threeOfLog(mine.logM)}`, ok: reached };
  const rank = { key: "rank", text: reached ? `rank ${mine.rank} of ${mine.count}` : "no rank", ok: reached ? true : null };
  const topk = { key: "topk", text: mine.inTopK ? `top ${mine.k} ✓` : `top ${mine.k} ✗`, ok: reached ? mine.inTopK : null };
  let conflict = { key: "conflict", text: "conflict –", ok: null };
  if (mine.gained) conflict = { key: "conflict", text: "won in a conflict", ok: true };
  else if (mine.inTopK && !conflicts) conflict = { key: "conflict", text: "conflicts off", ok: true };
  else if (mine.inTopK) {
    conflict = mine.kept
      ? { key: "conflict", text: "keeps it ✓", ok: true }
      : { key: "conflict", text: `lost to object ${mine.lostTo + 1} ✗`, ok: false };
  }
  const positive = mine.gained || mine.kept === true;
  return [metric, rank, topk, conflict, { key: "target", text: `t = ${three(mine.tFinal)}`, ok: positive ? true : mine.inTopK ? false : null }];
}

/** Why this anchor is, or is not, taught this object by head h. */
export function sentence(engine, result, reading, h) {
  if (!reading) return "Choose an object, then point at an anchor.";
  const { selected } = result;
  const object = `object ${reading.object + 1}`;
  const overlap = overlapName(result.knobs);
  const mine = reading.heads[h];
  const view = selected.heads[h];
  if (result.each[reading.object].missing) return `This page does not carry the scores of ${object}'s class yet.`;
  if (!reading.s) return `Not a candidate: its anchor point lies outside ${object}, so s = 0 and m = 0.`;
  const place = mine.rank ? `rank ${mine.rank} of ${mine.count}` : "m = 0";
  if (mine.gained) {
    return `Not selected (${place}), yet taught: several objects claimed this anchor and ${object} overlaps it most.`;
  }
  if (!(mine.u > 0)) return `Not a candidate: inside ${object}, but its predicted box has ${overlap} 0 with the true one, so m = 0.`;
  if (!(mine.p > 0)) return `Not a candidate: inside ${object}, but its score for ${result.each[reading.object].name} is 0, so m = 0.`;
  if (mine.inTopK && mine.kept === false) {
    return `Selected (${place}), then lost: object ${mine.lostTo + 1} claims it too and overlaps it more.`;
  }
  const best = view.order[0];
  if (mine.rank === 1) {
    if (view.count === 1) return `Chosen: the only candidate of ${object}.`;
    const second = view.order[1];
    if (view.logM[second] === view.logM[best]) return `Chosen: rank 1 of ${view.count}, a tie that goes to the lower anchor number.`;
    return `Chosen: rank 1 of ${view.count}. ${capital(compare(result, view, h, best, second, "the runner-up's"))}`;
  }
  const why = compare(result, view, h, reading.position, best, "the winner's");
  if (mine.inTopK) return `Chosen: ${place}, within the top ${mine.k}. ${capital(why)}`;
  const never = mine.k === 1 && !mine.onHull ? " It is no corner of the hull: no α : β makes it first." : "";
  return `Not chosen: ${place}${mine.k > 1 ? `, the top ${mine.k} end before it` : ""}: ${why}${never}`;
}

/** What the loss does to an anchor's score for the object's class: "pushed up by 0.31: target 0.62, score 0.31"; with the
 *  layer "b" "BCE 0.98: …". "" while there is no lesson. */
export function targetWords(engine, result, anchor, h, layer) {
  const lesson = targetsOf(engine.payload, result);
  if (!lesson || !(anchor >= 0)) return "";
  const { target, score, bce, push } = lesson.heads[h];
  const by = push[anchor];
  const numbers = `target ${three(target[anchor])}, score ${three(score[anchor])}`;
  if (layer === "b") return `BCE ${three(bce[anchor])}: ${numbers}`;
  return by === 0 ? `left alone: ${numbers}` : `pushed ${by < 0 ? "up" : "down"} by ${three(Math.abs(by))}: ${numbers}`;
}

/** The same as sentences for the strip: push, its sign and the BCE, of this object's class at any anchor. */
export function targetSentence(engine, result, reading, h) {
  if (!reading) return sentence(engine, result, reading, h);
  const words = targetWords(engine, result, reading.anchor, h, "g");
  if (!words) return sentence(engine, result, reading, h);
  const { bce, push, target } = targetsOf(engine.payload, result).heads[h];
  const [a, by] = [reading.anchor, push[reading.anchor]];
  const why = target[a] > 0 ? "" : ` Background for ${result.each[result.object].name}.`;
  return `${capital(words)}. σ(z) − t = ${by > 0 ? "+" : ""}${three(by)}, BCE ${three(bce[a])}.${why}`;
}

/** "its overlap is higher than the winner's (0.83, 0.81), but its score is lower (0.11, 0.62) and that weighs more: …" */
function compare(result, view, h, i, j, whose) {
  const { alpha, beta } = result.settings[h];
  const byScore = alpha * (view.logP[i] - view.logP[j]);
  const byOverlap = beta * (view.logU[i] - view.logU[j]);
  const word = (difference) => (difference > 0 ? "higher than" : difference < 0 ? "lower than" : "equal to");
  const score = `its score is ${word(byScore)} ${whose} (${three(view.p[i])}, ${three(view.p[j])})`;
  const overlap = `its overlap is ${word(byOverlap)} ${whose} (${three(view.u[i])}, ${three(view.u[j])})`;
  const signed = (value) => `${value > 0 ? "+" : ""}${three(value)}`;
  const sums = `α·Δlog p = ${signed(byScore)}, β·Δlog u = ${signed(byOverlap)}.`;
  if (byScore * byOverlap < 0) {
    const overlapWins = Math.abs(byOverlap) > Math.abs(byScore);
    const [lighter, heavier] = overlapWins ? [score, overlap] : [overlap, score];
    return `${lighter}, but ${heavier} and that weighs more: ${sums}`;
  }
  return byScore === 0 && byOverlap === 0 ? `its score and overlap equal ${whose}; ties go to the lower anchor number.` : `${score} and ${overlap}: ${sums}`;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** Every symbol on the page: name, meaning, present value. */
export function symbols(reading, result, h) {
  const { alpha, beta, k } = result.settings[h];
  const { knobs, selected } = result;
  const mine = reading?.heads[h];
  const head = HEAD_NAMES[h];
  const overlap = overlapName(knobs);
  const entry = (symbol, name, meaning, value) => ({ symbol, name, meaning, value });
  return {
    m: entry("m", "matching metric", "how well this anchor would do as the teacher's choice for the object: s · p^α · u^β", mine ? threeOfLog(mine.logM) : "—"),
    s: entry("s", "spatial prior", "1 where the anchor point lies strictly inside the true box, else 0", reading ? String(reading.s) : "—"),
    p: entry("p", "score", "what the head gives the object's class at this anchor, after the sigmoid", mine ? three(mine.p) : "—"),
    u: entry(overlap, "overlap u", knobs.mode === "paper" ? "intersection over union of predicted and true box" : "IoU less terms for distance and shape (complete IoU), clamped at 0: the public code ranks by it", mine ? three(mine.u) : "—"),
    alpha: entry(h ? (knobs.locked ? "rα" : "α′") : "α", "weight of the score", `exponent of p in the ${head} head`, three(alpha)),
    beta: entry(h ? (knobs.locked ? "rβ" : "β′") : "β", "weight of the overlap", `exponent of u in the ${head} head; only the ratio α : β decides ranks`, three(beta)),
    r: entry("r", "ratio of the heads", "under the lock the one-to-one exponents are r times the one-to-many ones, so m becomes m^r and no rank moves", three(knobs.r)),
    k: entry("k", "positives per object", `the ${head} head takes this many best candidates`, String(k)),
    t: entry("t", "soft target", `what the class score is taught: u · m / max m, with u the largest overlap over ${knobs.mode === "paper" ? "all candidates (u*)" : "the object's positives"}`, mine ? three(mine.tFinal) : "—"),
    rank: entry("rank", "rank", "place among the object's candidates by m, 1 is best; a tie goes to the lower anchor number", mine?.rank ? `${mine.rank} of ${mine.count}` : "—"),
    gap: entry("A", "supervision gap", "sum of |t_o2m − t_o2o|: how differently the two heads are taught; never 0 when k > 1", selected ? three(selected.gap.value) : "—"),
    spearman: entry("ρ", "Spearman's correlation", "of the candidates' ranks in the two heads; 1 is the same order", selected ? three(selected.spearman) : "—"),
    kendall: entry("τ", "Kendall's τ-b", "pairs of candidates in the same order less those in opposite order, as a share; 1 is the same order", selected ? three(selected.kendall) : "—"),
    topk: entry("Top-k", "alignment", "is the one-to-one first choice among the one-to-many first 1, 5, 10, before conflicts", selected ? TOP_NAMES.map((name, i) => `${name} ${tick(selected.alignment[i])}`).join(" · ") : "—"),
  };
}

const TOP_NAMES = ["Top-1", "Top-5", "Top-10"];

function tick(value) {
  return value === null ? "—" : value ? "✓" : "✗";
}

/** What the lock means now, since what does not move is hard to see. */
export function lockSentence({ knobs, settings }) {
  const [many, one] = settings;
  if (knobs.locked) {
    return knobs.r === 1
      ? "Locked: both heads rank by the same α : β. Drag r: the one-to-one metric becomes m^r, every value changes and no rank can."
      : `Locked: m_o2o = m^${knobs.r.toFixed(2)}. x ↦ x^r rises for every r > 0, so no rank and no pick can move; only α : β can move them.`;
  }
  return sameRatio(settings)
    ? "Unlocked, but α : β is the same in both heads: still consistent, ranked alike."
    : `Unlocked: one-to-many ranks by α : β = ${ratio(many)}, one-to-one by ${ratio(one)}. The pick may jump.`;
}

function sameRatio([many, one]) {
  return Math.abs(many.alpha * one.beta - many.beta * one.alpha) < 1e-9;
}

function ratio({ alpha, beta }) {
  return `1 : ${three(beta / alpha)}`;
}

export function agreementSentence(result) {
  const { selected, knobs } = result;
  if (!selected) return "Choose an object to compare how the two heads rank its candidates.";
  if (selected.common < 2) {
    return `${selected.common ? "Only one anchor is" : "No anchor is"} a candidate in both heads: no correlation can be given.`;
  }
  const [many, one] = selected.heads;
  if (Number.isNaN(selected.spearman)) return "A head gives all its candidates the same metric: no correlation can be given.";
  if (knobs.shared && sameRatio(result.settings)) return `Shared predictions, same α : β: all ${selected.common} candidates stand in the same order in both heads.`;
  const place = selected.rankOfPick ? `rank ${selected.rankOfPick} of ${many.count} in the one-to-many list` : "no candidate of the one-to-many head";
  const close = selected.spearman > 0.95 ? "almost alike" : selected.spearman > 0.7 ? "similarly" : selected.spearman > 0.3 ? "loosely alike" : "differently";
  return `The heads rank ${selected.common} common candidates ${close} (ρ ${three(selected.spearman)}, τ ${three(selected.kendall)}); the one-to-one pick of ${one.count} is ${place}.`;
}

export function gapSentence(result) {
  const { selected } = result;
  if (!selected) return "";
  const { floor, value, ceiling, best } = selected.gap;
  if (selected.pick < 0) return "No one-to-one pick, so there is no gap to measure.";
  const where = best ? `positive ${best} of ${result.each[selected.object].heads[0].pickCount}` : "outside the one-to-many positives";
  const why = floor > 1e-9 ? " The floor is what the one-to-many head teaches its other positives." : "";
  return `Gap ${three(value)} between ${three(floor)} and ${three(ceiling)}: the pick is ${where}.${why}`;
}

/** The one sentence the page opens with: what to drag first and what to look for. */
export function firstSentence(engine, result) {
  if (!result.objects) return "No truth yet: draw a box round an object, or use the detections as truth.";
  if (!result.selected) return "Choose an object: click into a dashed box.";
  const g = result.object + 1;
  const [many, one] = result.selected.heads;
  if (!many.count && !one.count) return `Object ${g}: no anchor can learn it. Choose another with N, or draw its box larger.`;
  if (!one.count) return `Object ${g}: the one-to-one head has no candidate for it. Choose another with N.`;
  const place = result.selected.rankOfPick;
  if (place > 1) {
    return `Object ${g}: the one-to-one pick has one-to-many rank ${place}. Drag α: lines turn, the list reorders; a pick changes only at another ringed corner.`;
  }
  if (place === 1) {
    const lawful = result.knobs.shared && sameRatio(result.settings);
    return `Object ${g}: both heads agree on the first choice. ${lawful ? "Drag α: both change together, the ranking law." : "Drag α and see how long they do."}`;
  }
  return `Object ${g}: the one-to-one pick is no candidate of the one-to-many head. Share the predictions to see what the metric alone decides.`;
}

/** One line for screen readers after each change. */
export function liveSummary(engine, result, reading, layer = "m") {
  if (result.object < 0) return `${result.objects} objects, none chosen`;
  const start = `object ${result.object + 1} of ${result.objects}, ${result.each[result.object].name}`;
  if (!reading) {
    const { pick, rankOfPick, gap } = result.selected;
    return `${start}, ${pick < 0 ? "no one-to-one pick" : `one-to-one pick at one-to-many rank ${rankOfPick || "none"}`}, gap ${three(gap.value)}`;
  }
  const { cell } = reading;
  if (layer === "b" || layer === "g") {
    const taught = HEAD_NAMES.map((name, h) => `${name} ${targetWords(engine, result, reading.anchor, h, layer) || "no scores of its class"}`);
    return `${start}, ${cell.name} cell (${cell.column}, ${cell.row}), ${taught.join("; ")}`;
  }
  const heads = reading.heads.map((mine, h) => `${HEAD_NAMES[h]} ${mine.rank ? `rank ${mine.rank} of ${mine.count}` : "no candidate"}, m ${threeOfLog(mine.logM)}`);
  return `${start}, ${cell.name} cell (${cell.column}, ${cell.row}), ${heads.join("; ")}`;
}

/** Words for an object that needs a flag, "" for one that does not. */
export function objectFlag(each) {
  const [many, one] = each.heads;
  if (each.missing) return "class not carried";
  if (!each.inside) return "no anchor inside";
  if (many.empty && one.empty) return "no candidate";
  if (many.unmatched && one.unmatched) return "no positive";
  if (one.unmatched) return "no one-to-one positive";
  if (many.unmatched) return "no one-to-many positive";
  return one.keptCount + one.gainedCount > 1 ? `${one.keptCount + one.gainedCount} one-to-one positives` : "";
}

/** The assignment step by step; each text is a sentence about the chosen object, or about all. */
export const STEPS = [
  {
    key: "candidates",
    name: "Candidates",
    text: (result) => about(result, (s) => `${s.n} anchor points lie inside the box: s = 1 there, 0 elsewhere.`),
  },
  {
    key: "metric",
    name: "Metric",
    text: (result) => about(result, (s) => `Each gets m = s · p^α · u^β: ${s.heads[0].count} are above 0 in the one-to-many head, ${s.heads[1].count} in the one-to-one head.`),
  },
  {
    key: "topk",
    name: "Top-k",
    text: (result) => about(result, (s) => `The one-to-many head takes the best ${result.each[s.object].heads[0].pickCount}, the one-to-one head the best ${result.each[s.object].heads[1].pickCount}.`),
  },
  {
    key: "conflicts",
    name: "Conflicts",
    text: (result) => {
      if (result.knobs.mode === "paper") return "The paper's analysis leaves every object its own selection: no conflicts.";
      const [many, one] = result.heads;
      return `${count(many.contestedCount, "anchor")} of the one-to-many head and ${one.contestedCount} of the one-to-one head are claimed by several objects; each goes to the object it overlaps most.`;
    },
  },
  {
    key: "targets",
    name: "Soft targets",
    text: (result) => about(result, (s) => `What stays is taught t = u · m / max m: at most ${three(greatest(s.heads[0].tFinal, s.n))} in the one-to-many head, ${three(greatest(s.heads[1].tFinal, s.n))} in the one-to-one head.`),
  },
];

function about(result, words) {
  return result.selected ? words(result.selected) : "Choose an object to follow its assignment.";
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function greatest(values, n) {
  let most = 0;
  for (let i = 0; i < n; i += 1) most = Math.max(most, values[i]);
  return most;
}

/** The guided start. `doing` names what ends the step: a knob that was dragged or a switch that was thrown. */
export const GUIDE = [
  { title: "Drag α", text: "It turns the lines of equal metric. See which anchors can win, and who wins.", doing: "alpha" },
  { title: "Lock, then drag r", text: "Every value of the one-to-one metric changes, and not one rank.", doing: "r" },
  { title: "Share predictions", text: "With one head's predictions for both, the same α : β means the same order: the ranking law.", doing: "shared" },
];
