// How long one update of the detections page's maths takes: `node tests/bench/bench_detections.mjs`. Drags of the confidence, of
// the NMS threshold and of the limit over 8,400 clustered anchors and 80 classes, with 20 and with 200 true objects.

import { overlappingPairs } from "../../dualviz/lab/engine/outcomes.js";
import { createPaths } from "../../dualviz/lab/engine/paths.js";

function madeUp(objects, C = 80, A = 8400) {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const truth = { boxes: [], labels: [] };
  for (let g = 0; g < objects; g += 1) {
    const [x, y, w, h] = [random() * 560, random() * 560, 20 + random() * 80, 20 + random() * 80];
    truth.boxes.push([x, y, x + w, y + h]);
    truth.labels.push(Math.floor(random() * C));
  }
  const head = () => {
    const boxes = new Float32Array(4 * A);
    const scores = Float32Array.from({ length: A * C }, () => random() * 0.009);
    for (let a = 0; a < A; a += 1) {
      const g = Math.floor(random() * objects);
      truth.boxes[g].forEach((side, c) => (boxes[4 * a + c] = side + (random() - 0.5) * 16));
      scores[a * C + truth.labels[g]] = random() ** 3;
    }
    return { boxes, scores };
  };
  const classes = Array.from({ length: C }, (_, label) => ({ label, name: `c${label}` }));
  return { payload: { heads: [head(), head()], classes }, truth };
}

function quantiles(times) {
  times.sort((a, b) => a - b);
  const at = (q) => times[Math.floor(q * (times.length - 1))].toFixed(2);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}

for (const objects of [20, 200]) {
  const { payload, truth } = madeUp(objects);
  const start = performance.now();
  const engine = createPaths(payload);
  engine.setTruth(truth);
  const settings = { conf: 0.25, iou: 0.7, max: 300, agnostic: false };
  const result = engine.compute(settings);
  console.log(`${objects} objects, 8,400 anchors × 80 classes, ${result.trace.n} candidates above 0.25, ${result.trace.rows.n} above 0.01; first sight ${(performance.now() - start).toFixed(1)} ms`);
  const drags = {
    "drag confidence": (i) => engine.compute({ ...settings, conf: 0.01 + (i % 90) / 100 }),
    "drag NMS IoU": (i) => engine.compute({ ...settings, iou: (i % 100) / 100 }),
    "drag the limit": (i) => engine.compute({ ...settings, max: 1 + (i % 300) }),
    "pairs of the raw output": () => overlappingPairs(result.paths[0].rows, result.paths[0].n),
    "every threshold": (i) => engine.thresholds(engine.compute({ ...settings, conf: 0.2 + (i % 90) / 1000 })),
    "every threshold, from 0.01": (i) => engine.thresholds(engine.compute({ ...settings, conf: 0.01 + (i % 3) / 1000 })),
  };
  for (const [name, step] of Object.entries(drags)) {
    const times = [];
    for (let i = 0; i < (name.startsWith("every") ? 12 : 200); i += 1) {
      const began = performance.now();
      step(i);
      times.push(performance.now() - began);
    }
    console.log(`  ${name}: ${quantiles(times)}`);
  }
}
