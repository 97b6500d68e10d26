// The laboratory in words: the formula with its numbers, the chain m → rank → top-k → conflict → t, why an anchor is or is
// not chosen, and what each symbol means with its present value. Plain text; the view decides where it stands.

import { taughtAnchor } from "../engine/head.js";
import { rulesOf } from "../engine/rules.js";
import { targetsOf } from "../engine/targets.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { joined, t, tn } from "../kit/words.js";

const HEAD_NAMES = [t("one-to-many"), t("one-to-one")];

const OVERLAP_NAMES = { iou: "IoU", ciou: "CIoU" };

/** What the overlap is called under the present rules: "IoU" in the paper, "CIoU" in THU-MIG's 2024 code and YOLO26. */
export function overlapName(knobs) {
  return OVERLAP_NAMES[rulesOf(knobs).overlap];
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

/** The way from metric to target step by step: [{key, text, ok}], ok null where the step is not reached. The step "keep" is there
 *  only where an object keeps the best of its picks after conflicts. */
export function chain(reading, result, h) {
  const mine = reading.heads[h];
  const { k } = mine;
  const reached = mine.rank > 0;
  const metric = { key: "metric", text: `m ${threeOfLog(mine.logM)}`, ok: reached };
  const rank = { key: "rank", text: reached ? rankWords(mine) : t("no rank"), ok: reached ? true : null };
  const topk = { key: "topk", text: mine.inTopK ? t("top {k} ✓", { k }) : t("top {k} ✗", { k }), ok: reached ? mine.inTopK : null };
  let conflict = { key: "conflict", text: t("conflict –"), ok: null };
  if (mine.gained) conflict = { key: "conflict", text: t("won in a conflict"), ok: true };
  else if (mine.inTopK && !result.rules.conflicts) conflict = { key: "conflict", text: t("conflicts off"), ok: true };
  else if (mine.inTopK) {
    conflict = mine.lostTo < 0
      ? { key: "conflict", text: t("keeps it ✓"), ok: true }
      : { key: "conflict", text: t("lost to object {object} ✗", { object: mine.lostTo + 1 }), ok: false };
  }
  const positive = mine.gained || mine.kept === true;
  const target = { key: "target", text: `t = ${three(mine.tFinal)}`, ok: positive ? true : mine.inTopK ? false : null };
  return [metric, rank, topk, conflict, ...(mine.keep === null ? [] : [bestLeft(mine, positive)]), target];
}

function bestLeft(mine, positive) {
  if (positive) return { key: "keep", text: t("the best left ✓"), ok: true };
  return isPassedOver(mine) ? { key: "keep", text: t("not the best left ✗"), ok: false } : { key: "keep", text: t("the best left –"), ok: null };
}

/** Whether conflicts left an anchor to its object, which then kept a better one. */
export function isPassedOver(mine) {
  return mine.kept === false && mine.lostTo < 0;
}

function rankWords({ rank, count }) {
  return t("rank {rank} of {count}", { rank, count });
}

/** Why this anchor is, or is not, taught this object by head h. */
export function sentence(engine, result, reading, h) {
  if (!reading) return result.objects ? t("Choose an object, then point at an anchor.") : t("No object yet: draw a box round one, then point at an anchor.");
  const { selected } = result;
  const object = reading.object + 1;
  const overlap = overlapName(result.knobs);
  const mine = reading.heads[h];
  const view = selected.heads[h];
  const { name, missing } = result.each[reading.object];
  if (missing) return t("This page does not carry the scores of the class of object {object} yet.", { object });
  if (!reading.s) {
    return reading.enlarged
      ? t("Not a candidate: its anchor point lies outside object {object}, and outside the area of at least {side} network pixels a side that the rule for small objects gives it, so s = 0 and m = 0.", { object, side: result.rules.leastSide })
      : t("Not a candidate: its anchor point lies outside object {object}, so s = 0 and m = 0.", { object });
  }
  const place = mine.rank ? rankWords(mine) : "m = 0";
  if (mine.gained) {
    return mine.tFinal > 0
      ? t("Not selected ({place}), yet taught: several objects claimed this anchor and object {object} overlaps it most.", { place, object })
      : t("Not selected by object {object} ({place}), yet left to it: several others claimed this anchor and this object overlaps it most. Its target is 0.", { place, object });
  }
  if (!(mine.u > 0)) return t("Not a candidate: inside object {object}, but its predicted box has {overlap} 0 with the true one, so m = 0.", { object, overlap });
  if (!(mine.p > 0)) return t("Not a candidate: inside object {object}, but its score for {name} is 0, so m = 0.", { object, name });
  if (mine.lostTo >= 0) {
    const { picks, pickCount } = result.each[mine.lostTo].heads[h];
    const claimed = picks.subarray(0, pickCount).includes(reading.anchor);
    const fields = { place, winner: mine.lostTo + 1, k: mine.k };
    if (mine.keep !== null) {
      return claimed
        ? t("One of the {k} ({place}), but lost before the best was kept: object {winner} claims it too and overlaps it more.", fields)
        : t("One of the {k} ({place}), but lost before the best was kept: it goes to object {winner}, which it overlaps most, though object {winner} did not select it.", fields);
    }
    return claimed
      ? t("Selected ({place}), then lost: object {winner} claims it too and overlaps it more.", fields)
      : t("Selected ({place}), then lost: it goes to object {winner}, which it overlaps most, though object {winner} did not select it.", fields);
  }
  if (isPassedOver(mine)) return passedOver(result, view, h, reading, place);
  const best = view.order[0];
  if (mine.rank === 1) {
    const { count } = view;
    if (count === 1) return t("Chosen: the only candidate of object {object}.", { object });
    const second = view.order[1];
    if (view.logM[second] === view.logM[best]) return t("Chosen: rank 1 of {count}, a tie that goes to the lower anchor number.", { count });
    return t("Chosen: rank 1 of {count}. {why}", { count, why: capital(compare(result, view, h, best, second)) });
  }
  const why = compare(result, view, h, reading.position, best);
  if (mine.inTopK && mine.keep !== null) return t("Chosen: {place}, the best of the {k} that conflicts left to object {object}. {why}", { place, object, k: mine.k, why: capital(why) });
  if (mine.inTopK) return t("Chosen: {place}, within the top {k}. {why}", { place, k: mine.k, why: capital(why) });
  if (mine.k > 1) return t("Not chosen: {place}, the top {k} end before it: {why}", { place, k: mine.k, why });
  return mine.onHull
    ? t("Not chosen: {place}: {why}", { place, why })
    : t("Not chosen: {place}: {why} It is no corner of the hull: ties aside, no α : β ranks it first.", { place, why });
}

/** Why an anchor that stayed with its object after conflicts is not the one that it kept. */
function passedOver(result, view, h, { object, heads }, place) {
  const anchor = taughtAnchor(result.each[object].heads[h]);
  const position = result.selected.anchors.indexOf(anchor);
  const fields = { place, k: heads[h].k, kept: view.rank[position], count: view.count };
  return t("One of the {k} ({place}), and conflicts left it, but it is not the best: rank {kept} of {count} was kept.", fields);
}

/** What the loss does to an anchor's score for the object's class: "pushed up by 0.31: target 0.62, score 0.31"; with the
 *  layer "b" "BCE 0.98: …". "" while there is no lesson. */
export function targetWords(engine, result, anchor, h, layer) {
  const lesson = targetsOf(engine.payload, result);
  if (!lesson || !(anchor >= 0)) return "";
  const { target, score, bce, push } = lesson.heads[h];
  const by = push[anchor];
  const numbers = { target: three(target[anchor]), score: three(score[anchor]), by: three(Math.abs(by)), bce: three(bce[anchor]) };
  if (layer === "b") return t("BCE {bce}: target {target}, score {score}", numbers);
  if (by === 0) return t("left alone: target {target}, score {score}", numbers);
  return by < 0 ? t("pushed up by {by}: target {target}, score {score}", numbers) : t("pushed down by {by}: target {target}, score {score}", numbers);
}

/** The same as sentences for the strip: push, its sign and the BCE, of this object's class at any anchor. */
export function targetSentence(engine, result, reading, h) {
  if (!reading) return sentence(engine, result, reading, h);
  const words = targetWords(engine, result, reading.anchor, h, "g");
  if (!words) return sentence(engine, result, reading, h);
  const { bce, push, target } = targetsOf(engine.payload, result).heads[h];
  const [a, by] = [reading.anchor, push[reading.anchor]];
  const fields = { words: capital(words), push: `${by > 0 ? "+" : ""}${three(by)}`, bce: three(bce[a]), name: result.each[result.object].name };
  return target[a] > 0
    ? t("{words}. σ(z) − t = {push}, BCE {bce}.", fields)
    : t("{words}. σ(z) − t = {push}, BCE {bce}. Background for {name}.", fields);
}

/** How candidate i stands to the best, or the best to the runner-up: "its overlap is higher than the winner's (0.83, 0.81),
 *  but its score is lower than the winner's (0.11, 0.62) and that weighs more: …" */
function compare(result, view, h, i, j) {
  const { alpha, beta } = result.settings[h];
  const byScore = alpha * (view.logP[i] - view.logP[j]);
  const byOverlap = beta * (view.logU[i] - view.logU[j]);
  const first = i === view.order[0];
  const score = scoreClause(byScore, first, { mine: three(view.p[i]), other: three(view.p[j]) });
  const overlap = overlapClause(byOverlap, first, { mine: three(view.u[i]), other: three(view.u[j]) });
  const signed = (value) => `${value > 0 ? "+" : ""}${three(value)}`;
  const sums = { byScore: signed(byScore), byOverlap: signed(byOverlap) };
  if (byScore === 0 && byOverlap === 0) return t("its score and overlap equal the winner's; ties go to the lower anchor number.");
  if (view.logM[i] === view.logM[j]) {
    return t("{score}, {overlap}, and they weigh the same; ties go to the lower anchor number: α·Δlog p = {byScore}, β·Δlog u = {byOverlap}.", { score, overlap, ...sums });
  }
  if (byScore * byOverlap < 0) {
    const [lighter, heavier] = Math.abs(byOverlap) > Math.abs(byScore) ? [score, overlap] : [overlap, score];
    return t("{lighter}, but {heavier} and that weighs more: α·Δlog p = {byScore}, β·Δlog u = {byOverlap}.", { lighter, heavier, ...sums });
  }
  return t("{score} and {overlap}: α·Δlog p = {byScore}, β·Δlog u = {byOverlap}.", { score, overlap, ...sums });
}

function scoreClause(difference, first, fields) {
  if (first) {
    if (difference > 0) return t("its score is higher than the runner-up's ({mine}, {other})", fields);
    return difference < 0 ? t("its score is lower than the runner-up's ({mine}, {other})", fields) : t("its score is equal to the runner-up's ({mine}, {other})", fields);
  }
  if (difference > 0) return t("its score is higher than the winner's ({mine}, {other})", fields);
  return difference < 0 ? t("its score is lower than the winner's ({mine}, {other})", fields) : t("its score is equal to the winner's ({mine}, {other})", fields);
}

function overlapClause(difference, first, fields) {
  if (first) {
    if (difference > 0) return t("its overlap is higher than the runner-up's ({mine}, {other})", fields);
    return difference < 0 ? t("its overlap is lower than the runner-up's ({mine}, {other})", fields) : t("its overlap is equal to the runner-up's ({mine}, {other})", fields);
  }
  if (difference > 0) return t("its overlap is higher than the winner's ({mine}, {other})", fields);
  return difference < 0 ? t("its overlap is lower than the winner's ({mine}, {other})", fields) : t("its overlap is equal to the winner's ({mine}, {other})", fields);
}

/** A sentence that begins with a small letter, begun with a capital. */
export function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** Every symbol on the page: name, meaning, present value. */
export function symbols(reading, result, h) {
  const { alpha, beta, k, keep } = result.settings[h];
  const { knobs, selected } = result;
  const mine = reading?.heads[h];
  const head = HEAD_NAMES[h];
  const overlap = overlapName(knobs);
  const entry = (symbol, name, meaning, value) => ({ symbol, name, meaning, value });
  return {
    m: entry("m", t("matching metric"), t("how well this anchor would do as the teacher's choice for the object: s · p^α · u^β"), mine ? threeOfLog(mine.logM) : "—"),
    s: entry("s", t("spatial prior"), priorMeaning(result.rules), reading ? String(reading.s) : "—"),
    p: entry("p", t("score"), t("what the head gives the object's class at this anchor, after the sigmoid"), mine ? three(mine.p) : "—"),
    u: entry(overlap, t("overlap u"), overlap === "IoU" ? t("intersection over union of predicted and true box") : t("IoU less terms for distance and shape (complete IoU), clamped at 0: THU-MIG’s 2024 code ranks by it"), mine ? three(mine.u) : "—"),
    alpha: entry(h ? (knobs.locked ? "rα" : "α′") : "α", t("weight of the score"), t("exponent of p in the {head} head", { head }), three(alpha)),
    beta: entry(h ? (knobs.locked ? "rβ" : "β′") : "β", t("weight of the overlap"), t("exponent of u in the {head} head; only the ratio α : β decides ranks", { head }), three(beta)),
    r: entry("r", t("ratio of the heads"), t("under the lock the one-to-one exponents are r times the one-to-many ones, so m becomes m^r and no rank moves"), three(knobs.r)),
    k: entry("k", t("positives per object"), keep === null ? t("the {head} head takes this many best candidates", { head }) : tn("the {head} head takes this many best candidates, and of those that conflicts leave it keeps the best", "the {head} head takes this many best candidates, and of those that conflicts leave it keeps the best {n}", keep, { head }), String(k)),
    t: entry("t", t("soft target"), result.rules.bestOverlap === "candidates" ? t("what the class score is taught: u · m / max m, with u the largest overlap over all candidates (u*)") : t("what the class score is taught: u · m / max m, with u the largest overlap over the object's positives"), mine ? three(mine.tFinal) : "—"),
    rank: entry(t("rank"), t("rank"), t("place among the object's candidates by m, 1 is best; a tie goes to the lower anchor number"), mine?.rank ? t("{rank} of {count}", { rank: mine.rank, count: mine.count }) : "—"),
    gap: entry("A", t("supervision gap"), t("sum of |t_o2m − t_o2o|: how differently the two heads are taught; never 0 while several positives have a target"), selected ? three(selected.gap.value) : "—"),
    spearman: entry("ρ", t("Spearman's correlation"), t("of the candidates' ranks in the two heads; 1 is the same order"), selected ? three(selected.spearman) : "—"),
    kendall: entry("τ", t("Kendall's τ-b"), t("pairs of candidates in the same order less those in opposite order, as a share; 1 is the same order"), selected ? three(selected.kendall) : "—"),
    topk: entry("Top-k", t("alignment"), t("is the one-to-one first choice among the one-to-many first 1, 5, 10, before conflicts"), selected ? TOP_NAMES.map((name, i) => `${name} ${tick(selected.alignment[i])}`).join(" · ") : "—"),
  };
}

function priorMeaning({ leastSide }) {
  return leastSide
    ? t("1 where the anchor point lies strictly inside the true box, a side shorter than {side} network pixels counting as {side}, else 0", { side: leastSide })
    : t("1 where the anchor point lies strictly inside the true box, else 0");
}

const TOP_NAMES = ["Top-1", "Top-5", "Top-10"];

function tick(value) {
  return value === null ? "—" : value ? "✓" : "✗";
}

/** Whether both heads rank by the same α : β. */
export function sameRatio([many, one]) {
  return Math.abs(many.alpha * one.beta - many.beta * one.alpha) < 1e-9;
}

export function agreementSentence(result) {
  const { selected, knobs } = result;
  if (!selected) return result.objects ? t("Choose an object to compare how the two heads rank its candidates.") : t("No object yet: nothing to rank.");
  const { common, spearman, kendall, rankOfPick } = selected;
  if (common === 0) return t("No anchor is a candidate in both heads: no correlation can be given.");
  if (common === 1) return t("Only one anchor is a candidate in both heads: no correlation can be given.");
  const [many, one] = selected.heads;
  if (Number.isNaN(spearman)) return t("A head gives all its candidates the same metric: no correlation can be given.");
  if (knobs.shared && sameRatio(result.settings)) return t("Shared predictions, same α : β: all {common} candidates stand in the same order in both heads.", { common });
  const fields = { common, rho: three(spearman), tau: three(kendall), one: one.count, rank: rankOfPick, many: many.count };
  const alike = spearman > 0.95 ? t("The heads rank {common} common candidates almost alike (ρ {rho}, τ {tau}).", fields)
    : spearman > 0.7 ? t("The heads rank {common} common candidates similarly (ρ {rho}, τ {tau}).", fields)
    : spearman > 0.3 ? t("The heads rank {common} common candidates loosely alike (ρ {rho}, τ {tau}).", fields)
    : t("The heads rank {common} common candidates differently (ρ {rho}, τ {tau}).", fields);
  const place = rankOfPick
    ? t("The one-to-one pick of {one} is rank {rank} of {many} in the one-to-many list.", fields)
    : t("The one-to-one pick of {one} is no candidate of the one-to-many head.", fields);
  return joined(alike, place);
}

export function gapSentence(result) {
  const { selected, knobs } = result;
  if (!selected) return "";
  const { floor, value, ceiling, best } = selected.gap;
  if (selected.pick < 0) return t("No one-to-one pick, so there is no gap to measure.");
  const fields = { gap: three(value), floor: three(floor), ceiling: three(ceiling), best, count: result.each[selected.object].heads[0].pickCount };
  const where = best
    ? t("Gap {gap} between {floor} and {ceiling}: the pick is positive {best} of {count}.", fields)
    : t("Gap {gap} between {floor} and {ceiling}: the pick is outside the one-to-many positives.", fields);
  if (!(floor > 1e-9)) return where;
  return joined(where, knobs.shared && result.rules.bestOverlap === "candidates" ? t("The floor is what the one-to-many head teaches its other positives.") : t("The floor is the least gap that any pick could give."));
}

/** One line for screen readers after each change. */
export function liveSummary(engine, result, reading, layer = "m") {
  if (result.object < 0) return tn("{n} object, none chosen", "{n} objects, none chosen", result.objects);
  const start = t("object {object} of {all}, {name}", { object: result.object + 1, all: result.objects, name: result.each[result.object].name });
  if (!reading) {
    const { pick, rankOfPick, gap } = result.selected;
    const fields = { start, rank: rankOfPick, gap: three(gap.value) };
    if (pick < 0) return t("{start}, no one-to-one pick", fields);
    return rankOfPick ? t("{start}, one-to-one pick at one-to-many rank {rank}, gap {gap}", fields) : t("{start}, one-to-one pick without a one-to-many rank, gap {gap}", fields);
  }
  const { cell } = reading;
  const at = t("{start}, {level} cell ({column}, {row})", { start, level: cell.name, column: cell.column, row: cell.row });
  if (layer === "b" || layer === "g") {
    const taught = HEAD_NAMES.map((head, h) => `${head}: ${targetWords(engine, result, reading.anchor, h, layer) || t("no scores of its class")}`);
    return `${at}; ${taught.join("; ")}`;
  }
  const heads = reading.heads.map((mine, h) => `${HEAD_NAMES[h]}: ${mine.rank ? rankWords(mine) : t("no candidate")}, m ${threeOfLog(mine.logM)}`);
  return `${at}; ${heads.join("; ")}`;
}

/** Words for an object that needs a flag, "" for one that does not. */
export function objectFlag(each) {
  const [many, one] = each.heads;
  if (each.missing) return t("class not carried");
  if (!each.inside) return t("no anchor inside");
  if (many.empty && one.empty) return t("no candidate");
  if (many.unmatched && one.unmatched) return t("no positive");
  if (one.unmatched) return t("no one-to-one positive");
  if (many.unmatched) return t("no one-to-many positive");
  const positives = one.keptCount + one.gainedCount;
  return positives > 1 ? tn("{n} one-to-one positive", "{n} one-to-one positives", positives) : "";
}

/** The assignment step by step; each text is a sentence about the chosen object, or about all. */
export const STEPS = [
  {
    key: "candidates",
    name: t("Candidates"),
    text: (result) => about(result, (s) => {
      const words = tn("{n} anchor point lies inside the box: s = 1 there, 0 elsewhere.", "{n} anchor points lie inside the box: s = 1 there, 0 elsewhere.", s.n);
      return s.enlarged ? joined(words, t("A side of it is shorter than {side} network pixels and counts as {side}.", { side: result.rules.leastSide })) : words;
    }),
  },
  {
    key: "metric",
    name: t("Metric"),
    text: (result) => about(result, (s) => t("Each gets m = s · p^α · u^β: {many} are above 0 in the one-to-many head, {one} in the one-to-one head.", { many: s.heads[0].count, one: s.heads[1].count })),
  },
  {
    key: "topk",
    name: "Top-k",
    text: (result) => about(result, (s) => {
      const [many, one] = result.each[s.object].heads;
      return t("The one-to-many head takes the best {many}, the one-to-one head the best {one}.", { many: many.pickCount, one: one.pickCount });
    }),
  },
  {
    key: "conflicts",
    name: t("Conflicts"),
    text: (result) => {
      if (!result.rules.conflicts) return t("The paper's analysis leaves every object its own selection: no conflicts.");
      const [many, one] = result.heads;
      const claimed = tn(
        "{n} anchor of the one-to-many head and {one} of the one-to-one head are claimed by several objects; each goes to the object it overlaps most.",
        "{n} anchors of the one-to-many head and {one} of the one-to-one head are claimed by several objects; each goes to the object it overlaps most.",
        many.contestedCount,
        { one: one.contestedCount },
      );
      return one.keep === null ? claimed : joined(claimed, t("Then the one-to-one head keeps the best of what each object still has."));
    },
  },
  {
    key: "targets",
    name: t("Soft targets"),
    text: (result) => about(result, (s) => t("What stays is taught t = u · m / max m: at most {many} in the one-to-many head, {one} in the one-to-one head.", { many: three(greatest(s.heads[0].tFinal, s.n)), one: three(greatest(s.heads[1].tFinal, s.n)) })),
  },
];

function about(result, words) {
  if (result.selected) return words(result.selected);
  return result.objects ? t("Choose an object to follow its assignment.") : t("No object yet: its assignment will be told here.");
}

function greatest(values, n) {
  let most = 0;
  for (let i = 0; i < n; i += 1) most = Math.max(most, values[i]);
  return most;
}
