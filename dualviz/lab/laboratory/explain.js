// One anchor in words: the formula with its numbers, the chain m → rank → top-k → conflict → t, why it is or is not chosen, and
// what the loss does to it. Plain text; the view decides where it stands.

import { taughtAnchor } from "../engine/head.js";
import { rulesOf } from "../engine/rules.js";
import { targetsOf } from "../engine/targets.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { t } from "../kit/words.js";

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

/** "rank 3 of 84". */
export function rankWords({ rank, count }) {
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
 *  layer "b" "BCE 0.98: …". "" where a head is taught nothing. */
export function targetWords(engine, result, anchor, h, layer) {
  const targets = targetsOf(engine.payload, result);
  if (!targets || !(anchor >= 0)) return "";
  const { target, score, bce, push } = targets.heads[h];
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
