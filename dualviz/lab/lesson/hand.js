// What the reader's hand does on a step: knobs turned, anchors pointed at, and "Do it for me"; an act that the step asked for is
// done once the hand has come far enough.

import { setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";
import { actKnobs, isDone, settingAt } from "./steps.js";

const GLIDE = 700; // milliseconds in which "Do it for me" moves a knob

/** The hand over a live lesson: {knobs: what it has turned on this step, open() for another step, stop(), turn, touch, doIt}. */
export function createHand(live) {
  let glide = 0;
  const hand = { knobs: {}, open, stop, turn, touch, doIt };

  function open() {
    hand.knobs = {};
    live.pointed = [];
    live.cursor = -1;
  }

  function stop() {
    cancelAnimationFrame(glide);
  }

  /** Knobs and filters of this step before the hand came. */
  function start() {
    const { knobs, filters } = settingAt(live.lesson, live.way);
    return { ...knobs, ...filters };
  }

  function turn(name, value) {
    hand.knobs = { ...hand.knobs, [name]: value };
    const step = live.shownStep();
    live.ask();
    if (step.kind !== "act" || live.way.acted[step.id]) return;
    if (isDone(step.act, { now: { ...start(), ...hand.knobs }, start: start() })) acted(step, true);
  }

  /** Point at an anchor: for an act that asked for it, or to choose an answer. */
  function touch(anchor) {
    const step = live.shownStep();
    live.pointed = [...new Set([...live.pointed, anchor])];
    live.cursor = anchor;
    const commit = live.part("page").querySelector("[data-commit]");
    if (commit && live.way.guesses[step.id] === undefined) commit.disabled = anchor < 0;
    live.ask();
    if (step.kind === "act" && step.act.type === "point" && isDone(step.act, { pointed: live.pointed, anchors: anchorsOf(step) })) acted(step);
  }

  function anchorsOf(step) {
    const marks = Object.entries(ofStep(live.lesson, step, "marks") ?? {});
    return step.act.anchors.map((part) => live.scene.markAnchor((marks.find(([letter, own]) => letter === part || own === part) ?? [part])[0]));
  }

  function acted(step, keepsHand = false) {
    const turned = hand.knobs;
    live.way = { ...live.way, acted: { ...live.way.acted, [step.id]: true } };
    live.rebuilt();
    if (keepsHand) hand.knobs = turned;
    setWords(live.part("live"), t("Done."));
  }

  /** Do what a step asks, moving a knob in sight unless the reader wants nothing to move. */
  function doIt(step) {
    const [[name, to] = []] = Object.entries(actKnobs(step.act));
    const from = { ...start(), ...hand.knobs }[name];
    if (typeof to !== "number" || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      hand.knobs = {};
      acted(step);
      return;
    }
    const began = performance.now();
    const whole = Number.isInteger(to) && Number.isInteger(from) && name === "k";
    const tick = () => {
      const share = Math.min(1, (performance.now() - began) / GLIDE);
      const value = from + (to - from) * share;
      hand.knobs = { ...hand.knobs, [name]: whole ? Math.round(value) : Number(value.toFixed(2)) };
      live.ask();
      if (share < 1) glide = requestAnimationFrame(tick);
      else {
        hand.knobs = {};
        acted(step);
      }
    };
    tick();
  }

  return hand;
}
