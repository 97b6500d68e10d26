// The candidates of the chosen object as rows: for the table, for the CSV and for whoever reads instead of looks.

import { overlapName } from "./explain.js";
import { rulesOf } from "../engine/rules.js";
import { tableCSV } from "../kit/csv.js";
import { t } from "../kit/words.js";

/** What rules are called where they are chosen, and what they are, in one sentence. */
export const RULE_NAMES = {
  paper: [t("paper"), t("IoU, u* as the paper writes it, no conflicts")],
  code: [t("code"), t("CIoU clamped at 0, the picks’ own overlap, conflicts resolved, as THU-MIG’s 2024 code does")],
  yolo26: ["YOLO26", t("as ultralytics trains YOLO26: the code’s rules, but the one-to-one head selects 7, conflicts are settled, and the best that is left is kept; a side shorter than 16 network pixels counts as 16")],
};

/** Rows of the candidates' table, sorted: {rows, total}; anchors that are no candidate of either head stand last. */
export function candidateRows(engine, result, { sort = "rank", descending = false, offset = 0, limit = Infinity } = {}) {
  const { selected } = result;
  if (!selected) return { rows: [], total: 0 };
  const worth = rowSorter(engine.payload, selected, sort);
  const positions = Array.from({ length: selected.n }, (_, i) => i);
  const turn = descending ? -1 : 1;
  const many = selected.heads[0].rank;
  const last = (rank) => rank || Infinity;
  positions.sort((i, j) => {
    const [a, b] = [worth(i), worth(j)];
    if (a !== b) {
      if (a === Infinity || b === Infinity) return a === Infinity ? 1 : -1;
      return a < b ? -turn : turn;
    }
    return last(many[i]) === last(many[j]) ? i - j : last(many[i]) - last(many[j]);
  });
  return { rows: positions.slice(offset, offset + limit).map((position) => rowAt(engine.payload, result, position)), total: selected.n };
}

function rowSorter(payload, { anchors, heads: [many, one] }, sort) {
  const values = { p: many.p, p1: one.p, u: many.u, u1: one.u, m: many.logM, m1: one.logM, t: many.tFinal, t1: one.tFinal };
  if (values[sort]) return (i) => values[sort][i];
  if (sort === "rank" || sort === "rank1") {
    const { rank } = sort === "rank" ? many : one;
    return (i) => rank[i] || Infinity;
  }
  if (sort === "level") return (i) => payload.level[anchors[i]];
  return sort === "s" ? () => 1 : (i) => anchors[i];
}

function rowAt(payload, result, position) {
  const { selected } = result;
  const anchor = selected.anchors[position];
  const { name, column, row } = payload.cellOf(anchor);
  const [many, one] = selected.heads;
  return {
    anchor,
    position,
    rank: many.rank[position],
    rank1: one.rank[position],
    level: name,
    cell: `(${column}, ${row})`,
    s: 1,
    p: many.p[position],
    p1: one.p[position],
    u: many.u[position],
    u1: one.u[position],
    m: many.m[position],
    m1: one.m[position],
    logM: many.logM[position],
    logM1: one.logM[position],
    t: many.tFinal[position],
    t1: one.tFinal[position],
    state: rowState(result, 0, position, anchor),
    state1: rowState(result, 1, position, anchor),
  };
}

/** "positive", "lost to object 3", "passed over" (a better one was kept), "won in a conflict", "candidate" or "metric 0". */
function rowState(result, h, position, anchor) {
  const mine = result.each[result.selected.object].heads[h];
  for (let i = 0; i < mine.pickCount; i += 1) {
    if (mine.picks[i] !== anchor) continue;
    if (mine.kept[i]) return "positive";
    return mine.lostTo[i] < 0 ? "passed over" : `lost to object ${mine.lostTo[i] + 1}`;
  }
  for (let i = 0; i < mine.gainedCount; i += 1) if (mine.gained[i] === anchor) return "won in a conflict";
  return result.selected.heads[h].rank[position] ? "candidate" : "metric 0";
}

const CSV_COLUMNS = ["anchor", "level", "cell", "rank", "rank1", "s", "p", "p1", "u", "u1", "m", "m1", "logM", "logM1", "t", "t1", "state", "state1"];

/** All candidates as CSV; names ending in 1 are the one-to-one head's. Numbers in full precision. */
export function candidatesCSV(engine, result, caption = settingsLine(engine, result)) {
  return tableCSV(caption, CSV_COLUMNS, candidateRows(engine, result).rows.map((row) => CSV_COLUMNS.map((name) => row[name])));
}

/** Picture, detector, object and knobs in one line: the caption inside every picture that is taken away. */
export function settingsLine(engine, result) {
  const { knobs, settings } = result;
  const { name, detector } = engine.payload;
  const exponents = ({ alpha, beta }) => ({ alpha: alpha.toFixed(2), beta: beta.toFixed(2) });
  return [
    name,
    detector,
    result.object < 0 ? "" : t("object {object} of {all} ({name})", { object: result.object + 1, all: result.objects, name: result.each[result.object].name }),
    t("one-to-many α {alpha}, β {beta}, k {k}", { ...exponents(settings[0]), k: knobs.k }),
    knobs.locked
      ? t("one-to-one α {alpha}, β {beta} (locked, r {r})", { ...exponents(settings[1]), r: knobs.r.toFixed(2) })
      : t("one-to-one α {alpha}, β {beta} (unlocked)", exponents(settings[1])),
    knobs.shared ? t("shared predictions") : t("own predictions"),
    rulesWords(knobs),
  ].filter(Boolean).join(" · ");
}

function rulesWords(knobs) {
  const overlap = overlapName(knobs);
  const { picks, keep, leastSide } = rulesOf(knobs);
  const words = {
    code: t("code ({overlap})", { overlap }),
    paper: t("paper ({overlap})", { overlap }),
    yolo26: t("YOLO26 ({overlap}, one-to-one {picks} → conflicts → {keep}, sides of at least {side} px)", { overlap, picks, keep, side: leastSide }),
  };
  return words[knobs.mode];
}
