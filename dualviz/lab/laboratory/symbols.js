// Every symbol on the page in words: what it is called, what it means under the present rules, and its present value.

import { overlapName } from "./explain.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { HEAD_NAMES } from "./summary.js";
import { t, tn } from "../kit/words.js";

/** Every symbol on the page: name, meaning, present value. */
export function symbols(reading, result, h) {
  const { alpha, beta, k, keep } = result.settings[h];
  const { knobs, selected, from } = result;
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
    topk: entry("Top-k", t("alignment"), t("is the one-to-one first choice among the one-to-many first 1, 5, 10, before conflicts"), alignmentWords(selected, from)),
  };
}

function priorMeaning({ leastSide }) {
  return leastSide
    ? t("1 where the anchor point lies strictly inside the true box, a side shorter than {side} network pixels counting as {side}, else 0", { side: leastSide })
    : t("1 where the anchor point lies strictly inside the true box, else 0");
}

const TOP_NAMES = ["Top-1", "Top-5", "Top-10"];

function alignmentWords(selected, from) {
  if (from) return t("not told here: a head's own detections stand for truth, which flatters it");
  return selected ? TOP_NAMES.map((name, i) => `${name} ${tick(selected.alignment[i])}`).join(" · ") : "—";
}

function tick(value) {
  return value === null ? "—" : value ? "✓" : "✗";
}
