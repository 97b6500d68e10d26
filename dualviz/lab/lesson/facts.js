// The numbers that a lesson's sentences name in braces: {rank}, {gap_before}, {a_rank_th}. Each is computed from the engine
// at the state of its step, so it holds for any picture. Behind a name may stand `_before` (the same at the knobs that the
// lesson begins with) and `_th` (a place: 7th).

import { cleanKnobs } from "../engine/knobs.js";
import { pickRows, suppress } from "../engine/nms.js";
import { FALSE, matchRows, remediesOf } from "../engine/outcomes.js";
import { createPaths } from "../engine/paths.js";
import { ordinal, plain, three } from "../kit/numbers.js";
import { fill, t } from "../kit/words.js";
import { rematched, rivals } from "./matchers.js";
import { createSnapshots } from "./snapshot.js";

const OUTPUTS = ["raw", "nms", "free"];
const AMOUNTS = [[0, "none"], [1, "one"], [2, "few"], [6, "many"]];
const AT_FLOOR = 1e-5; // what lies nearer to the floor is on it
const REPAIR = 0.5; // NMS IoU of a repair behind the one-to-one head
const PLAIN = String;
const KNOB = (value) => String(Number(value.toFixed(2)));
const SCORE = (value) => (value > 0 && value < 0.001 ? plain(value) : value.toFixed(3));
const WHOLE = (value) => String(Math.round(value));
const TIMES = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(1));

/** One-to-many values of the anchors that a lesson calls A and B; they stay the same anchors whatever the knobs do. */
const pair = (read) => ["A", "B"].map((name) => [name.toLowerCase(), (scene) => read(scene, scene.markAt(name))]);
const PAIR = {
  score: [SCORE, pair(({ many }, i) => many?.p[i] ?? NaN)],
  overlap: [SCORE, pair(({ many }, i) => many?.u[i] ?? NaN)],
  metric: [SCORE, pair(({ many }, i) => Math.exp(many?.logM[i] ?? NaN))],
  rank: [PLAIN, pair(({ many }, i) => many?.rank[i] ?? 0)],
};

const pulls = ({ now, many, markAt }) => {
  const [a, b] = [markAt("A"), markAt("B")];
  const { alpha, beta } = now.settings[0];
  return { score: alpha * (many?.logP(a) - many?.logP(b)), overlap: beta * (many?.logU(a) - many?.logU(b)) };
};
const metricOf = ({ many, markAt }, mark) => Math.exp(many?.logM[markAt(mark)] ?? NaN);
const lead = (scene) => {
  const { many } = scene;
  return (many?.logM[scene.markAt("A")] ?? NaN) - (many?.logM[scene.markAt("B")] ?? NaN);
};
/** Anchors of the object whose value in the one-to-many head, whose ranks stand on the picture, is another than before. */
const differing = (now, before, read) => {
  if (!now.chosen || !before.chosen) return 0;
  const [many, earlier] = [now, before].map(({ chosen }) => chosen.heads[0]);
  return now.chosen.anchors.filter((_, i) => read(many, i) !== read(earlier, i)).length;
};
const ofObject = (path, object) => path.match.truth.subarray(0, path.n).reduce((sum, g) => sum + (g === object), 0);
const objectsWith = ({ now }, test) => now.each.filter(test).length;
const offFloor = ({ gap }) => gap.value - gap.floor > AT_FLOOR;

