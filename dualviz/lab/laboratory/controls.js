// Sliders and switches. Each slider is a native range input with a number field for exact values; what is dragged turns the
// laboratory in the same frame, and only letting go tells Python.

import { RULE_NAMES } from "./rows.js";
import { setMark, setWords } from "../kit/ink.js";
import { MODES, RANGES, VIEW, defaultKnobs } from "../engine/knobs.js";
import { joined, t } from "../kit/words.js";

const SLIDERS = ["alpha", "beta", "k", "r"];
const UNLOCKED = ["alpha1", "beta1"];
const SLIDER_WORDS = {
  alpha: t("score"),
  beta: t("overlap"),
  k: t("taught"),
  r: t("ratio"),
  alpha1: t("one-to-one"),
  beta1: t("one-to-one"),
};
const SLIDER_LABELS = {
  alpha: t("α, weight of the score"),
  beta: t("β, weight of the overlap"),
  k: t("k, positives per object of the one-to-many head"),
  r: t("r, one-to-one exponents over one-to-many"),
  alpha1: t("one-to-one α′, weight of the score"),
  beta1: t("one-to-one β′, weight of the overlap"),
};
const LAYER_NAMES = { m: ["m", t("metric m")], p: ["p", t("score p")], u: ["IoU", t("overlap")], s: ["s", t("inside or not")], t: ["t", t("soft target t")], b: ["BCE", t("how much each anchor still has to learn of the object’s class")], g: [t("push"), t("σ(z) − t: whose score is pushed up, whose down")], none: [t("picture"), t("no heat")] };
let segmentCount = 0;
const HEAD_CHIPS = { one2many: t("one-to-many"), one2one: t("one-to-one"), both: t("both") };

export function createControls(lab) {
  const row = lab.part("sliders");
  const sliders = [...SLIDERS, ...UNLOCKED].map((name) => createSlider(lab, name));
  row.replaceChildren(...sliders.slice(0, SLIDERS.length).map(({ holder }) => holder));
  lab.part("sliders-unlocked").replaceChildren(...sliders.slice(SLIDERS.length).map(({ holder }) => holder));
  createDock(row);
  const levels = () => createSegment(lab, "level", levelNames(lab.payload), (level) => lab.setView({ level }));
  const segments = {
    layer: createSegment(lab, "layer", VIEW.layer.map((key) => [key, ...LAYER_NAMES[key]]), (layer) => lab.setView({ layer })),
    level: levels(),
    head: createSegment(lab, "head", VIEW.head.map((key) => [key, HEAD_CHIPS[key], key === "both" ? t("side by side") : t("heat of the {head} head", { head: HEAD_CHIPS[key] })]), (head) => lab.setView(head === "both" ? { head, zoom: true } : { head })),
    shared: createSegment(
      lab,
      "shared",
      [["own", t("its own"), t("Trained heads differ: each is ranked by its own scores and boxes")], ["shared", t("shared"), t("The paper’s analysis: the one-to-many head’s scores and boxes stand for both")]],
      (value) => lab.setKnobs({ shared: value === "shared" }),
    ),
    mode: createSegment(lab, "mode", MODES.map((mode) => [mode, ...RULE_NAMES[mode]]), (mode) => lab.setKnobs({ mode })),
  };
  const [log, zoom, heat] = ["log", "zoom", "heat"].map(lab.part);
  log.addEventListener("change", () => lab.setView({ log: log.checked }));
  zoom.addEventListener("change", () => lab.setView({ zoom: zoom.checked }));
  let layer = "m"; // what the switch brings back
  heat.addEventListener("change", () => lab.setView({ layer: heat.checked ? layer : "none" }));
  const lock = lab.root.querySelector('[data-do="lock"]');
  const law = lab.part("law");
  const subject = lab.part("subject");
  const table = lab.root.querySelector('[data-do="table"]');
  const large = lab.root.querySelector('[data-do="large"]');

  function write() {
    const { knobs, view, result } = lab;
    for (const slider of sliders) slider.show(result);
    segments.layer(view.layer);
    segments.level(view.level);
    segments.head(view.head);
    segments.shared(knobs.shared ? "shared" : "own");
    segments.mode(knobs.mode);
    if (view.layer !== "none") layer = view.layer;
    for (const [box, on] of [[log, view.log], [zoom, view.zoom], [heat, view.layer !== "none"]]) if (box.checked !== on) box.checked = on;
    setMark(lock, "aria-pressed", String(knobs.locked));
    setMark(lab.root, "data-locked", knobs.locked);
    setWords(lock, knobs.locked ? t("Locked: α′ = rα, β′ = rβ") : t("Unlocked: α′, β′ free"));
    setWords(law, lawSentence(result));
    setMark(table, "aria-pressed", String(view.table));
    setMark(large, "aria-pressed", String(view.large));
    setWords(subject, subjectWords(lab));
  }

  return {
    write,
    /** A new payload may have other levels. */
    renew() {
      segments.level = levels();
    },
    focus: (name) => sliders.find((slider) => slider.name === name)?.range.focus(),
  };
}

function subjectWords({ payload, options }) {
  const { name, detector } = payload;
  return options.standalone ? t("{name}, seen by {detector}.", { name, detector }) : t("{name}, seen by {detector}. Another picture, detector or truth: the arrows at the page’s upper left.", { name, detector });
}

/** On a phone the row is a dock: four values, a touch opens one slider above them, a second closes it. */
function createDock(row) {
  const holders = [...row.children];
  const open = (wanted) => {
    for (const holder of holders) {
      const now = holder === wanted && !holder.hasAttribute("data-open");
      setMark(holder, "data-open", now);
      setMark(holder.querySelector(".dv-dock"), "aria-expanded", String(now));
    }
  };
  for (const holder of holders) holder.querySelector(".dv-dock").addEventListener("click", () => open(holder));
  return open;
}

