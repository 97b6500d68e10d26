// The key of a lesson's stage: which marks are drawn now and what each means, in words.

import { t, tn } from "../kit/words.js";
import { lettersOf } from "./closeup.js";
import { make } from "./rich.js";

const MARKS = { picture: closeupMarks, order: closeupMarks, matching: closeupMarks, nms: sweepMarks, clinic: twinMarks, repair: repairMarks, gap: gapMarks, plane: planeMarks };

/** What is drawn on the stage: [{marks: names of signs, or a letter and its head; words}]. */
export function marksOf(live) {
  return MARKS[live.view]?.(live) ?? [];
}

/** A row of the key. */
export function markRow({ marks, words }) {
  return make("li", "", ...marks.map(signOf), make("span", "", words));
}

function signOf(mark) {
  const sign = make("i", "dvl-sign");
  if (/^.( |$)/.test(mark)) [sign.textContent] = mark;
  sign.dataset.mark = mark;
  return sign;
}

function closeupMarks({ scene, labels, pick, truth, whole, view }) {
  if (!truth.boxes.length || (!whole && !truth.boxes[scene.object])) return [];
  if (whole) {
    const choice = pick ? [{ marks: ["diamond"], words: t("the one-to-one choice") }] : [];
    const rivals = [{ marks: ["rival"], words: t("want the same anchor") }, { marks: ["instead"], words: t("Hungarian choice instead") }];
    return [...choice, ...(view === "matching" ? rivals : []), { marks: ["truth"], words: t("the true boxes") }];
  }
  const letters = lettersOf(scene).map(({ letter }) => letter);
  const rows = [];
  if (letters.length) rows.push({ marks: letters, words: t("two guesses of the first head, each with its box") });
  if (labels) rows.push({ marks: ["dot"], words: tn("{n} place taught for this object, numbered by rank", "{n} places taught for this object, numbered by rank", scene.many.picks.length) });
  if (pick) rows.push({ marks: ["diamond"], words: t("the one-to-one choice") });
  rows.push({ marks: ["truth"], words: t("the true box") });
  return rows;
}

function sweepMarks() {
  return [
    { marks: ["double"], words: t("an object said again") },
    { marks: ["∅"], words: t("an object missed, with its number") },
  ];
}

function twinMarks({ scene, asking }) {
  if (asking) return [{ marks: ["double"], words: t("an object said again") }, { marks: ["truth"], words: t("the true boxes") }];
  const two = scene.twins.pair?.kind === "two anchors";
  const places = scene.twins.pair ? [{ marks: two ? ["A one", "B one"] : ["A one"], words: two ? t("the places that drew the two boxes") : t("the place that drew both boxes") }] : [];
  return [...places, { marks: ["truth"], words: t("the true boxes") }];
}

function repairMarks({ unanswered }) {
  const boxes = unanswered ? t("the second head's boxes") : t("the second head's boxes that NMS leaves");
  const said = { marks: ["double"], words: t("an object said again") };
  const lost = { marks: ["∅"], words: t("an object lost, with its number") };
  return [{ marks: ["rival"], words: boxes }, unanswered ? said : lost];
}

function gapMarks() {
  return [
    { marks: ["many"], words: t("target in the first head, one-to-many") },
    { marks: ["one"], words: t("target in the second head, one-to-one") },
    { marks: ["faint"], words: t("taught alike by both: no part of the gap") },
  ];
}

function planeMarks({ pick, letters, scene, knobs }) {
  const ranks = scene.many?.rank ?? [];
  const other = letters?.find(({ position }) => ranks[position] > 1)?.letter;
  const dotted = other ? t("anchors as good as {letter}", { letter: other }) : pick && scene.own?.rankOfPick > 1 ? t("anchors as good as that choice") : "";
  return [
    { marks: ["dot"], words: t("an anchor taught for this object") },
    ...(pick ? [{ marks: ["diamond"], words: t("the one-to-one choice") }] : []),
    { marks: ["line"], words: t("anchors as good as the first") },
    ...(dotted ? [{ marks: ["line dotted"], words: dotted }] : []),
    ...(knobs.locked ? [] : [{ marks: ["line dashed"], words: t("anchors as good as that choice, by the one-to-one head's rule") }]),
  ];
}