/** name: [how it is written, its value in a scene]. */
const FACTS = {
  object: [PLAIN, ({ object }) => object + 1],
  objects: [PLAIN, ({ now }) => now.each.length],
  anchors: [PLAIN, ({ payload }) => payload.anchors],
  candidates: [PLAIN, ({ many }) => many?.order.length ?? 0],
  alpha: [KNOB, ({ now }) => now.settings[0].alpha],
  beta: [KNOB, ({ now }) => now.settings[0].beta],
  r: [KNOB, ({ now }) => now.knobs.r],
  k: [PLAIN, ({ now }) => now.knobs.k],
  alpha1: [KNOB, ({ now }) => now.settings[1].alpha],
  beta1: [KNOB, ({ now }) => now.settings[1].beta],
  overlap_name: [PLAIN, ({ now }) => (now.knobs.mode === "paper" ? "IoU" : "CIoU")],
  score_pull: [SCORE, (scene) => Math.abs(pulls(scene).score)],
  overlap_pull: [SCORE, (scene) => Math.abs(pulls(scene).overlap)],
  outweighs: [TIMES, (scene) => {
    const { score, overlap } = pulls(scene);
    const [light, heavy] = [Math.abs(score), Math.abs(overlap)].sort((a, b) => a - b);
    return heavy / light;
  }],
  stronger: [(key) => (key === "score" ? t("the score") : t("the overlap")), (scene) => {
    const { score, overlap } = pulls(scene);
    return Math.abs(score) > Math.abs(overlap) ? "score" : "overlap";
  }],
  winner: [(key) => ({ a: "A", b: "B" })[key] ?? "—", (scene) => (Math.abs(lead(scene)) < 1e-12 ? "c" : lead(scene) > 0 ? "a" : "b")],
  winner_metric: [SCORE, (scene) => metricOf(scene, lead(scene) >= 0 ? "A" : "B")],
  loser_metric: [SCORE, (scene) => metricOf(scene, lead(scene) >= 0 ? "B" : "A")],
  loser_rank: [PLAIN, (scene) => scene.many?.rank[scene.markAt(lead(scene) > 0 ? "B" : "A")] ?? 0],
  lead_percent: [WHOLE, (scene) => 100 * (Math.exp(Math.abs(lead(scene))) - 1)],
  alpha_tie: [three, ({ now, many, markAt }) => {
    const [a, b] = [markAt("A"), markAt("B")];
    return (-now.settings[0].beta * (many?.logU(a) - many?.logU(b))) / (many?.logP(a) - many?.logP(b));
  }],
  a_move: [PLAIN, ({ value }) => ["up", "same", "down"][1 + Math.sign(value("a_rank") - value("a_rank_before"))]],
  r1: [KNOB, ({ now: { settings } }) => settings[1].alpha / settings[0].alpha],
  r2: [KNOB, ({ now: { settings } }) => settings[1].beta / settings[0].beta],
  rank: [PLAIN, ({ own }) => own?.rankOfPick ?? 0],
  pick_score: [SCORE, ({ one }) => one?.p[one.order[0]] ?? NaN],
  pick_overlap: [SCORE, ({ one }) => one?.u[one.order[0]] ?? NaN],
  pick_metric: [SCORE, ({ one }) => Math.exp(one?.logM[one.order[0]] ?? NaN)],
  pick_score_many: [SCORE, ({ many, one }) => many?.p[one.order[0]] ?? NaN],
  pick_overlap_many: [SCORE, ({ many, one }) => many?.u[one.order[0]] ?? NaN],
  pick_second_score: [SCORE, ({ one }) => [...(one?.p ?? [])].sort((a, b) => b - a)[1] ?? NaN],
  first_score: [SCORE, ({ many }) => many?.p[many.order[0]] ?? NaN],
  first_overlap: [SCORE, ({ many }) => many?.u[many.order[0]] ?? NaN],
  first_metric: [SCORE, ({ many }) => Math.exp(many?.logM[many.order[0]] ?? NaN)],
  moved: [PLAIN, ({ own, before, object }) => ["rankOfPick", "first", "pick"].some((name) => own?.[name] !== before.each[object]?.[name])],
  ranks_moved: [PLAIN, ({ now, before }) => differing(now, before, ({ rank }, i) => rank[i])],
  metrics_moved: [PLAIN, ({ now, before }) => differing(now, before, ({ logM }, i) => logM[i])],
  picks_moved: [PLAIN, ({ now, before }) => now.each.filter(({ pick }, g) => pick !== before.each[g]?.pick).length],
  choice_place: [PLAIN, ({ own }) => (own?.rankOfPick === 1 ? "first" : "lower")],
  same_pick: [PLAIN, ({ own }) => own?.rankOfPick === 1],
  agree: [PLAIN, (scene) => objectsWith(scene, ({ rankOfPick }) => rankOfPick === 1)],
  agree_percent: [WHOLE, (scene) => (100 * objectsWith(scene, ({ rankOfPick }) => rankOfPick === 1)) / scene.now.each.length],
  gap: [three, ({ gap }) => gap.value],
  floor: [three, ({ gap }) => gap.floor],
  ceiling: [three, ({ gap }) => gap.ceiling],
  gap_over_floor: [three, ({ gap }) => gap.value - gap.floor],
  at_floor: [PLAIN, ({ gap }) => gap.value - gap.floor <= AT_FLOOR],
  off_floor: [PLAIN, ({ at, now }) => now.each.filter((_, g) => offFloor(at(now.knobs, g).chosen)).length],
  others_target: [three, ({ now, gap, many, one }) => gap.sum - (now.chosen && one.order.length ? many.t[one.order[0]] : NaN)],
  t_many_sum: [three, ({ gap }) => gap.sum],
  t_one: [SCORE, ({ now }) => now.chosen?.target ?? NaN],
  positives_many: [PLAIN, ({ own }) => own?.positives[0] ?? 0],
  positives_one: [PLAIN, ({ own }) => own?.positives[1] ?? 0],
  target_sum_many: [three, ({ now }) => now.targetSums[0]],
  target_sum_one: [three, ({ now }) => now.targetSums[1]],
  conf: [PLAIN, ({ filters }) => filters.conf],
  iou: [PLAIN, ({ filters }) => filters.iou],
  emptied: [PLAIN, ({ paths }) => (OUTPUTS.some((key) => paths[key].n) ? [...OUTPUTS].reverse().find((key) => !paths[key].n) ?? "none" : "none")],
  pairs: [PLAIN, ({ twins }) => twins.all.length],
  pair_overlap: [(value) => value.toFixed(2), ({ twins }) => twins.pair?.overlap ?? NaN],
  pair_first: [SCORE, ({ twins }) => twins.score(0)],
  pair_second: [SCORE, ({ twins }) => twins.score(1)],
  pair_kind: [(kind) => (kind === "two classes" ? t("one anchor under two classes") : t("two anchors")), ({ twins }) => twins.pair?.kind ?? ""],
  pair_nms: [PLAIN, ({ twins }) => twins.remedy(/NMS/)?.value ?? NaN],
  pair_cost: [PLAIN, ({ twins }) => Math.max(0, (twins.remedy(/NMS/)?.removes.length ?? 0) - 1)],
  pair_conf: [SCORE, ({ twins }) => twins.score(1)],
  pair_conf_cost: [PLAIN, ({ twins }) => Math.max(0, (twins.remedy(/confidence/)?.removes.length ?? 0) - 1)],
  repair_lost: [PLAIN, (scene) => repairOf(scene).lost.length],
  rivals: [PLAIN, (scene) => rivals(scene).length],
  rematched: [PLAIN, (scene) => rematched(scene).length],
  has_object: [PLAIN, ({ now }) => now.chosen !== null],
  has_pick: [PLAIN, ({ own }) => (own?.pick ?? -1) >= 0],
  has_pair: [PLAIN, (scene) => pulls(scene).score > 0 && pulls(scene).overlap < 0],
  differs: [PLAIN, ({ own }) => (own?.rankOfPick ?? 0) > 1],
  has_duplicate: [PLAIN, ({ twins }) => twins.all.length > 0],
  has_tradeoff: [PLAIN, ({ value }) => value("nms_missed_low") > value("nms_missed_high") && value("nms_duplicate_low") < value("nms_duplicate_high")],
  has_crowd: [PLAIN, ({ sweep }) => sweep.points.some(({ missed }) => missed > 0)],
};
for (const [name, [write, both]] of Object.entries(PAIR)) for (const [mark, value] of both) FACTS[`${mark}_${name}`] = [write, value];
for (const k of [1, 3, 5, 10]) {
  FACTS[`gap_k${k}`] = [three, ({ at, now, object }) => at({ ...now.knobs, k }, object).chosen?.gap.value ?? NaN];
  FACTS[`floor_k${k}`] = [three, ({ at, now, object }) => at({ ...now.knobs, k }, object).chosen?.gap.floor ?? NaN];
}
for (const key of OUTPUTS) {
  FACTS[`${key}_amount`] = [PLAIN, (scene) => AMOUNTS.findLast(([least]) => scene.paths[key].n >= least)[1]];
  FACTS[key] = [PLAIN, (scene) => scene.paths[key].n];
  FACTS[`${key}_object`] = [PLAIN, (scene) => ofObject(scene.paths[key], scene.object)];
  for (const count of ["found", "missed", "duplicate", "false"]) FACTS[`${key}_${count}`] = [PLAIN, (scene) => scene.paths[key].counts[count]];
}
for (const [h, head] of [[0, "many"], [1, "one"]]) {
  const pushes = (name) => ({ now }) => now.chosen?.pushes[h][name] ?? NaN;
  FACTS[`pushed_up_${head}`] = [PLAIN, pushes("up")];
  FACTS[`push_sum_${head}`] = [three, pushes("sum")];
  FACTS[`pushed_up_picture_${head}`] = [PLAIN, pushes("upInPicture")];
  FACTS[`push_sum_picture_${head}`] = [three, pushes("sumInPicture")];
}
for (const [end, iou] of [["low", 0.3], ["high", 0.9]]) {
  for (const count of ["missed", "duplicate"]) FACTS[`nms_${count}_${end}`] = [PLAIN, ({ filtered }) => filtered({ iou }).nms.counts[count]];
}

