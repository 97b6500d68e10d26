// The first sight: one picture as three outputs of the same weights, alive under one slider; a question that wants an answer
// before it is given one; and doors. The outputs are those of the detections page, made by the same engine.

import { createPaths } from "../engine/paths.js";
import { payloadId, seedOf, unpack } from "../engine/payload.js";
import { asComponent } from "../kit/component.js";
import { createFrame } from "../kit/frame.js";
import { fitCanvas, readInk, setMark, setWords } from "../kit/ink.js";
import { paintOutcome } from "../kit/outcome.js";
import { watchPaper } from "../kit/paper.js";
import { readPicture } from "../kit/picture.js";
import { joined, spokenTag, t, tn } from "../kit/words.js";

const START_FILTER = { iou: 0.7, max: 300, agnostic: false };
const RIGHT_ANSWER = "2";
const LOUD = 0.6; // a place speaks up when it scores above this

/** Bring the fragment inside `root` (start.html) to life over the payload `bytes`. */
export function mountStart(root, bytes, options = {}) {
  const element = root.querySelector(".dvs");
  element.lang = spokenTag();
  const start = createStart(element, options);
  const ready = start.take(bytes).catch(start.fail);
  return { update: (next) => start.take(next).catch(start.fail), destroy: start.destroy, ready };
}

