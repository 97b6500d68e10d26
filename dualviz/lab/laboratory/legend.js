// What stands round the stage in words: the list of objects with what is amiss with each, and the scale that says what the
// heat shows and how far it reaches.

import { objectFlag } from "./summary.js";
import { taughtWords } from "./reasons.js";
import { three, threeOfLog } from "../kit/numbers.js";
import { heatTop } from "./heat.js";
import { scaleGradient, setMark, setWords } from "../kit/ink.js";
import { TARGET_LAYERS, targetsOf } from "../engine/targets.js";
import { MODES } from "../engine/knobs.js";
import { RULE_NAMES } from "./rows.js";
import { t } from "../kit/words.js";

const LAYER_WORDS = { m: t("fit m"), p: t("score p"), u: t("overlap"), s: t("inside (s = 1)"), t: t("soft target t"), b: "BCE", g: t("push σ(z) − t"), none: t("no heat") };
const SHORT_WORDS = { m: "m", p: "p", u: "u", s: "s", t: "t", b: "BCE", g: t("push"), none: "" };

/** What the stage's heat shows and how far its scale reaches: {low, high, name, short}. */
export function scaleWords({ view, result, payload }) {
  const { layer, log } = view;
  const h = view.head === "one2one" ? 1 : 0;
  const whose = layer === "none" || (layer === "m" && view.head === "one2many") ? "" : `, ${view.head === "both" ? t("each head") : h ? t("one-to-one") : t("one-to-many")}`;
  const least = log ? t("≤ 10⁻⁴ of") : "0";
  const name = LAYER_WORDS[layer] + whose;
  const short = SHORT_WORDS[layer];
  if (TARGET_LAYERS.includes(layer)) {
    const targets = targetsOf(payload, result);
    const most = targets ? three(targets.most[layer]) : "—";
    const of = targets ? t("{layer} of class {name}", { layer: LAYER_WORDS[layer], name: result.each[result.object].name }) : LAYER_WORDS[layer];
    const taught = `${of}${whose}${layer === "g" && log ? `, ${t("log over 4 decades")}` : ""}`;
    if (layer === "b") return { low: least, high: t("max BCE {most}", { most }), name: taught, short };
    return { low: targets ? t("△ up −{most}", { most }) : t("△ up"), high: targets ? t("+{most} down ▽", { most }) : t("down ▽"), name: taught, short };
  }
  const heads = view.head === "both" ? [0, 1] : [h];
  const best = result.selected ? heads.map((one) => threeOfLog(heatTop(result, one, "m"))).join(" | ") : "—";
  return { low: least, high: layer === "m" ? best : "1", name, short };
}

/** What the stage's marks mean: {many, one, truth, others, lost, contested}, null for those that do not stand there. */
export function keyWords(result, narrow) {
  const mine = result.selected ? result.each[result.object].heads : [];
  const lost = mine.some((head) => head.lostCount > 0);
  const one = mine[1];
  const beside = one ? one.pickCount - one.lostCount - one.keptCount : 0; // selected, left by conflicts, and yet not kept
  return {
    many: taughtWords(result, 0, narrow),
    one: taughtWords(result, 1, narrow),
    truth: result.from ? t("own output") : t("true box"), // what stands for truth is not called so
    others: beside > 0 ? (narrow ? t("{count} more", { count: beside }) : t("{count} not kept", { count: beside })) : null,
    lost: lost ? t("lost") : null,
    contested: lost || mine.some((head) => head.gainedCount) ? t("contested") : null,
  };
}

/** The key on the picture, the object's plate above it. */
export function createLegend(lab) {
  const scale = lab.part("scale");
  const [low, high, name] = ["scale-low", "scale-high", "scale-name"].map(lab.part);
  const taught = ["key-many", "key-one"].map(lab.part);
  const [truth, others, rules] = ["key-truth", "key-others", "rules"].map(lab.part);
  const rare = new Map([...lab.root.querySelectorAll("[data-key]")].map((item) => [item.dataset.key, item]));
  const select = lab.part("object");
  const colours = scale.querySelector("i");
  const gradients = { heat: scaleGradient(false), push: scaleGradient(true) };
  let listed = null;
  select.addEventListener("change", () => lab.choose(Number(select.value)));

  function write(dirty) {
    if (dirty.view || dirty.knobs || dirty.object || dirty.layout || dirty.truth) writeKey(lab);
    if (dirty.object || dirty.layout) writeRules(lab);
    if (dirty.object || dirty.truth || dirty.settled) writeObjects(lab);
  }

  function writeKey({ view, result, narrow }) {
    const words = scaleWords(lab);
    setWords(name, narrow ? words.short : words.name);
    setWords(low, narrow ? "" : words.low);
    setWords(high, narrow ? "" : words.high);
    setMark(colours, "style", `background:${view.layer === "g" ? gradients.push : gradients.heat}`);
    if (scale.hidden !== (view.layer === "none")) scale.hidden = view.layer === "none";
    const key = keyWords(result, narrow);
    setWords(taught[0], key.many);
    setWords(taught[1], key.one);
    setWords(truth, key.truth);
    setWords(others, key.others ?? "");
    for (const [one, item] of rare) item.hidden = key[one] === null;
  }

  /** Which rules hold, where they are not the first. */
  function writeRules({ result: { knobs }, narrow }) {
    rules.hidden = knobs.mode === MODES[0];
    const [words, meaning] = RULE_NAMES[knobs.mode];
    setWords(rules, narrow ? words : t("Rules: {name}", { name: words }));
    setMark(rules, "title", meaning);
  }

  function writeObjects({ result, object }) {
    const words = result.each.map((each, g) => {
      const flag = objectFlag(each);
      const place = t("Object {object} of {all}", { object: g + 1, all: result.objects });
      return flag ? `${place} · ${flag}` : place;
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
