// The guided start: one sentence that says what to drag first, and three steps that tick themselves off as the hand does
// them. It points at the control it means, and can be put away.

import { GUIDE, firstSentence } from "./explain.js";
import { setMark, setWords } from "../kit/ink.js";

export function createGuide(lab) {
  const holder = lab.part("guide");
  const list = lab.part("guide-steps");
  const first = lab.part("first");
  const toggle = lab.root.querySelector('[data-do="guide"]');
  const done = new Set();
  const items = GUIDE.map(({ title, text, doing }, i) => {
    const item = document.createElement("li");
    const number = document.createElement("span");
    number.className = "dv-guide-number";
    number.textContent = String(i + 1);
    const name = document.createElement("b");
    name.textContent = title;
    const words = document.createElement("p");
    words.textContent = text;
    item.append(number, name, words);
    return { item, number, doing };
  });
  list.replaceChildren(...items.map(({ item }) => item));

  /** A knob was turned or a switch thrown: is it what a step asks for? */
  function did(name) {
    if (name === "r" && !lab.knobs.locked) return;
    if (name === "shared" && !lab.knobs.shared) return;
    if (!done.has(name)) done.add(name);
  }

  function write(dirty) {
    if ((dirty.object || dirty.view || dirty.settled) && !lab.editing) setWords(first, firstSentence(lab.engine, lab.result));
    const shown = lab.view.guide; // without truth too, so that nothing moves with the first box
    if (holder.hidden === shown) holder.hidden = !shown;
    setMark(toggle, "aria-pressed", String(lab.view.guide));
    const next = items.find(({ doing }) => !done.has(doing));
    for (const one of items) {
      const state = done.has(one.doing) ? "done" : one === next ? "next" : "later";
      setMark(one.item, "data-state", state);
      setMark(one.item, "aria-current", state === "next" ? "step" : null);
      setWords(one.number, state === "done" ? "✓" : String(items.indexOf(one) + 1));
    }
    const target = !shown || !next || !lab.result.objects ? "" : next.doing === "r" && !lab.knobs.locked ? "lock" : next.doing;
    if (lab.root.dataset.point !== target) lab.root.dataset.point = target;
  }

  return { did, write };
}
