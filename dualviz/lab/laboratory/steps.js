// The assignment in five steps, from the anchors inside a box to soft targets: what each step says, and playing them.

import { three } from "../kit/numbers.js";
import { setMark, setWords } from "../kit/ink.js";
import { joined, t, tn } from "../kit/words.js";

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

/** The assignment in five steps: play, step, or choose one. What a step shows on the stage is its layer. */
export function createSteps(lab) {
  const list = lab.part("steps");
  const words = lab.part("step-words");
  const play = lab.root.querySelector('[data-do="play"]');
  const layers = { candidates: "s", metric: "m", topk: "m", conflicts: "m", targets: "t" };
  const pace = 3600; // milliseconds: time for one spoken sentence
  let timer = 0;
  const buttons = STEPS.map(({ key, name }, i) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "dv-step";
    button.textContent = `${i + 1} ${name}`;
    button.addEventListener("click", () => {
      stop();
      go(i);
    });
    item.append(button);
    return { key, item, button };
  });
  list.replaceChildren(...buttons.map(({ item }) => item));

  const at = () => STEPS.findIndex(({ key }) => key === lab.view.step);
  function go(i) {
    const { key } = STEPS[Math.max(0, Math.min(STEPS.length - 1, i))];
    lab.setView({ step: key, layer: layers[key] });
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    setMark(play, "aria-pressed", "false");
    setWords(play, t("Play"));
  }
  function toggle() {
    if (timer) {
      stop();
      return;
    }
    go(at() === STEPS.length - 1 ? 0 : at() + 1);
    setMark(play, "aria-pressed", "true");
    setWords(play, t("Stop"));
    timer = setInterval(() => {
      if (at() === STEPS.length - 1) stop();
      else go(at() + 1);
    }, pace);
  }
  function write(dirty) {
    if (!dirty.knobs && !dirty.view && !dirty.object) return;
    for (const { key, button } of buttons) setMark(button, "aria-current", key === lab.view.step ? "step" : null);
    setWords(words, STEPS[Math.max(0, at())].text(lab.result));
  }
  return {
    write,
    toggle,
    stop,
    by(way) {
      stop();
      go(at() + way);
    },
  };
}
