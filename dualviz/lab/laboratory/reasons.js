// Reasons in words before numbers: one headline about the anchor looked at, and of each head whether it teaches it, and what
// decided that. The numbers behind every sentence stand in the formula strip and in the table.

import { capital, isPassedOver, sentence, targetSentence } from "./explain.js";
import { sameRatio } from "./summary.js";
import { taughtAnchor } from "../engine/head.js";
import { ordinal, plain } from "../kit/numbers.js";
import { TARGET_LAYERS } from "../engine/targets.js";
import { detectionsAsTruth } from "../engine/truth.js";
import { t } from "../kit/words.js";

const FAR_BEHIND = 100; // a score so many times the next: nothing else comes near

/** The one sentence about the anchor looked at, or about what is missing. `inspected`: it was pointed at. */
export function headline(engine, result, reading, inspected = false) {
  if (!result.objects) {
    return detectionsAsTruth(engine.payload, 1).boxes.length
      ? t("No object yet. Draw a box, or use the detections.")
      : t("No object yet. Draw a box round one.");
  }
  if (!result.selected) return t("Choose an object.");
  const each = result.each[result.object];
  const [many, one] = each.heads;
  if (each.missing) return t("The scores of this object’s class are not here yet.");
  if (!each.inside) return t("No anchor lies inside: the box is smaller than a cell.");
  if (many.empty && one.empty) return t("No anchor can learn this object.");
  if (inspected && reading && reading.anchor !== result.selected.pick) return anchorHeadline(reading);
  if (!one.pickCount) return t("The one-to-one head has no candidate here.");
  if (result.rules.keep !== null && !one.kept[0]) return keptHeadline(result, one);
  const { locked, shared, r } = result.knobs;
  if (locked && r !== 1) return t("Every m′ changed (m′ = m^{r}), and no rank did.", { r: r.toFixed(2) });
  const rank = result.selected.rankOfPick;
  if (shared && sameRatio(result.settings)) return t("One head’s predictions, one rule: both choose the same anchor first.");
  if (rank === 1) return t("Both heads put the same anchor first.");
  return rank
    ? t("The one-to-one head’s only choice is the other head’s {place}.", { place: ordinal(rank) })
    : t("The one-to-one head’s only choice is no candidate of the other head.");
}

/** Where the one-to-one head's first choice went to another object before the best was kept: what is kept instead. */
function keptHeadline({ selected }, one) {
  const fields = { object: one.lostTo[0] + 1, k: one.pickCount };
  const anchor = taughtAnchor(one);
  if (anchor < 0) return t("The one-to-one head’s first choice went to object {object}, and of its {k} none is left.", fields);
  const rank = selected.heads[1].rank[selected.anchors.indexOf(anchor)];
  return t("The one-to-one head’s first choice went to object {object}; of what is left it keeps its {place}.", { ...fields, place: ordinal(rank) });
}

function anchorHeadline({ s, enlarged, heads: [many, one] }) {
  if (!s) return enlarged ? t("This anchor lies outside the box, and outside the area for small objects: neither head may teach it.") : t("This anchor lies outside the box: neither head may teach it.");
  const places = { many: ordinal(many.rank), one: ordinal(one.rank) };
  if (many.rank && one.rank) return t("This anchor is {many} in the one-to-many head and {one} in the one-to-one head.", places);
  if (many.rank) return t("This anchor is {many} in the one-to-many head and no candidate of the other.", places);
  return one.rank ? t("This anchor is {one} in the one-to-one head and no candidate of the other.", places) : t("Neither head can take this anchor.");
}

/** Whether head h teaches this anchor the object, and its place: "One-to-many: taught here, 7th of 84". */
export function verdict(reading, h) {
  if (!reading) return h ? t("One-to-one") : t("One-to-many");
  const mine = reading.heads[h];
  const fields = { place: ordinal(mine.rank), count: mine.count, object: mine.lostTo + 1, k: mine.k };
  if (h === 0) {
    if (mine.gained) return t("One-to-many: left to it after a conflict");
    if (!mine.rank) return t("One-to-many: not a candidate");
    if (mine.kept) return t("One-to-many: taught here, {place} of {count}", fields);
    return mine.inTopK ? t("One-to-many: {place} of {count}, lost to object {object}", fields) : t("One-to-many: not taught here, {place} of {count}", fields);
  }
  if (mine.gained) return t("One-to-one: left to it after a conflict");
  if (!mine.rank) return t("One-to-one: not a candidate");
  if (mine.kept) return t("One-to-one: its only choice, {place} of {count}", fields);
  if (isPassedOver(mine)) return t("One-to-one: one of its {k}, {place} of {count}, but not the best", fields);
  if (mine.keep !== null) return mine.inTopK ? t("One-to-one: one of its {k}, {place} of {count}, lost to object {object}", fields) : t("One-to-one: not one of its {k}, {place} of {count}", fields);
  return mine.inTopK ? t("One-to-one: its choice, lost to object {object}", fields) : t("One-to-one: not its choice, {place} of {count}", fields);
}

