// One object close up: which part of the picture a frame shows, and the marks that a lesson sets on it. A place is told by its
// letter and by fill, A full and B hollow, never by colour alone.

import { addCircle, addDiamond, fillCased, strokeCased } from "../kit/ink.js";
import { DARK_CASING, LIGHT_CASING } from "../kit/palette.js";
import { aimFrame } from "../laboratory/aim.js";

export const KEY_ROOM = 56; // canvas pixels at the bottom on which the key stands
const DIM = 0.86; // of a picture on a dark page
const CAPTION_LINE = 21; // times the type: a narrower picture has its caption in two lines

/** A frame of a size round a box, as the laboratory's stage aims (null: the whole picture): adds scale, x0, y0. `others` are boxes
 *  to leave out where that can be, `below` pixels at the bottom on which something stands; `share` is how much of it the box takes. */
export function cropFrame({ left = 0, top = 0, width, height }, picture, box, { others = [], below = 0, share } = {}) {
  return aimFrame({ left, top, width, height }, picture, box && { box, keep: box, others, share }, { top: 0, bottom: below });
}

export const cropX = (frame, x) => frame.left + (x - frame.x0) * frame.scale;
export const cropY = (frame, y) => frame.top + (y - frame.y0) * frame.scale;

export function paintCrop(context, frame, { payload, picture, ink }) {
  const { width, height } = payload.picture;
  context.fillStyle = ink.panel;
  context.fillRect(frame.left, frame.top, frame.width, frame.height);
  context.globalAlpha = ink.dark ? DIM : 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture.colour, cropX(frame, 0), cropY(frame, 0), width * frame.scale, height * frame.scale);
  context.globalAlpha = 1;
}

export function boxPath(frame, [x1, y1, x2, y2], path = new Path2D()) {
  path.rect(cropX(frame, x1), cropY(frame, y1), (x2 - x1) * frame.scale, (y2 - y1) * frame.scale);
  return path;
}

/** Pixels that a caption of a picture takes: a line, or two where the picture is narrow. */
export const captionHigh = (width, size) => (width < CAPTION_LINE * size ? 3.6 : 2.2) * size;

/** Below a picture: its name in a colour, and what is counted there, in the same line where there is room. */
export function writeCaption(context, { left, bottom, width }, name, counted, { colour, ink, size }) {
  const apart = width < CAPTION_LINE * size;
  const top = bottom + 0.45 * size;
  context.textBaseline = "top";
  context.textAlign = "left";
  context.font = `700 ${size}px ${ink.font}`;
  context.fillStyle = colour;
  context.fillText(name, left, top, apart ? width : 0.5 * width);
  context.font = `${size}px ${ink.font}`;
  context.fillStyle = ink.text;
  if (!apart) context.textAlign = "right";
  context.fillText(counted, apart ? left : left + width, apart ? top + 1.3 * size : top, apart ? width : 0.48 * width);
  context.textAlign = "left";
}

/** The true box: dark dashes on white. */
export function strokeTruth(context, path, strong) {
  context.setLineDash([]);
  context.strokeStyle = LIGHT_CASING;
  context.lineWidth = 3 * strong;
  context.stroke(path);
  context.setLineDash([7 * strong, 4 * strong]);
  context.strokeStyle = DARK_CASING;
  context.lineWidth = 2 * strong;
  context.stroke(path);
  context.setLineDash([]);
}

/** A predicted box: full, or hollow with a light line in its middle. */
export function strokeBox(context, path, colour, hollow, strong) {
  strokeCased(context, path, colour, (hollow ? 4.6 : 3) * strong);
  if (!hollow) return;
  context.strokeStyle = LIGHT_CASING;
  context.lineWidth = 1.6 * strong;
  context.stroke(path);
}

/** Where an anchor stands in a frame. */
export function anchorAt(frame, { anchorPoints }, anchor) {
  return { x: cropX(frame, anchorPoints[2 * anchor]), y: cropY(frame, anchorPoints[2 * anchor + 1]) };
}

/** A round mark with a letter or a number on an anchor; `hollow` is white with a coloured ring. */
export function paintMark(context, { x, y }, words, { radius, colour, hollow, ink }) {
  const disc = new Path2D();
  addCircle(disc, x, y, radius);
  fillCased(context, disc, hollow ? LIGHT_CASING : colour);
  if (hollow) {
    const ring = new Path2D();
    addCircle(ring, x, y, radius - 1.5);
    context.strokeStyle = colour;
    context.lineWidth = 3;
    context.stroke(ring);
  }
  writeIn(context, words, x, y, radius, ink.dark ? DARK_CASING : hollow ? colour : LIGHT_CASING, ink);
}

/** The one-to-one pick: a diamond, with words in it where there is room. */
export function paintPickMark(context, { x, y }, words, { radius, ink }) {
  const diamond = new Path2D();
  addDiamond(diamond, x, y, radius);
  fillCased(context, diamond, ink.one);
  if (words) writeIn(context, words, x, y, 0.8 * radius, ink.dark ? DARK_CASING : LIGHT_CASING, ink);
}

function writeIn(context, words, x, y, radius, colour, ink) {
  context.font = `700 ${Math.round(radius * (words.length > 1 ? 0.95 : 1.1))}px ${ink.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(words, x, y + 0.5);
  context.textAlign = "left";
}

/** A place's plate beside the object with a line to it: "B is 1st". Plates of one side must not meet: give each its `at`. */
export function paintPlate(context, from, words, { left, top, size, plate, text, font }) {
  context.font = `700 ${size}px ${font}`;
  const width = context.measureText(words).width + 1.4 * size;
  const height = 1.7 * size;
  const line = new Path2D();
  line.moveTo(from.x, from.y);
  line.lineTo(left + width, top + height / 2);
  strokeCased(context, line, DARK_CASING, 2);
  context.fillStyle = LIGHT_CASING;
  roundRect(context, left - 1.5, top - 1.5, width + 3, height + 3, 6);
  context.fillStyle = plate;
  roundRect(context, left, top, width, height, 5);
  context.fillStyle = text;
  context.textBaseline = "middle";
  context.fillText(words, left + 0.7 * size, top + height / 2 + 0.5);
}

function roundRect(context, x, y, width, height, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fill();
}
