// The key of a picture that leaves the page: each mark as it is drawn there, and what it means.

import { addCircle, addCross, addDiamond, fillCased, strokeCased, strokeDouble, strokeTruth, writeTag } from "./ink.js";
import { DARK_CASING, FLAG_PLATE, LIGHT_CASING, REMOVED_INK } from "./palette.js";

const MARK_WIDE = 26; // pixels that a mark has, its words beside it
const MARK_GAP = 22; // between two marks
const MARK_LINE = 24;
const LINES = { solid: [2.6, []], dotted: [2, [2, 5]], dashed: [2, [8, 5]] };

/** How each kind of mark is drawn: (context, x, y in its middle, colour, ink). */
const MARKS = {
  dot: (context, x, y, colour) => fillCased(context, shape((path) => addCircle(path, x, y, 5)), colour, 0.8),
  diamond: (context, x, y, colour) => fillCased(context, shape((path) => addDiamond(path, x, y, 6.5)), colour),
  hollow: (context, x, y, colour) => strokeCased(context, shape((path) => addDiamond(path, x, y, 6)), colour, 1.6),
  circle: (context, x, y, colour) => stroke(context, shape((path) => addCircle(path, x, y, 3.4)), colour, 1),
  corner: (context, x, y, colour) => stroke(context, shape((path) => addCircle(path, x, y, 8)), colour, 1),
  cross: (context, x, y, colour) => strokeCased(context, shape((path) => addCross(path, x, y, 5)), colour, 1.8, null, 0.8),
  rings: (context, x, y, colour) => strokeCased(context, shape((path) => [7, 4.5].forEach((radius) => addCircle(path, x, y, radius))), colour, 1, null, 0.5),
  truth: (context, x, y) => strokeTruth(context, box(x, y)),
  truths: (context, x, y) => strokeCased(context, box(x, y), LIGHT_CASING, 1, [4, 3], 0.55),
  box: (context, x, y, colour) => strokeCased(context, box(x, y), colour, 2.2, null, 0.55),
  thin: (context, x, y, colour) => strokeCased(context, box(x, y), colour, 1, null, 0.2),
  false: (context, x, y, colour) => strokeCased(context, box(x, y), colour, 2.2, [2, 2.5], 0.55),
  gone: (context, x, y, colour) => strokeCased(context, box(x, y), colour, 1, [1.5, 3], 0),
  later: (context, x, y, _, ink) => stroke(context, box(x, y), ink.line, 1),
  double: (context, x, y) => strokeDouble(context, box(x, y)),
  removed: (context, x, y) => strokeCased(context, shape((path) => addCross(path, x, y, 6)), REMOVED_INK, 2.4),
  missed: (context, x, y, _, ink) => writeTag(context, "∅", x - 10, y, { size: 12, font: ink.font, plate: FLAG_PLATE, weight: 600 }),
  times: (context, x, y, colour, ink) => writeTag(context, "n×", x - 12, y, { size: 12, font: ink.font, plate: colour, text: ink.dark ? DARK_CASING : LIGHT_CASING, weight: 700 }),
  ...Object.fromEntries(Object.entries(LINES).map(([name, [width, dash]]) => [name, (context, x, y, colour) => stroke(context, shape((path) => addLine(path, x, y)), colour, width, dash)])),
};

/**
 * Paint a key, from (0, 0) on, in lines as wide as `width`; returns how high it is.
 *
 * @param marks [{mark: one of MARKS, colour, words}]
 */
export function paintMarks(context, marks, width, ink, size) {
  let [x, y] = [0, 0];
  context.font = `${size}px ${ink.font}`;
  const wide = marks.map(({ words }) => MARK_WIDE + context.measureText(words).width);
  marks.forEach(({ mark, colour, words }, i) => {
    if (x && x + wide[i] > width) [x, y] = [0, y + MARK_LINE];
    MARKS[mark](context, x + 10, y + MARK_LINE / 2, colour, ink);
    context.font = `${size}px ${ink.font}`;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillStyle = ink.text;
    context.fillText(words, x + MARK_WIDE, y + MARK_LINE / 2 + 0.5);
    x += wide[i] + MARK_GAP;
  });
  return marks.length ? y + MARK_LINE : 0;
}

function shape(draw) {
  const path = new Path2D();
  draw(path);
  return path;
}

const box = (x, y) => shape((path) => path.rect(x - 8, y - 6, 16, 12));

function addLine(path, x, y) {
  path.moveTo(x - 10, y);
  path.lineTo(x + 12, y);
}

function stroke(context, path, colour, width, dash = []) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke(path);
  context.setLineDash([]);
}
