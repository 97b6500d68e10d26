// The keyboard: one table of keys that is both the handler and the list shown under "?". Keys act while the focus is in the
// laboratory, or on nothing. R and C stay Streamlit's own.

import { writeKeyList } from "../kit/ink.js";
import { MODES, VIEW } from "../engine/knobs.js";
import { t } from "../kit/words.js";

/** Each: keys (as KeyboardEvent.key), shown (words in the list), does, act(lab, actions, event). */
const KEYS = [
  { shown: "← → ↑ ↓", does: t("on a slider: move it (Shift: finest step). On the picture: walk from cell to cell") },
  { keys: ["n", "]"], shown: t("N or ]"), does: t("next object"), act: (lab) => lab.choose((lab.object + 1) % Math.max(1, lab.result.objects)) },
  { keys: ["p", "["], shown: t("P or ["), does: t("previous object"), act: (lab) => lab.choose((lab.object - 1 + Math.max(1, lab.result.objects)) % Math.max(1, lab.result.objects)) },
  { keys: ["0"], shown: "0", does: t("all levels"), act: (lab) => lab.setView({ level: "all" }) },
  { keys: ["3", "4", "5"], shown: "3 4 5", does: t("level P3, P4, P5"), act: (lab, _, event) => chooseLevel(lab, `P${event.key}`) },
  { keys: ["h"], shown: "H", does: t("heat of one-to-many, one-to-one, side by side"), act: (lab) => lab.setView(nextHead(lab)) },
  { keys: ["l"], shown: "L", does: t("next layer: m, p, overlap, s, t, BCE, push, picture"), act: (lab) => lab.setView({ layer: nextOf(VIEW.layer, lab.view.layer) }) },
  { keys: ["o"], shown: "O", does: t("heat on a log scale"), act: (lab) => lab.setView({ log: !lab.view.log }) },
  { keys: ["z"], shown: "Z", does: t("zoom to the object"), act: (lab) => lab.setView({ zoom: !lab.view.zoom }) },
  { keys: ["Enter"], shown: "Enter", does: t("on the picture: pin the anchor"), act: (lab) => lab.reading && lab.pin(lab.reading.anchor), only: "canvas" },
  { keys: ["Escape"], shown: "Esc", does: t("close More; let the anchor go; leave editing"), act: (lab, { leave }) => leave() },
  { keys: [" "], shown: "Space", does: t("play or stop the steps"), act: (lab, { steps }) => steps.toggle(), not: "button,summary,input,select" },
  { keys: [","], shown: ",", does: t("step back"), act: (lab, { steps }) => steps.by(-1) },
  { keys: ["."], shown: ".", does: t("step forward"), act: (lab, { steps }) => steps.by(1) },
  { keys: ["v"], shown: "V", does: t("next view: why, order, plane, gap"), act: (lab, { panel }) => panel() },
  { keys: ["f"], shown: "F", does: t("show or hide the formula"), act: (lab, { formula }) => formula() },
  { keys: ["m"], shown: "M", does: t("open or close More"), act: (lab, { more }) => more() },
  { keys: ["k"], shown: "K", does: t("lock or unlock α′ : β′"), act: (lab, { lock }) => lock() },
  { keys: ["s"], shown: "S", does: t("shared or own predictions"), act: (lab) => lab.setKnobs({ shared: !lab.knobs.shared }) },
  { keys: ["d"], shown: "D", does: t("next rules: THU-MIG’s 2024 code, paper, YOLO26"), act: (lab) => lab.setKnobs({ mode: nextOf(MODES, lab.knobs.mode) }) },
  { keys: ["e"], shown: "E", does: t("edit boxes: arrows move one, Shift + arrows resize"), act: (lab, { edit }) => edit() },
  { keys: ["Delete", "Backspace"], shown: "Delete", does: t("delete the chosen box while editing"), act: (lab, { editor }) => lab.tool === "edit" && editor.remove() },
  { keys: ["u"], shown: t("U or Ctrl Z"), does: t("undo (Ctrl Y: redo)"), act: (lab, { undo }) => undo() },
  { keys: ["x"], shown: "X", does: t("reset the knobs to the paper’s values"), act: (lab, { reset }) => reset() },
  { keys: ["t"], shown: "T", does: t("large type"), act: (lab) => lab.setView({ large: !lab.view.large }) },
  { keys: ["?"], shown: "?", does: t("show or hide this list"), act: (lab, { help }) => help() },
];

function nextOf(list, value) {
  return list[(list.indexOf(value) + 1) % list.length];
}

function nextHead(lab) {
  const head = nextOf(["one2many", "one2one", "both"], lab.view.head);
  return head === "both" ? { head, zoom: true } : { head };
}

function chooseLevel(lab, name) {
  const level = lab.payload.levels.findIndex((one) => one.name === name);
  if (level >= 0) lab.setView({ level: String(level) });
}

/** Listen on the laboratory, and on the page while nothing there has the focus; returns what stops listening. */
export function listenKeys(lab, actions) {
  writeKeyList(lab.part("help-list"), KEYS);

  function press(event) {
    const target = event.composedPath()[0];
    if (lab.part("help").open) {
      if (event.key !== "?") return;
      actions.help();
      event.preventDefault();
      return;
    }
    const typing = target.matches?.('input[type="number"], select, textarea, [contenteditable]');
    if (event.ctrlKey || event.metaKey) {
      const key = event.key.toLowerCase();
      if (typing || !["z", "y"].includes(key) || event.altKey) return;
      if (key === "z" && !event.shiftKey) actions.undo();
      else actions.redo();
    } else {
      if (event.altKey || typing) return;
      const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (arrows && target === lab.part("stage")) actions.editor.walk(...arrows, event.shiftKey);
      else {
        const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
        const one = KEYS.find(({ keys, only, not }) => keys?.includes(key) && !(only && !target.matches?.(only)) && !(not && target.matches?.(not)));
        if (!one || event.defaultPrevented) return;
        one.act(lab, actions, event);
      }
    }
    event.preventDefault();
    event.stopPropagation();
  }

  const onPage = (event) => {
    const idle = document.activeElement === document.body || document.activeElement === null;
    const asked = document.querySelector('[role="dialog"]'); // keys are for it
    if (idle && !asked && event.target === document.body) press(event);
  };
  lab.root.addEventListener("keydown", press);
  document.addEventListener("keydown", onPage);
  return () => document.removeEventListener("keydown", onPage);
}
