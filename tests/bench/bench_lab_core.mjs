// How long one update of the laboratory's maths takes: `node tests/bench/bench_lab_core.mjs`. A drag of α, of r and of a
// box over 8,400 anchors × 20 objects, each covering about 5 % of the anchors, and over 2,100 anchors.

import { createEngine } from "../../dualviz/lab/engine/engine.js";
import { defaultKnobs } from "../../dualviz/lab/engine/knobs.js";

/** A payload as `unpack` gives it, with made-up predictions that gather about the objects. */
function madeUp(size, objects) {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const side = size * Math.sqrt(0.05);
  const truth = { boxes: [], labels: [] };
  for (let g = 0; g < objects; g += 1) {
    const [x, y] = [random() * (size - side), random() * (size - side)];
    truth.boxes.push([x, y, x + side, y + side]);
    truth.labels.push(g % 3);
  }
  const points = [];
  const level = [];
  const levels = [8, 16, 32].map((stride, index) => {
    const first = level.length;
    const columns = size / stride;
    for (let i = 0; i < columns * columns; i += 1) {
      points.push(((i % columns) + 0.5) * stride, (Math.floor(i / columns) + 0.5) * stride);
      level.push(index);
    }
    return { name: `P${index + 3}`, stride, first, count: columns * columns, columns, rows: columns, cell: [stride, stride], origin: [0, 0] };
  });
  const A = level.length;
  const head = () => {
    const boxes = new Float32Array(4 * A);
    for (let a = 0; a < A; a += 1) {
      const box = truth.boxes[Math.floor(random() * objects)];
      const dx = points[2 * a] - (box[0] + box[2]) / 2;
      const dy = points[2 * a + 1] - (box[1] + box[3]) / 2;
      for (let c = 0; c < 4; c += 1) boxes[4 * a + c] = box[c] + (c % 2 ? dy : dx) * random();
    }
    return { boxes, scores: Float32Array.from({ length: 3 * A }, () => random() ** 3) };
  };
  const names = ["a", "b", "c"];
  const payload = {
    id: "made up", anchors: A, anchorPoints: Float32Array.from(points), level: Uint8Array.from(level), levels,
    heads: [head(), head()], classes: names.map((name, label) => ({ label, name })), classNames: names,
    columnOf: (label) => label, cellOf: () => ({}), pixelScale: 1, quantum: 1 / 32, picture: { width: size, height: size },
  };
  return { payload, truth };
}

function quantiles(times) {
  times.sort((a, b) => a - b);
  const at = (q) => times[Math.floor(q * (times.length - 1))].toFixed(2);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}

for (const [size, objects] of [[640, 20], [320, 20], [640, 1]]) {
  const { payload, truth } = madeUp(size, objects);
  const engine = createEngine(payload);
  engine.setTruth(truth);
  const knobs = defaultKnobs();
  const drags = {
    "drag α": (i) => engine.compute({ ...knobs, alpha: 0.01 + (i % 300) / 100 }, 0),
    "drag α, YOLO26": (i) => engine.compute({ ...knobs, mode: "yolo26", alpha: 0.01 + (i % 300) / 100 }, 0),
    "drag r": (i) => engine.compute({ ...knobs, r: 0.01 + (i % 300) / 100 }, 0),
    "drag a box": (i) => {
      const boxes = truth.boxes.map((box, g) => (g ? box : box.map((side) => side + (i % 50))));
      engine.setTruth({ boxes, labels: truth.labels });
      engine.compute(knobs, 0);
    },
  };
  for (const [name, step] of Object.entries(drags)) {
    const times = [];
    for (let i = 0; i < 600; i += 1) {
      const start = performance.now();
      step(i);
      if (i >= 100) times.push(performance.now() - start);
    }
    console.log(`${payload.anchors} anchors × ${objects} objects, ${engine.result.selected.n} inside the chosen one, ${name}: ${quantiles(times)}`);
  }
  const first = performance.now();
  createEngine(payload).setTruth(truth);
  console.log(`  a new picture with its truth: ${(performance.now() - first).toFixed(1)} ms`);
}
