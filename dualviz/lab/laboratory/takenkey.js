// The keys of the laboratory's pictures that leave it: what their marks and colours mean, where the page says so beside them.

import { keyWords, scaleWords } from "./legend.js";
import { stageShows } from "./marks.js";
import { pickPosition, seenHeads } from "./planedomain.js";
import { scaleStops } from "../kit/ink.js";
import { ordinal } from "../kit/numbers.js";
import { t } from "../kit/words.js";

/** The stage's marks, as kit/markkey.js takes them. */
export function stageMarks({ result, view, ink }) {
  const words = keyWords(result, false);
  const shown = result.selected ? stageShows(view) : 0;
  const marks = [
    { mark: "dot", colour: ink.many, words: shown >= 2 && words.many },
    { mark: "diamond", colour: ink.one, words: shown >= 2 && words.one },
    { mark: "truth", words: result.selected && words.truth },
    { mark: "truths", words: result.objects > (result.selected ? 1 : 0) && (result.selected ? t("other objects") : words.truth) },
    { mark: "hollow", colour: ink.one, words: shown >= 2 && words.others },
    { mark: "cross", colour: ink.lost, words: shown >= 3 && words.lost },
    { mark: "rings", colour: ink.faint, words: shown >= 3 && words.contested },
  ];
  return marks.filter((mark) => mark.words);
}

/** What the stage's colours stand for, or null without heat. */
export function stageScale(lab) {
  const { layer, level } = lab.view;
  if (layer === "none" || !lab.result.selected) return null;
  const { low, high, name } = scaleWords(lab);
  const cells = level === "all" ? t("all levels") : t("level {level}", { level: lab.payload.levels[Number(level)].name });
  return { name: t("Heat: {name}, {cells}", { name, cells }), low, high, stops: scaleStops(layer === "g") };
}

/** The plane's marks and lines. */
export function planeMarks({ result, ink }) {
  const { selected, knobs, each, object } = result;
  if (!selected) return [];
  const [many, one] = selected.heads;
  const { pickCount } = each[object].heads[0];
  const both = seenHeads(result).length > 1;
  const at = pickPosition(result);
  const rank = at < 0 ? 0 : many.rank[at];
  const marks = [
    { mark: "dot", colour: ink.many, words: many.count > 0 && t("the best {count} of one-to-many", { count: pickCount }) },
    { mark: "circle", colour: ink.many, words: many.count > pickCount && t("another candidate") },
    { mark: "hollow", colour: ink.one, words: both && one.count > 0 && t("candidate of the one-to-one head") },
    { mark: "diamond", colour: ink.one, words: at >= 0 && t("one-to-one choice") },
    { mark: "corner", colour: ink.soft, words: many.count > 0 && t("corner of the hull") },
    { mark: "solid", colour: ink.many, words: many.count > 0 && t("as good as the 1st") },
    { mark: "dotted", colour: ink.many, words: rank > 1 && t("as good as the {place}", { place: ordinal(rank) }) },
    { mark: "dashed", colour: ink.one, words: !knobs.locked && one.count > 0 && t("as good as the one-to-one head’s own 1st") },
  ];
  return marks.filter((mark) => mark.words);
}
