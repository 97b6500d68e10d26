// The chosen object in words: how alike the heads rank, how large the gap is, what is amiss; and one line for screen readers.

import { rankWords, targetWords } from "./explain.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { joined, t, tn } from "../kit/words.js";

export const HEAD_NAMES = [t("one-to-many"), t("one-to-one")];

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
