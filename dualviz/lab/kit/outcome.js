// One output on a picture as Start and the lessons show it: its boxes, and how often it names each object, written on the object,
// since most of those boxes lie within a pixel or two of each other.

import { strokeCased, writeTag } from "./ink.js";
import { DARK_CASING, LIGHT_CASING } from "./palette.js";

const COUNT_SIZE = 14;

/** Paint an output's boxes (a path of engine/paths.js) with the picture's pixel (x0, y0) at the frame's corner. */
export function paintOutcome(context, { left = 0, top = 0, width, scale, x0 = 0, y0 = 0 }, path, truth, ink, strong = 1) {
  const lines = new Path2D();
  const { boxes } = path.rows;
  for (let row = 0; row < path.n; row += 1) {
    const [x1, y1, x2, y2] = boxes.subarray(4 * row, 4 * row + 4);
    lines.rect(left + (x1 - x0) * scale, top + (y1 - y0) * scale, (x2 - x1) * scale, (y2 - y1) * scale);
  }
  strokeCased(context, lines, path.head ? ink.one : ink.many, (path.head ? 3 : 2) * strong);
  if (path.key === "raw") writeCounts(context, { left, top, width, scale, x0, y0 }, path, truth, ink, COUNT_SIZE * strong);
}

function writeCounts(context, { left, top, width, scale, x0, y0 }, path, truth, ink, size) {
  const counts = new Array(truth.boxes.length).fill(0);
  for (let row = 0; row < path.n; row += 1) if (path.match.truth[row] >= 0) counts[path.match.truth[row]] += 1;
  counts.forEach((count, g) => {
    if (count < 2) return;
    const [x1, y1, x2, y2] = truth.boxes[g];
    const x = Math.min(left + width - 2.7 * size, Math.max(left + 2, left + ((x1 + x2) / 2 - x0) * scale - 1.2 * size));
    writeTag(context, `${count}×`, x, Math.max(top + 0.8 * size, top + ((y1 + y2) / 2 - y0) * scale), {
      size, font: ink.font, weight: 700, text: ink.dark ? DARK_CASING : LIGHT_CASING, plate: ink.many,
    });
  });
}
