// What stands between a lesson's question and its answers: bars of score and overlap, the rule with its numbers, the tug of war,
// counts, the ladder in words, the gap, a table. Each is made once and refreshed with the scene.

import { setMark, setWords } from "../kit/ink.js";
import { t, tn } from "../kit/words.js";
import { lettersOf } from "./closeup.js";
import { make, setRich } from "./rich.js";

/** Blocks by the name that a step's `show` gives: () => {element, refresh(scene, lesson)}. */
export const EVIDENCE = { pair: pairBlock, rule: ruleBlock, tug: tugBlock, counts: countsBlock, ladder: ladderBlock, gap: gapBlock, table: tableBlock };

const LETTERS = ["A", "B"];

function chip(letter) {
  const mark = make("span", "dvl-chip", letter);
  mark.dataset.mark = letter;
  return mark;
}

function bar(letter) {
  const fill = make("i");
  const track = make("span", "dvl-bar", fill);
  track.dataset.mark = letter;
  return { track, show: (share) => fill.style.setProperty("width", `${(100 * Math.max(0, Math.min(1, share))).toFixed(1)}%`) };
}

function pairBlock() {
  const groups = [
    { fact: "score", title: t("Score"), meaning: t("how sure it is of the class") },
    { fact: "overlap", title: t("Overlap"), meaning: t("how well its box covers the true one") },
  ].map(({ fact, title, meaning }) => {
    const rows = LETTERS.map((letter) => {
      const { track, show } = bar(letter);
      const value = make("span", "dvl-value");
      return { letter, show, value, row: make("div", "dvl-row", chip(letter), track, value) };
    });
    return { fact, rows, group: make("div", "dvl-group", make("p", "dvl-caption", make("b", "", title), " ", make("span", "", meaning)), ...rows.map(({ row }) => row)) };
  });
  return {
    element: make("div", "dvl-pair", ...groups.map(({ group }) => group)),
    refresh(scene) {
      for (const { fact, rows } of groups) {
        const values = rows.map(({ letter }) => scene.value(`${letter.toLowerCase()}_${fact}`));
        rows.forEach(({ letter, show, value }, i) => {
          show(values[i]);
          setWords(value, scene.written(`${letter.toLowerCase()}_${fact}`));
          setMark(value, "data-more", values[i] > values[1 - i]);
        });
      }
    },
  };
}

function ruleBlock() {
  const lead = make("p", "dvl-caption");
  const rows = LETTERS.map((letter) => {
    const { track, show } = bar(letter);
    const sum = make("span", "dvl-sum");
    return { letter, show, sum, row: make("div", "dvl-row", chip(letter), sum, track) };
  });
  return {
    element: make("div", "dvl-rule", lead, ...rows.map(({ row }) => row)),
    refresh(scene) {
      setRich(lead, scene.say(t("**The rule** rank by score^α × overlap^β, with α = {alpha} and β = {beta}")));
      const most = Math.max(scene.value("a_metric"), scene.value("b_metric"));
      for (const { letter, show, sum } of rows) {
        const low = letter.toLowerCase();
        setRich(sum, scene.say(`{${low}_score}^({alpha}) × {${low}_overlap}^({beta}) = **{${low}_metric}**`));
        show((0.85 * scene.value(`${low}_metric`)) / most);
      }
    },
  };
}

function tugBlock() {
  const score = make("i");
  const overlap = make("i");
  const [left, right] = [make("span"), make("span")];
  score.dataset.pull = "score";
  overlap.dataset.pull = "overlap";
  const sides = make("div", "dvl-tug-bar", make("span", "dvl-left-half", score), make("span", "dvl-right-half", overlap));
  const element = make("div", "dvl-tug", sides, make("p", "dvl-tug-words", left, right));
  return {
    element,
    refresh(scene) {
      const pulls = ["score_pull", "overlap_pull"].map(scene.value);
      const most = Math.max(...pulls);
      score.style.width = `${(100 * pulls[0]) / most}%`;
      overlap.style.width = `${(100 * pulls[1]) / most}%`;
      setWords(left, t("score pulls to A"));
      setWords(right, t("overlap pulls to B"));
      setMark(element, "role", "img");
      setMark(element, "aria-label", scene.say(t("The score pulls to A by {score_pull}, the overlap to B by {overlap_pull}.")));
    },
  };
}