/** What the lock and the predictions mean together: the ranking law, in one sentence each. */
export function lawSentence({ knobs }) {
  const predictions = knobs.shared
    ? t("Shared: one head’s scores and boxes stand for both, as in the paper’s proof.")
    : t("Own: each head has its own scores and boxes, so the two orders may differ whatever the exponents.");
  if (!knobs.locked) return joined(t("Unlocked: the one-to-one head has its own α′, β′; its pick may change once α′ : β′ leaves α : β."), predictions);
  const r = knobs.r === 1 ? "r" : knobs.r.toFixed(2);
  const law = knobs.shared
    ? t("m′ = m^{r} keeps every order, as x^r rises with x: drag r, values move, ranks cannot.", { r })
    : t("The one-to-one head’s own metric to the power {r}, which keeps its order: drag r, values move, ranks cannot.", { r });
  return joined(law, predictions);
}

function levelNames(payload) {
  return [["all", t("all"), t("every place shows the best of its anchors")], ...payload.levels.map(({ name, stride }, i) => [String(i), name, t("stride {stride}", { stride })])];
}

function createSlider(lab, name) {
  const range = RANGES[name];
  const second = name.endsWith("1");
  const holder = document.createElement("div");
  holder.className = "dv-slider";
  holder.dataset.knob = name;
  const label = document.createElement("label");
  const symbol = document.createElement("span");
  symbol.className = "dv-slider-sym";
  symbol.dataset.sym = name.replace("1", "");
  symbol.dataset.headOf = second || name === "r" ? "1" : "0";
  symbol.textContent = range.symbol;
  const meaning = document.createElement("span");
  meaning.className = "dv-quiet";
  meaning.textContent = SLIDER_WORDS[name];
  label.append(symbol, " ", meaning);
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: range.min, max: range.reach, step: range.step, value: range.default });
  input.id = `dv-${name}`;
  label.htmlFor = input.id;
  input.setAttribute("aria-label", SLIDER_LABELS[name]);
  const number = document.createElement("input");
  Object.assign(number, { type: "number", min: range.min, max: range.max, step: range.step, value: range.default, className: "dv-number" });
  number.setAttribute("aria-label", t("exact value of {symbol}", { symbol: range.symbol }));
  const dock = document.createElement("button");
  Object.assign(dock, { type: "button", className: "dv-dock" });
  dock.setAttribute("aria-expanded", "false");
  const dockSymbol = document.createElement("i");
  dockSymbol.textContent = range.symbol;
  const dockValue = document.createElement("span");
  dock.append(dockSymbol, " ", dockValue);
  holder.append(dock, label, number, input);
  const digits = name === "k" ? 0 : 2;
  const paper = document.createElement("i");
  paper.className = "dv-default";
  paper.style.setProperty("--at", (range.default - range.min) / (range.reach - range.min));
  holder.append(paper);

  input.addEventListener("input", () => lab.turn(name, Number(input.value)));
  input.addEventListener("change", () => lab.release());
  input.addEventListener("dblclick", () => {
    lab.turn(name, range.default);
    lab.release();
  });
  input.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? range.step : range.key;
    lab.turn(name, lab.knobs[name] + way * step);
    lab.release();
  });
  number.addEventListener("change", () => {
    if (number.value !== "" && Number.isFinite(Number(number.value))) lab.turn(name, Number(number.value));
    number.value = lab.knobs[name].toFixed(digits);
    lab.release();
  });

  let held = "";
  function show(result) {
    const one = result.settings[1];
    const derived = lab.knobs.locked && second;
    const exact = derived ? (name === "alpha1" ? one.alpha : one.beta) : lab.knobs[name];
    const value = Math.max(range.min, exact);
    const off = derived || (name === "r" && !lab.knobs.locked);
    const state = `${value}|${off}`;
    if (state === held) return;
    held = state;
    const text = value.toFixed(digits);
    const reach = Math.max(range.reach, value);
    if (Number(input.max) !== reach) {
      input.max = String(reach);
      paper.style.setProperty("--at", (range.default - range.min) / (reach - range.min));
    }
    if (Number(input.value) !== value) input.value = String(value);
    setWords(dockValue, text);
    if (number.value !== text && lab.root.getRootNode().activeElement !== number) number.value = text;
    if (input.disabled !== off) {
      input.disabled = off;
      number.disabled = off;
      dock.disabled = off;
      setMark(holder, "data-off", off);
    }
    const share = (value - range.min) / (reach - range.min);
    input.style.setProperty("--at", share.toFixed(4));
    setMark(input, "aria-valuetext", `${range.symbol} ${text}`);
  }
  return { name, holder, range: input, show };
}

/** A row of radio buttons drawn as one segmented switch; returns what shows the chosen one. */
function createSegment(lab, name, options, choose) {
  const holder = lab.root.querySelector(`[data-seg="${name}"]`);
  const legend = holder.querySelector("legend");
  segmentCount += 1;
  const group = `dv-${name}-${segmentCount}`;
  const inputs = new Map();
  const items = options.map(([key, words, title]) => {
    const label = document.createElement("label");
    if (title) label.title = title;
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: group, value: key });
    input.addEventListener("change", () => choose(key));
    label.append(input, words);
    inputs.set(key, input);
    return label;
  });
  holder.replaceChildren(legend, ...items);
  let held = null;
  return (key) => {
    if (held === key) return;
    held = key;
    if (inputs.has(key)) inputs.get(key).checked = true;
  };
}

/** Knobs of the paper, with the switches as they are. */
export function paperKnobs(knobs) {
  return { ...defaultKnobs(), shared: knobs.shared, mode: knobs.mode };
}
