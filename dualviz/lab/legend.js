// What stands round the stage in words: the list of objects with what is amiss with each, and the scale that says what the
// heat shows and how far it reaches.

import { objectFlag, threeOfLog } from "./explain.js";
import { heatTop } from "./heat.js";
import { heatGradient, setMark, setWords } from "./ink.js";

const LAYER_WORDS = { m: "metric m", p: "score p", u: "overlap", s: "inside (s = 1)", t: "soft target t", none: "no heat" };

export function createLegend(lab) {
  const scale = lab.part("scale");
  const [low, high, name] = ["scale-low", "scale-high", "scale-name"].map(lab.part);
  const select = lab.part("object");
  const zoom = lab.root.querySelector('[data-do="zoom"]');
  const large = lab.root.querySelector('[data-do="large"]');
  let listed = null;
  scale.querySelector("i").style.background = heatGradient();
  select.addEventListener("change", () => lab.choose(Number(select.value)));

  function write(dirty) {
    if (dirty.view || dirty.knobs || dirty.object) writeScale(lab);
    if (dirty.object || dirty.truth || dirty.settled) writeObjects(lab);
  }

  function writeScale({ view, result }) {
    const h = view.head === "one2one" ? 1 : 0;
    const best = result.selected ? threeOfLog(heatTop(result, h, "m")) : "—";
    setWords(low, view.log ? "≤ 10⁻⁴ of" : "0");
    setWords(high, view.layer === "m" ? `max m ${best}` : "1");
    const whose = view.layer === "none" ? "" : `, ${view.head === "both" ? "each head" : h ? "one-to-one" : "one-to-many"}`;
    setWords(name, LAYER_WORDS[view.layer] + whose);
    setMark(scale, "data-off", view.layer === "none");
    setMark(zoom, "aria-pressed", String(view.zoom));
    setMark(large, "aria-pressed", String(view.large));
  }

  function writeObjects({ result, object }) {
    const words = result.each.map((each, g) => {
      const flag = objectFlag(each);
      return `${g + 1} of ${result.objects} · ${each.name}${flag ? ` · ${flag}` : ""}`;
    });
    const joined = words.join("|");
    if (listed !== joined) {
      listed = joined;
      select.replaceChildren(
        ...words.map((text, g) => {
          const option = document.createElement("option");
          option.value = String(g);
          option.textContent = text;
          return option;
        }),
      );
    }
    select.disabled = words.length === 0;
    if (select.value !== String(object)) select.value = String(object);
  }

  return { write };
}
