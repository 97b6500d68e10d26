// The rank ladder: the one-to-many list as rungs 1 … k, best first, with the one-to-one pick on its rung. It answers at a
// glance where the pick of the one head stands in the order of the other; each rung points at its anchor.

import { setMark, setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";

/**
 * A ladder in `holder`, an ordered list (class dv-ladder). `lab` needs result, reading, inspected, inspect(anchor, stay) and
 * pin(anchor).
 */
export function createLadder(lab, { holder }) {
  const rungs = [];

  function rungAt(i) {
    if (rungs[i]) return rungs[i];
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("span"));
    item.append(button);
    holder.append(item);
    button.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && lab.inspect(Number(button.dataset.anchor)));
    button.addEventListener("pointerleave", () => lab.inspect(-1));
    button.addEventListener("focus", () => button.matches(":focus-visible") && lab.inspect(Number(button.dataset.anchor), true));
    button.addEventListener("click", () => lab.pin(Number(button.dataset.anchor)));
    rungs[i] = { item, button, number: button.firstChild };
    return rungs[i];
  }

  function write(dirty) {
    if (!dirty.knobs && !dirty.object && !dirty.hover) return;
    const shown = ladderRungs(lab.result);
    shown.forEach((rung, i) => {
      const { item, button, number } = rungAt(i);
      item.hidden = false;
      setWords(number, String(rung.rank));
      setMark(button, "data-anchor", String(rung.anchor));
      setMark(button, "data-state", rung.state);
      setMark(button, "data-pick", rung.pick);
      setMark(button, "data-long", rung.rank > 99);
      setMark(item, "data-beyond", rung.beyond);
      setMark(button, "aria-current", lab.inspected >= 0 && lab.reading?.anchor === rung.anchor ? "true" : null);
      setMark(button, "aria-label", rungWords(rung));
    });
    for (let i = shown.length; i < rungs.length; i += 1) rungs[i].item.hidden = true;
    setMark(holder, "data-many", shown.length > 12);
  }

  return { write };
}

/** The rungs of the chosen object: [{rank, anchor, state "kept" | "lost", pick, beyond}]; one more for a pick further down. */
export function ladderRungs({ selected, each, object }) {
  if (!selected) return [];
  const { picks, kept, pickCount } = each[object].heads[0];
  const rungs = [];
  for (let i = 0; i < pickCount; i += 1) {
    rungs.push({ rank: i + 1, anchor: picks[i], state: kept[i] ? "kept" : "lost", pick: picks[i] === selected.pick, beyond: false });
  }
  if (selected.rankOfPick > pickCount) rungs.push({ rank: selected.rankOfPick, anchor: selected.pick, state: "out", pick: true, beyond: true });
  return rungs;
}

/** What a screen reader hears: the number that is seen, and what its form tells. */
function rungWords({ rank, pick, state }) {
  if (pick) return state === "out" ? t("rank {rank}, the one-to-one choice, not taught in the one-to-many head", { rank }) : t("rank {rank}, and the one-to-one choice", { rank });
  return state === "lost" ? t("rank {rank}, lost to another object", { rank }) : t("rank {rank}", { rank });
}