function countsBlock() {
  const cells = [["raw", t("first head")], ["nms", t("first head + NMS")], ["free", t("second head")]].map(([key, name]) => {
    const count = make("b");
    const cell = make("div", key === "free" ? "dvl-one" : "dvl-many", count, make("span", "", name));
    return { key, count, cell };
  });
  return {
    element: make("div", "dvl-counts", ...cells.map(({ cell }) => cell)),
    refresh(scene, { whole }) {
      for (const { key, count } of cells) setWords(count, scene.written(whole ? key : `${key}_object`));
    },
  };
}

function ladderBlock() {
  const list = make("ol", "dvl-ladder");
  const rest = make("p", "dvl-caption");
  return {
    element: make("div", "", make("p", "dvl-caption", make("b", "", t("Ranked by the first head"))), list, rest),
    refresh(scene) {
      if (!scene.many) return;
      const { many, now } = scene;
      const letters = new Map(lettersOf(scene).map(({ letter, position }) => [position, letter]));
      const pick = now.chosen.anchors.indexOf(scene.one.picks[0] ?? -1);
      const rungs = many.order.slice(0, now.knobs.k).map((position, i) => ({ rank: i + 1, position }));
      const text = JSON.stringify([rungs, [...letters], pick, many.logM[many.order[0]]]);
      if (list.dvShown === text) return;
      list.dvShown = text;
      list.replaceChildren(
        ...rungs.map(({ rank, position }) => {
          const item = make("li", "", make("span", "dvl-rank", String(rank)));
          if (letters.has(position)) item.append(chip(letters.get(position)));
          if (position === pick) item.append(make("span", "dvl-one", `◆ ${t("one-to-one choice")}`));
          item.append(make("span", "dvl-value", Math.exp(many.logM[position]).toFixed(3)));
          return item;
        }),
      );
      setWords(rest, scene.own.rankOfPick > now.knobs.k ? scene.say(t("The one-to-one choice is {rank_th}.")) : tn("of {n} candidate", "of {n} candidates", many.order.length));
    },
  };
}

function gapBlock() {
  const [floor, value] = [make("i", "dvl-gap-floor"), make("i", "dvl-gap-value")];
  const words = make("p", "dvl-caption");
  const number = make("b", "dvl-gap-number");
  return {
    element: make("div", "dvl-gap", make("p", "dvl-caption", make("b", "", t("Supervision gap")), " ", number), make("span", "dvl-gap-bar", floor, value), words),
    refresh(scene) {
      const { gap } = scene;
      const most = Math.max(scene.value("ceiling_before"), gap.ceiling) || 1;
      floor.style.width = `${(100 * gap.floor) / most}%`;
      value.style.width = `${(100 * Math.max(0, gap.value - gap.floor)) / most}%`;
      setWords(number, scene.written("gap"));
      setWords(words, scene.say(t("floor {floor}, ceiling {ceiling}")));
    },
  };
}

/** A cell of a table; a share of 100 % is a bar as well. */
function shareCell(text) {
  const cell = make("td", "", text);
  const share = /^([\d.]+)\s*%$/.exec(text);
  if (share) cell.style.setProperty("--dvl-share", `${share[1]}%`);
  return cell;
}

function tableBlock() {
  const element = make("div", "dvl-table");
  return {
    element,
    refresh(_, { lesson }) {
      if (element.firstChild || !lesson.table) return;
      const { head, rows, note, command } = lesson.table;
      const line = (cells, tag) => make("tr", "", ...cells.map((cell, i) => (i && tag === "td" ? shareCell(String(cell)) : make("th", "", String(cell)))));
      element.append(make("table", "", make("thead", "", line(head, "th")), make("tbody", "", ...rows.map((row) => line(row, "td")))));
      if (note) element.append(make("p", "dvl-caption", note));
      if (command) element.append(make("code", "", command));
    },
  };
}
