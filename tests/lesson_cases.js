// Facts of lessons by case, for the tests: [{payload, truth, settings: [{knobs…}], object, marks}] → facts by name.

import { base64Bytes, unpack } from "../dualviz/lab/engine/payload.js";
import { createFacts } from "../dualviz/lab/lesson/facts.js";
import { isRight, sentenceOf, settingAt, splitSetting } from "../dualviz/lab/lesson/steps.js";

/** Values and written forms of `names` for each case; NaN as null. */
export function runFacts({ payload, truth, cases }) {
  const facts = createFacts(unpack(base64Bytes(payload)));
  facts.setTruth(truth);
  return cases.map(({ setting, start = {}, object, marks, names }) => {
    const scene = facts.at({ ...splitSetting(setting), object, marks, start: splitSetting(start).knobs });
    return { values: Object.fromEntries(names.map((name) => [name, scene.value(name)])), written: Object.fromEntries(names.map((name) => [name, scene.written(name)])) };
  });
}

/** Every step of lessons as a reader meets it who does what it asks: [{payload, truth, lesson}] → per lesson its steps, each
 *  {knobs, filters, needs, answer, right (whether that answer counts as right), said: sentences with their facts filled in}. */
export function runLessons(lessons) {
  return lessons.map(({ payload, truth, lesson }) => {
    const facts = createFacts(unpack(base64Bytes(payload)));
    facts.setTruth(truth);
    const start = settingAt({ ...lesson, steps: [] }, { step: 0, acted: {} }).knobs;
    const done = Object.fromEntries(lesson.steps.map(({ id }) => [id, true]));
    const sceneAt = (step, acted) => {
      const setting = settingAt(lesson, { step: lesson.steps.indexOf(step), acted });
      return facts.at({ ...setting, object: (step.object ?? lesson.object) - 1, marks: step.marks ?? lesson.marks, start, given: lesson.facts });
    };
    return lesson.steps.map((step) => {
      const scene = sceneAt(step, done);
      const decided = sceneAt(lesson.steps.find(({ kind, of }) => kind === "tell" && of === step.id) ?? step, done);
      const { answer } = step;
      const right = answer?.right_key ?? (answer?.right ? decided.value(answer.right) : null);
      const sentences = [step.title, step.words, step.verdict, step.because, ...Object.values(step.said ?? {}), ...(answer?.options ?? []).map(({ words }) => words)];
      return {
        knobs: settingAt(lesson, { step: lesson.steps.indexOf(step), acted: done }),
        needs: (step.needs ?? []).map((name) => scene.value(name)),
        answer: right,
        right: right === null ? null : isRight(step, right, decided.value),
        said: sentences.filter((one) => one !== undefined).map((one) => scene.say(sentenceOf(one, scene.value))),
      };
    });
  });
}