export const FACT_NAMES = Object.keys(FACTS);

/** Facts over one payload: `setTruth(truth)`, then `at(state)` gives a scene that answers by name.
 *  A state: {knobs, filters, object (index), marks {A, B: an anchor's part}, start (knobs), given {name: value}}. */
export function createFacts(payload) {
  const snapshots = createSnapshots(payload);
  const outputs = createPaths(payload);
  let outcomes = new Map();

  function filtered(filters) {
    const key = JSON.stringify(filters);
    if (!outcomes.has(key)) {
      if (outcomes.size > 40) outcomes = new Map();
      const result = outputs.compute(filters);
      outcomes.set(key, { result, ...Object.fromEntries(result.paths.map((path) => [path.key, path])) });
    }
    return outcomes.get(key);
  }

  function at({ knobs, filters, object, marks = {}, start = knobs, given = {} }) {
    const now = snapshots.of(cleanKnobs(knobs), object);
    const before = snapshots.of(cleanKnobs(start), object);
    const [many, one] = now.chosen ? now.chosen.heads.map(withLogs) : [null, null];
    const scene = {
      payload, now, before, object, filters, many, one,
      at: (other, g) => snapshots.of(cleanKnobs(other), g),
      own: now.each[object],
      gap: now.chosen?.gap ?? { sum: NaN, value: NaN, floor: NaN, ceiling: NaN },
      markAt: (name) => now.chosen?.anchors.indexOf(markedAnchor(before, marks[name])) ?? -1,
      filtered: (patch) => filtered({ ...filters, ...patch }),
      get paths() {
        return filtered(filters);
      },
      get sweep() {
        return outputs.thresholds(filtered(filters).result);
      },
      get twins() {
        return twinsOf(outputs, filtered(filters).free);
      },
    };
    const value = (name) => {
      if (name in given) return given[name];
      if (FACTS[name]) return FACTS[name][1](scene);
      if (name.endsWith("_th")) return value(name.slice(0, -3));
      if (name.endsWith("_before")) return at({ knobs: start, filters, object, marks, start, given: {} }).value(name.slice(0, -7));
      throw new Error(`a lesson names the fact ${name}, which nothing computes`);
    };
    const written = (name) => {
      const known = value(name);
      if (name.endsWith("_th")) return ordinal(known);
      if (typeof known === "number" && !Number.isFinite(known)) return three(known);
      return name in given ? String(known) : FACTS[name.replace(/_before$/, "")][0](known);
    };
    return Object.assign(scene, {
      value,
      written,
      markAnchor: (name) => markedAnchor(before, marks[name]),
      say: (sentence) => fill(sentence, written),
    });
  }

  return {
    at,
    outputs,
    setTruth(truth) {
      snapshots.setTruth(truth);
      outputs.setTruth(truth);
      outcomes = new Map();
    },
  };
}

