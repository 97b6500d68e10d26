// Where plates of words find room on a picture: beside each other, and not over objects that are smaller than they.

import { FLAG_PLATE } from "./palette.js";
import { fillCased } from "./ink.js";

const FEW = 24; // plates that a picture bears, however small its objects
const SQUARE = 7; // pixels

/** Whether a plate with these words, one of `many`, hides no more than its own object, which is `wide` pixels. */
export function hasRoom(context, words, many, wide, { size, font, weight = 400 }) {
  if (many <= FEW) return true;
  context.font = `${weight} ${size}px ${font}`;
  return context.measureText(words).width + 8 <= wide;
}

/** What stands for plates that have no room: a small square at each place [x, y]. */
export function paintSquares(context, places) {
  const squares = new Path2D();
  for (const [x, y] of places) squares.rect(x - SQUARE / 2, y - SQUARE / 2, SQUARE, SQUARE);
  fillCased(context, squares, FLAG_PLATE);
}

/** Whether two tags {left, y of the middle, wide, high} cover each other. */
export function covers(one, other) {
  return Math.abs(other.left - one.left) < Math.max(other.wide, one.wide) && Math.abs(other.y - one.y) < (other.high + one.high) / 2 - 0.01;
}

/** A tag moved down until it covers none of those that stand; where the picture ends before, as it was. */
export function freeBelow(tags, tag, height) {
  let { y } = tag;
  const below = tags.filter((other) => Math.abs(other.left - tag.left) < Math.max(other.wide, tag.wide)).sort((a, b) => a.y - b.y);
  for (const other of below) if (Math.abs(other.y - y) < (other.high + tag.high) / 2) y = other.y + (other.high + tag.high) / 2;
  return { ...tag, y: y + tag.high / 2 > height ? tag.y : y };
}