/**
 * Why head h ranks this anchor as it does, in words, and the pull of score and overlap where they pull apart.
 *
 * Returns {words, tug}: tug is null, or {score, overlap}: their shares of the difference of log m, positive for this anchor and
 * negative for the winner.
 */
export function reason(engine, result, reading, h, layer = "m") {
  if (reading && TARGET_LAYERS.includes(layer)) return { words: targetSentence(engine, result, reading, h), tug: null };
  const mine = reading?.heads[h];
  const outside = !mine || !mine.rank || mine.gained || mine.kept === false;
  if (outside) return { words: sentence(engine, result, reading, h), tug: null };
  const view = result.selected.heads[h];
  if (mine.rank > 1) return againstWinner(result, view, h, reading.position);
  if (view.count === 1) return { words: t("No other anchor can learn this object."), tug: null };
  return againstNext(result, view, h);
}

/** The two pulls on log m between anchors i and j: α·Δlog p and β·Δlog u. */
function pulls(result, view, h, i, j) {
  const { alpha, beta } = result.settings[h];
  return { score: alpha * (view.logP[i] - view.logP[j]), overlap: beta * (view.logU[i] - view.logU[j]) };
}

function againstWinner(result, view, h, i) {
  const tug = pulls(result, view, h, i, view.order[0]);
  const { score, overlap } = tug;
  if (view.logM[i] === view.logM[view.order[0]]) return { words: t("It ties with the winner; a tie goes to the lower anchor number."), tug: null };
  const times = outweighed(tug);
  if (score > 0 && overlap < 0) return { words: t("Its score is better than the winner’s, its overlap worse, and overlap outweighed score {times} to 1.", { times }), tug };
  if (score < 0 && overlap > 0) return { words: t("Its overlap is better than the winner’s, its score worse, and score outweighed overlap {times} to 1.", { times }), tug };
  if (score === 0) return { words: t("Its score equals the winner’s, and its overlap is worse."), tug: null };
  if (overlap === 0) return { words: t("Its overlap equals the winner’s, and its score is worse."), tug: null };
  return { words: t("Both its score and its overlap are worse than the winner’s."), tug: null };
}

function againstNext(result, view, h) {
  const [best, next] = view.order;
  const tug = pulls(result, view, h, best, next);
  const { score, overlap } = tug;
  const scores = { mine: plain(view.p[best]), other: plain(view.p[next]) };
  if (view.logM[best] === view.logM[next]) return { words: t("It ties with the next; a tie goes to the lower anchor number."), tug: null };
  if (view.p[best] > FAR_BEHIND * view.p[next]) return { words: t("It scores {mine} here. Its runner-up scores {other}, so nothing else comes near.", scores), tug: null };
  const times = outweighed(tug);
  if (score > 0 && overlap < 0) return { words: t("Its overlap is worse than the runner-up’s, its score better, and score outweighed overlap {times} to 1.", { times }), tug };
  if (score < 0 && overlap > 0) return { words: t("Its score is worse than the runner-up’s, its overlap better, and overlap outweighed score {times} to 1.", { times }), tug };
  if (score === 0) return { words: t("Its score equals the runner-up’s, and its overlap is better."), tug: null };
  if (overlap === 0) return { words: t("Its overlap equals the runner-up’s, and its score is better."), tug: null };
  return { words: t("It beats the runner-up in score and in overlap."), tug: null };
}

/** By how much the heavier pull outweighs the lighter: "3.3", "12". */
function outweighed({ score, overlap }) {
  const times = Math.max(Math.abs(score), Math.abs(overlap)) / Math.min(Math.abs(score), Math.abs(overlap));
  return times < 10 ? times.toFixed(1) : times < 1000 ? times.toFixed(0) : t("more than 1000");
}

/** What a tug of war shows of two pulls: whose each is. `first`: this anchor is the winner, and the other its runner-up. */
export function tugWords({ score, overlap }, first) {
  const own = t("score, for this one");
  if (first) return score > 0 ? [own, t("overlap, for the runner-up")] : [t("score, for the runner-up"), t("overlap, for this one")];
  return score > 0 ? [own, t("overlap, for the winner")] : [t("score, for the winner"), t("overlap, for this one")];
}

/** What the key says of a head: how many anchors it teaches the chosen object. */
export function taughtWords(result, h, short) {
  const mine = result.selected ? result.each[result.object].heads[h] : null;
  if (!mine) return h ? t("one-to-one") : t("one-to-many");
  const n = mine.keptCount + mine.gainedCount;
  if (short) return t("{count} taught", { count: n });
  return h ? t("one-to-one, {count} taught", { count: n }) : t("one-to-many, {count} taught", { count: n });
}