function withLogs(head) {
  return { ...head, logP: (i) => Math.log(head.p[i]), logU: (i) => Math.log(head.u[i]) };
}

/** The anchor that plays a part for the chosen object: first, second (of the one-to-many order), pick, loudest; or −1. */
export function markedAnchor({ chosen }, part) {
  if (!chosen) return -1;
  const { anchors, heads: [many, one] } = chosen;
  if (part === "first") return anchors[many.order[0]] ?? -1;
  if (part === "second") return anchors[many.order[1]] ?? -1;
  if (part === "pick") return one.picks[0] ?? -1;
  if (part !== "loudest") return -1;
  const score = (anchor) => many.p[anchors.indexOf(anchor)];
  return many.picks.reduce((best, anchor) => (best < 0 || score(anchor) > score(best) ? anchor : best), -1);
}

/** NMS behind the one-to-one head: which of its rows are kept (0 or 1 each), and objects that it finds and that are lost with the others. */
export function repairOf({ paths }) {
  const { rows, n, match } = paths.free;
  const { kept, order } = suppress(rows, REPAIR, Infinity, false, n);
  const left = pickRows(rows, order);
  const after = matchRows(left, paths.result.truth);
  const found = (foundAt, count, g) => foundAt[g] >= 0 && foundAt[g] < count;
  const lost = [...match.foundAt.keys()].filter((g) => found(match.foundAt, n, g) && !found(after.foundAt, left.n, g));
  return { kept, lost };
}

/** Boxes of the one-to-one output that lie on each other; `pair`: of those that repeat an object the closest, else the first. */
function twinsOf(outputs, path) {
  const all = outputs.pairs(path);
  const repeats = ({ rows: [i, j] }) => path.match.outcome[i] !== FALSE && path.match.truth[i] === path.match.truth[j];
  const chosen = all.filter(repeats).sort((one, other) => other.overlap - one.overlap)[0] ?? all[0] ?? null;
  const remedies = chosen ? remediesOf(path.rows, path.n, chosen) : [];
  return {
    all,
    pair: chosen,
    score: (which) => (chosen ? path.rows.scores[chosen.rows[which]] : NaN),
    remedy: (name) => remedies.find(({ setting }) => name.test(setting)),
  };
}
