// Facts of lessons by case, for the tests: [{payload, truth, settings: [{knobs…}], object, marks}] → facts by name.

import { base64Bytes, unpack } from "../dualviz/lab/engine/payload.js";
import { createFacts } from "../dualviz/lab/lesson/facts.js";
import { splitSetting } from "../dualviz/lab/lesson/steps.js";

/** Values and written forms of `names` for each case; NaN as null. */
export function runFacts({ payload, truth, cases }) {
  const facts = createFacts(unpack(base64Bytes(payload)));
  facts.setTruth(truth);
  return cases.map(({ setting, start = {}, object, marks, names }) => {
    const scene = facts.at({ ...splitSetting(setting), object, marks, start: splitSetting(start).knobs });
    return { values: Object.fromEntries(names.map((name) => [name, scene.value(name)])), written: Object.fromEntries(names.map((name) => [name, scene.written(name)])) };
  });
}
