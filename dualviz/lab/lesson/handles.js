// The row under a lesson's picture: the few knobs that its step lets the hand turn, as sliders and switches.

import { setMark } from "../kit/ink.js";
import { t } from "../kit/words.js";
import { make } from "./rich.js";
import { controlOf } from "./steps.js";

const HANDLE_NAMES = {
  alpha: ["α", t("weight of the score")],
  beta: ["β", t("weight of the overlap")],
  r: ["r", t("both exponents of the second head, times r")],
  k: ["k", t("places taught per object")],
  alpha1: ["α′", t("second head’s weight of the score")],
  beta1: ["β′", t("second head’s weight of the overlap")],
  conf: ["", t("confidence")],
  iou: ["", t("NMS removes overlaps above")],
  max: ["", t("most boxes")],
};
const SWITCH_NAMES = {
  shared: t("one set of predictions for both heads"),
  locked: t("both heads weigh alike, α : β"),
  mode: t("rules of the paper"),
  agnostic: t("NMS across classes"),
};
let handleCount = 0;

/** A row for the named knobs; `turn(name, value)` is called while the hand moves. Returns {refresh(setting, start), first}. */
export function createHandles(holder, names, turn) {
  const handles = names.map((name) => (controlOf(name).kind === "range" ? slider(name, turn) : toggle(name, turn)));
  holder.replaceChildren(...handles.map(({ element }) => element));
  holder.hidden = !handles.length;
  return {
    refresh: (setting) => handles.forEach(({ name, show }) => show(setting[name])),
    first: handles[0]?.input ?? null,
  };
}

function slider(name, turn) {
  const { min, max, reach, step, key, default: start } = controlOf(name);
  const [symbol, meaning] = HANDLE_NAMES[name] ?? ["", name];
  handleCount += 1;
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min, max: reach, step, value: start, id: `dvl-${name}-${handleCount}` });
  const label = make("label", "", ...(symbol ? [make("b", "", symbol), " "] : []), make("span", "", meaning));
  label.htmlFor = input.id;
  const output = make("output");
  const whole = Number.isInteger(step);
  const clean = (value) => Math.min(max, Math.max(min, Number(value.toFixed(2))));
  input.addEventListener("input", () => turn(name, Number(input.value)));
  input.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    turn(name, clean(Number(input.value) + way * (event.shiftKey ? step : key)));
  });
  let held = NaN;
  function show(value) {
    if (value === held) return;
    held = value;
    if (Number(input.max) < value) input.max = String(max);
    input.value = String(value);
    const text = whole ? String(value) : value.toFixed(2);
    output.textContent = text;
    input.style.setProperty("--at", ((value - min) / (Number(input.max) - min)).toFixed(4));
    setMark(input, "aria-valuetext", `${symbol || meaning} ${text}`);
  }
  return { name, element: make("div", "dvl-slider", label, output, input), input, show };
}

function toggle(name, turn) {
  const input = document.createElement("input");
  input.type = "checkbox";
  const values = name === "mode" ? ["code", "paper"] : [false, true];
  input.addEventListener("change", () => turn(name, values[Number(input.checked)]));
  const show = (value) => {
    input.checked = value === values[1];
  };
  return { name, element: make("label", "dvl-switch", input, make("span", "", SWITCH_NAMES[name])), input, show };
}
