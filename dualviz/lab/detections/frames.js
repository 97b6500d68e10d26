// Where the picture stands on a canvas, and what every view paints on it: the picture, truth, boxes, anchors, missed objects.
// One zoom for all of them: by dragging, double click, wheel with Ctrl, and two fingers.

import { addCircle, addDiamond, fillCased, strokeCased, writeTag } from "../kit/ink.js";
import { FLAG_PLATE, LIGHT_CASING } from "../kit/palette.js";
import { hasRoom, paintSquares } from "../kit/plates.js";

const MOST_ZOOM = 16;
const DIMMED = 0.86; // of the picture on a dark page
export const MANY_BOXES = 150; // from here on boxes lose their casings, so that a drag stays a drag

/** A frame of the picture: where picture pixels stand on a canvas of `width`, by the shared zoom {scale, cx, cy}. */
export function pictureFrame(width, most, picture, zoom) {
  const height = Math.round(Math.min(most, (width * picture.height) / picture.width));
  const whole = Math.min(width / picture.width, height / picture.height);
  const scale = whole * zoom.scale;
  return { width, height, scale, x0: held(zoom.cx, width / scale, picture.width), y0: held(zoom.cy, height / scale, picture.height) };
}

/** Where a stretch of `room` about a centre begins, so that it stays within 0 … size, or lies over both ends alike. */
function held(centre, room, size) {
  return room >= size ? (size - room) / 2 : Math.max(0, Math.min(size - room, centre - room / 2));
}

/** A frame around some boxes, with room about them, and nothing beside the picture where that can be. */
export function frameAround(width, height, picture, boxes) {
  const [x1, y1] = [0, 1].map((c) => Math.min(...boxes.map((box) => box[c])));
  const [x2, y2] = [2, 3].map((c) => Math.max(...boxes.map((box) => box[c])));
  const whole = Math.min(width / picture.width, height / picture.height);
  const scale = Math.max(whole, Math.min(MOST_ZOOM * whole, width / (2 * (x2 - x1) + 8), height / (2 * (y2 - y1) + 8)));
  return { width, height, scale, x0: held((x1 + x2) / 2, width / scale, picture.width), y0: held((y1 + y2) / 2, height / scale, picture.height) };
}

export const onX = (frame, x) => (x - frame.x0) * frame.scale;
export const onY = (frame, y) => (y - frame.y0) * frame.scale;

export function addRow(path, frame, boxes, row) {
  const [x1, y1, x2, y2] = [boxes[4 * row], boxes[4 * row + 1], boxes[4 * row + 2], boxes[4 * row + 3]];
  path.rect(onX(frame, x1), onY(frame, y1), (x2 - x1) * frame.scale, (y2 - y1) * frame.scale);
}

export function addTruthBox(path, frame, [x1, y1, x2, y2]) {
  path.rect(onX(frame, x1), onY(frame, y1), (x2 - x1) * frame.scale, (y2 - y1) * frame.scale);
}

export function paintPicture(context, frame, page) {
  const { width, height } = page.payload.picture;
  context.fillStyle = page.ink.panel;
  context.fillRect(0, 0, frame.width, frame.height);
  context.imageSmoothingQuality = "high";
  context.globalAlpha = page.ink.dark ? DIMMED : 1;
  context.drawImage(page.picture.colour, -frame.x0 * frame.scale, -frame.y0 * frame.scale, width * frame.scale, height * frame.scale);
  context.globalAlpha = 1;
}

export function paintTruthBoxes(context, frame, truth, strength = 0.55) {
  const path = new Path2D();
  truth.boxes.forEach((box) => addTruthBox(path, frame, box));
  const many = truth.boxes.length > MANY_BOXES;
  strokeCased(context, path, LIGHT_CASING, 1, many ? [8, 6] : [4, 3], many ? 0 : strength);
}

/** An object's number on a yellow plate: nothing found it. Where many are missed, small ones have a yellow square. */
export function paintMissed(context, frame, page, objects) {
  const type = { size: Math.max(10.5, page.ink.size * 0.74), font: page.ink.font, weight: 600 };
  const squares = [];
  for (const g of objects) {
    const [x1, y1, x2] = page.truth.boxes[g];
    const [left, top] = [Math.max(0, onX(frame, x1)), Math.max(type.size, onY(frame, y1))];
    if (left > frame.width || top > frame.height) continue;
    const words = `${g + 1} ∅`;
    if (hasRoom(context, words, objects.length, (x2 - x1) * frame.scale, type)) writeTag(context, words, left, top, { ...type, plate: FLAG_PLATE, right: frame.width });
    else squares.push([onX(frame, x1), onY(frame, y1)]);
  }
  paintSquares(context, squares);
}

export function paintAnchor(context, frame, page, anchor, head, radius = 5, colour = head ? page.ink.one : page.ink.many) {
  const { anchorPoints } = page.payload;
  const path = new Path2D();
  const [x, y] = [onX(frame, anchorPoints[2 * anchor]), onY(frame, anchorPoints[2 * anchor + 1])];
  if (head) addDiamond(path, x, y, radius + 1.5);
  else addCircle(path, x, y, radius);
  fillCased(context, path, colour);
}

/** Pan by dragging, zoom by double click, by wheel with Ctrl (a pinch on a track pad) and by two fingers. */
export function listenZoom(canvas, page, place, frameOf) {
  const touches = new Map();
  let spread = 0;
  canvas.addEventListener("dblclick", (event) => {
    const { x, y } = place(event);
    page.zoomTo(page.zoom.scale > 1 ? 1 : 3, x, y);
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      page.zoomTo(page.zoom.scale * Math.exp(-0.01 * Math.max(-30, Math.min(30, event.deltaY))), null, null, place(event));
    },
    { passive: false },
  );
  canvas.addEventListener("pointerdown", (event) => {
    touches.set(event.pointerId, event);
    page.panned = false;
    if (touches.size === 2) spread = distance(touches);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = touches.get(event.pointerId);
    if (!before) return;
    if (touches.size === 2) {
      touches.set(event.pointerId, event);
      const now = distance(touches);
      page.panned = true;
      if (spread > 0) page.zoomTo((page.zoom.scale * now) / spread, null, null, place(event));
      spread = now;
      return;
    }
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (page.zoom.scale <= 1 || (!page.panning && Math.hypot(dx, dy) < 4)) return;
    if (!page.panning) canvas.setPointerCapture?.(event.pointerId);
    page.panning = true;
    page.panned = true;
    touches.set(event.pointerId, event);
    const { scale } = frameOf();
    page.panBy(-dx / scale, -dy / scale);
  });
  const end = (event) => {
    touches.delete(event.pointerId);
    page.panning = false;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}

function distance(touches) {
  const [a, b] = [...touches.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

export function clampZoom(scale) {
  return Math.max(1, Math.min(MOST_ZOOM, scale));
}
