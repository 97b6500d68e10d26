// What a lesson says at a step: the facts of its picture there, its sentences with their numbers, its right answers.

import { createFacts } from "./facts.js";
import { ofStep, sentenceOf, settingAt } from "./steps.js";

/** The scenes of `live`'s lesson; `take` them anew with a payload, `setTruth` with a truth. */
export function createScenes(live) {
  let facts = null;

  /** The scene that the hand has before it: these knobs and filters, at a step. */
  function sceneWith({ knobs, filters }, step) {
    const { lesson } = live;
    return facts.at({
      knobs, filters,
      object: ofStep(lesson, step, "object") - 1,
      marks: ofStep(lesson, step, "marks"),
      start: beginning().knobs,
      given: live.foreign ? {} : lesson.facts,
    });
  }

  /** The settings before the first step. */
  function beginning() {
    return settingAt({ ...live.lesson, steps: [] }, { step: 0, acted: {} });
  }

  /** What the lesson says at a step, whatever the hand does on the page that is shown. */
  function sceneAt(step) {
    const index = live.lesson.steps.indexOf(step);
    const past = live.lesson.steps.slice(0, index + 1).filter(({ kind }) => kind === "act");
    const acted = Object.fromEntries(past.filter(({ id }) => id !== step.id || live.way.acted[id]).map(({ id }) => [id, true]));
    return sceneWith(settingAt(live.lesson, { step: index, acted }), step);
  }

  /** The scene where the answer of a step is decided: at the step that tells of it, else at its own. */
  function sceneOfAnswer(step) {
    return sceneAt(live.lesson.steps.find(({ kind, of }) => kind === "tell" && of === step.id) ?? step);
  }

  /** Whether this picture has what the lesson needs as it begins, and a step where it stands. */
  function offered(step) {
    return (live.lesson.needs ?? []).every(sceneWith(beginning(), {}).value) && (step.needs ?? []).every(sceneAt(step).value);
  }

  /** A lesson on the reader's own picture: its objects are such that its needs hold there, those that lie whole in the picture first.
   *  Where there is none, the lesson says so by itself. */
  function suited(lesson) {
    const before = live.lesson;
    const holds = (needs, scene) => (needs ?? []).every(scene.value);
    const fixed = lesson.steps.filter(({ object }) => object === undefined);
    const told = (g) => {
      live.lesson = { ...lesson, object: g + 1 };
      return holds(lesson.needs, sceneWith(beginning(), {})) && fixed.every((step) => holds(step.needs, sceneAt(step)));
    };
    const order = wholeFirst(live.truth.boxes, live.payload.picture);
    const first = order.find(told) ?? order[0] ?? 0;
    const steps = lesson.steps.map((step) => {
      if (step.object === undefined) return step;
      const other = order.find((g) => {
        const asked = { ...step, object: g + 1 };
        live.lesson = { ...lesson, object: first + 1, steps: lesson.steps.map((one) => (one === step ? asked : one)) };
        return g !== first && holds(step.needs, sceneAt(asked));
      });
      return { ...step, object: (other ?? first) + 1 };
    });
    live.lesson = before;
    return { ...lesson, object: first + 1, steps };
  }

  /** A sentence with the numbers of a step, marked up as setRich reads it. */
  function say(step, given) {
    const scene = sceneAt(step);
    return scene.say(sentenceOf(given, scene.value));
  }

  /** The same where only text can stand. */
  function sayPlain(step, given) {
    return say(step, given).replace(/\*\*|\^/g, "");
  }

  /** The right answer of a step in words, "" where there is none. */
  function answerOf(step) {
    const { type, options, right, right_key: fixed } = step.answer;
    if (type !== "choice") return right ? writtenOf(step) : "";
    const key = fixed ?? factsOf(step)(right);
    return sayPlain(step, options.find((option) => option.key === key)?.words ?? key);
  }

  function factsOf(step) {
    return sceneOfAnswer(step).value;
  }

  function writtenOf(step) {
    return sceneOfAnswer(step).written(step.answer.right);
  }

  return {
    sceneWith, suited, offered, factsOf, writtenOf, say, sayPlain, answerOf,
    take: (payload) => (facts = createFacts(payload)),
    setTruth: (truth) => facts.setTruth(truth),
  };
}

/** Indices of boxes: those that no edge of the picture cuts, then the others. */
function wholeFirst(boxes, { width, height }) {
  const whole = ([x1, y1, x2, y2]) => x1 > 1 && y1 > 1 && x2 < width - 1 && y2 < height - 1;
  return [...boxes.keys()].sort((one, other) => Number(whole(boxes[other])) - Number(whole(boxes[one])));
}