function createStart(root, options) {
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const figures = [...root.querySelectorAll("figure[data-path]")];
  const watch = new ResizeObserver(() => ask());
  const state = { conf: 0.25, shown: "free", guess: null, object: 0 };
  let payload = null;
  let picture = null;
  let engine = null;
  const frame = createFrame(["seen"], draw, { renders: 0, lastMs: 0, frames: [] });

  async function take(bytes) {
    const seed = seedOf(bytes);
    if (payloadId(bytes) !== payload?.id) {
      const fresh = unpack(bytes);
      picture = await readPicture(fresh);
      payload = fresh;
      engine = createPaths(payload);
      frame.open();
    }
    engine.setTruth(seed.own);
    state.object = seed.object;
    writeLanguage(seed.other);
    setWords(part("minutes"), t("{minutes} min for the first three", { minutes: seed.minutes }));
    ask();
  }

  /** The door into another language [key, its own name], where there is one to go to. */
  function writeLanguage(other) {
    const button = part("language");
    button.hidden = !other;
    if (!other) return;
    [button.lang, button.textContent] = [other[0].replace("_", "-"), other[1]];
    button.onclick = () => options.onAsk?.({ kind: "language", language: other[0], at: Date.now() });
  }

  function ask() {
    frame.mark("seen");
  }

  function draw() {
    setMark(root, "data-large", readInk(root).large);
    const ink = readInk(root);
    const result = engine.compute({ ...START_FILTER, conf: state.conf });
    const { width, height } = payload.picture;
    for (const path of result.paths) {
      const figure = figures.find((each) => each.dataset.path === path.key);
      setWords(root.querySelector(`[data-words=${path.key}]`), boxWords(path.n));
      setWords(root.querySelector(`[data-count=${path.key}]`), String(path.n));
      const canvas = figure.querySelector("canvas");
      setMark(canvas, "aria-label", `${figure.querySelector("h2").textContent}: ${boxWords(path.n)}`);
      const wide = figure.clientWidth;
      const context = wide && fitCanvas(canvas, wide, (wide * height) / width);
      if (context) paintPanel(context, wide / width, path, ink);
    }
    part("three").dataset.shown = state.shown;
    for (const button of root.querySelectorAll("[data-show]")) setMark(button, "aria-checked", String(button.dataset.show === state.shown));
    setWords(part("conf-words"), state.conf.toFixed(2));
    setWords(part("there"), tn("{n} object is there", "{n} objects are there", engine.truth.boxes.length));
    part("conf").value = state.conf;
    answer();
  }

  function paintPanel(context, scale, path, ink) {
    const { width, height } = payload.picture;
    context.clearRect(0, 0, width * scale, height * scale);
    context.globalAlpha = ink.dark ? 0.86 : 1;
    context.drawImage(picture.colour, 0, 0, width * scale, height * scale);
    context.globalAlpha = 1;
    paintOutcome(context, { width: width * scale, scale }, path, engine.truth, ink);
  }

  /** Scores of one head for the object's class at the anchor points inside its box, best first. */
  function scoresInside(head) {
    const [x1, y1, x2, y2] = engine.truth.boxes[state.object];
    const column = payload.columnOf(engine.truth.labels[state.object]);
    const { anchorPoints, anchors, classes } = payload;
    const scores = [];
    for (let a = 0; a < anchors; a += 1) {
      const [x, y] = [anchorPoints[2 * a], anchorPoints[2 * a + 1]];
      if (x > x1 && x < x2 && y > y1 && y < y2) scores.push(payload.heads[head].scores[a * classes.length + column]);
    }
    return scores.sort((a, b) => b - a);
  }

  function answer() {
    for (const button of root.querySelectorAll("[data-answer]")) {
      const { answer: own } = button.dataset;
      const mark = state.guess === null ? null : own === RIGHT_ANSWER ? "right" : own === state.guess ? "guess" : "other";
      setMark(button, "data-state", mark);
      setMark(button, "data-note", mark === "guess" ? t("your guess") : null);
      setMark(button, "aria-pressed", state.guess === null ? null : String(own === state.guess));
    }
    if (state.guess === null || !engine.truth.boxes.length) return setWords(part("reveal"), "");
    const [many, one] = [scoresInside(0), scoresInside(1)];
    const loud = many.filter((score) => score > LOUD).length;
    const fields = { loud, least: LOUD, best: one[0].toFixed(3), rest: roundedUp(one[1] ?? 0) };
    const words = t("Look at the jagged cell: the first head gives {loud} places a score above {least}. The second gives one place {best} and every other less than {rest}. No repeats, so nothing to delete.", fields);
    return setWords(part("reveal"), joined(state.guess === RIGHT_ANSWER ? t("Yes.") : t("Not that."), words));
  }

  function guess(value) {
    if (state.guess === null) state.guess = value;
    ask();
  }

  function onKey(event) {
    const outside = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || /^(TEXTAREA|SELECT)$/.test(outside.tagName ?? "")) return;
    if (outside.tagName === "INPUT" && outside.type !== "range") return;
    if (["1", "2", "3"].includes(event.key)) guess(event.key);
  }

  part("conf").addEventListener("input", (event) => {
    state.conf = Number(event.target.value);
    ask();
  });
  for (const button of root.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => {
      state.shown = button.dataset.show;
      ask();
    });
  }
  for (const button of root.querySelectorAll("[data-answer]")) button.addEventListener("click", () => guess(button.dataset.answer));
  for (const button of root.querySelectorAll("[data-door]")) {
    button.addEventListener("click", () => options.onAsk?.({ kind: "open", page: button.dataset.door, at: Date.now() }));
  }
  document.addEventListener("keydown", onKey);
  watch.observe(root);
  const forget = watchPaper(root, (printing) => (printing && payload ? frame.now() : ask()));

  function destroy() {
    watch.disconnect();
    forget();
    document.removeEventListener("keydown", onKey);
    frame.stop();
  }

  function fail(error) {
    setWords(part("reveal"), t("The pictures cannot be drawn: {reason}", { reason: error.message }));
    throw error;
  }

  return { take, destroy, fail };
}

function boxWords(n) {
  return n ? tn("{n} box", "{n} boxes", n) : t("no box scores this high");
}

/** The next number of one digit above a score, so that "less than" is true: 0.00013 → 0.0002. */
export function roundedUp(score) {
  if (!(score > 0)) return 1e-6;
  const step = 10 ** Math.floor(Math.log10(score));
  return Number(((Math.floor(score / step + 1e-9) + 1) * step).toPrecision(1));
}

export default asComponent(mountStart);
