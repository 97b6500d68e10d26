// Sliders of the detections page, and its keyboard: one table of keys that is both the handler and the list under "?".

import { setMark, writeKeyList } from "../kit/ink.js";
import { FILTER_SLIDERS, settingWords } from "./state.js";
import { t } from "../kit/words.js";

/** A native range input with a number field; what is dragged acts in the same frame, letting go tells Python. */
export function createFilterSlider(page, name) {
  const range = FILTER_SLIDERS[name];
  const holder = document.createElement("div");
  holder.className = "dv-slider";
  holder.dataset.knob = name;
  const label = document.createElement("label");
  label.htmlFor = `dvd-${name}`;
  const title = document.createElement("strong");
  title.textContent = range.label;
  const words = document.createElement("span");
  words.className = "dv-quiet";
  words.textContent = range.words;
  label.append(title, " ", words);
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: range.min, max: range.max, step: range.step, id: `dvd-${name}` });
  input.setAttribute("aria-label", `${range.label}, ${range.words}`);
  const number = document.createElement("input");
  Object.assign(number, { type: "number", min: range.min, max: range.max, step: range.step, className: "dv-number" });
  number.setAttribute("aria-label", t("exact value of {symbol}", { symbol: range.label }));
  const tick = document.createElement("i");
  tick.className = "dv-default";
  tick.style.setProperty("--at", (range.default - range.min) / (range.max - range.min));
  holder.append(label, number, input, tick);
  input.addEventListener("input", () => page.turn(name, range.hand * Math.round(Number(input.value) / range.hand)));
  input.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    page.turn(name, range.hand * (Math.round(page.settings[name] / range.hand) + way));
    page.release();
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("change", () => page.release());
  input.addEventListener("dblclick", () => page.set({ [name]: name === "conf" ? page.start : range.default }));
  number.addEventListener("change", () => {
    if (number.value !== "") page.turn(name, Number(number.value));
    number.value = settingWords(name, page.settings[name]);
    page.release();
  });
  let held = null;
  return {
    holder,
    show() {
      const value = page.settings[name];
      if (value === held) return;
      held = value;
      if (Number(input.value) !== value) input.value = String(value);
      if (page.root.getRootNode().activeElement !== number) number.value = settingWords(name, value);
      input.style.setProperty("--at", ((value - range.min) / (range.max - range.min)).toFixed(4));
      setMark(input, "aria-valuetext", settingWords(name, value));
    },
  };
}

/** A check box for one of the settings that are on or off. */
export function createToggle(page, name, words, title) {
  const holder = document.createElement("label");
  holder.className = "dv-check";
  holder.title = title;
  const input = document.createElement("input");
  input.type = "checkbox";
  input.dataset.part = name;
  input.addEventListener("change", () => page.set({ [name]: input.checked }));
  holder.append(input, " ", words);
  return {
    holder,
    show() {
      if (input.checked !== page.settings[name]) input.checked = page.settings[name];
    },
  };
}

const DETECTION_KEYS = [
  { shown: "← →", does: t("on a slider: move it. On an output: walk through its boxes by score; Enter takes one to the clinic") },
  { keys: ["+", "="], shown: "+", does: t("zoom in"), act: (doing) => doing["zoom-in"]() },
  { keys: ["-"], shown: "−", does: t("zoom out"), act: (doing) => doing["zoom-out"]() },
  { keys: ["0"], shown: "0", does: t("whole picture"), act: (doing) => doing["zoom-all"]() },
  { keys: [","], shown: ",", does: t("NMS: one step back"), act: (doing) => doing["step-back"]() },
  { keys: ["."], shown: ".", does: t("NMS: one step forward"), act: (doing) => doing["step-on"]() },
  { keys: [" "], shown: "Space", does: t("NMS: play or stop"), act: (doing) => doing.play(), not: "button,summary,input,select" },
  { keys: ["a"], shown: "A", does: t("class-agnostic NMS on or off"), act: (doing) => doing.agnostic() },
  { keys: ["m"], shown: "M", does: t("NMS over several classes an anchor on or off"), act: (doing) => doing.multi() },
  { keys: ["x"], shown: "X", does: t("reset the sliders"), act: (doing) => doing.reset() },
  { keys: ["t"], shown: "T", does: t("large type"), act: (doing) => doing.large() },
  { keys: ["?"], shown: "?", does: t("show or hide this list"), act: (doing) => doing.help() },
];

/** Keys act while the focus is on this page's part, or on nothing; returns what stops listening. */
export function listenDetectionKeys(page, doing) {
  writeKeyList(page.part("help-list"), DETECTION_KEYS);
  function press(event) {
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.matches?.('input[type="number"], select, textarea, [contenteditable]')) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (page.part("help").open && key !== "?") return;
    const one = DETECTION_KEYS.find(({ keys, not }) => keys?.includes(key) && !(not && target.matches?.(not)));
    if (!one) return;
    one.act(doing);
    event.preventDefault();
    event.stopPropagation();
  }
  const onPage = (event) => {
    const idle = document.activeElement === document.body || document.activeElement === null;
    if (idle && event.target === document.body) press(event);
  };
  page.root.addEventListener("keydown", press);
  document.addEventListener("keydown", onPage);
  return () => document.removeEventListener("keydown", onPage);
}

