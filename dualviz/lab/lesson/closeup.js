// The views "picture" and "order": the object close up with the places that the lesson speaks of, their boxes and ranks. (Below
// it, in "order", stands the laboratory's ladder of the one-to-many list.) The view "matching": the whole picture, and where objects
// want one anchor.

import { addCircle, strokeCased, within } from "../kit/ink.js";
import { DARK_CASING, LIGHT_CASING } from "../kit/palette.js";
import { t } from "../kit/words.js";
import { KEY_ROOM, anchorAt, boxPath, cropFrame, cropX, paintCrop, paintMark, paintPickMark, paintPlate, strokeBox, strokeTruth } from "./crop.js";
import { rematched, rivals } from "./matchers.js";

const NARROW_SHARE = 0.82; // of a phone's stage that the object takes, so that marks of neighbours stand apart

/** Paint the close-up; `live` is what the lesson shows now. Returns the frame, for pointing. */
export function paintCloseup(context, { width, height }, live) {
  if (live.whole && live.truth.boxes.length) return paintWhole(context, { width, height }, live);
  const { payload, scene, strong, truth, narrow } = live;
  const box = truth.boxes[scene.object] ?? null;
  const others = truth.boxes.filter((_, g) => g !== scene.object);
  const frame = cropFrame({ width, height }, payload.picture, box, narrow ? { others, share: NARROW_SHARE } : { others, below: box ? KEY_ROOM : 0 });
  context.clearRect(0, 0, width, height);
  within(context, frame, () => {
    paintCrop(context, frame, live);
    if (!box) return;
    paintBoxes(context, frame, live);
    strokeTruth(context, boxPath(frame, box), strong);
    paintPlaces(context, frame, live);
  });
  return frame;
}

/** The whole picture: every true box, and the one-to-one choice of every object where it takes part. */
function paintWhole(context, { width, height }, live) {
  const { payload, scene, strong, truth, pick, ink, narrow } = live;
  const frame = cropFrame({ width, height }, payload.picture, null, { below: narrow ? 0 : KEY_ROOM });
  context.clearRect(0, 0, width, height);
  within(context, frame, () => {
    paintCrop(context, frame, live);
    const boxes = new Path2D();
    truth.boxes.forEach((box) => boxPath(frame, box, boxes));
    strokeTruth(context, boxes, 0.8 * strong);
    if (!pick) return;
    for (const each of scene.now.each) if (each.pick >= 0) paintPickMark(context, anchorAt(frame, payload, each.pick), "", { radius: 8 * Math.sqrt(strong), ink });
    if (live.view === "matching") paintRivals(context, frame, live);
  });
  return frame;
}

/** Objects that want one anchor, by their boxes; a ring where Hungarian matching goes instead, joined to the anchor they want. */
function paintRivals(context, frame, { payload, scene, strong, truth, ink }) {
  for (const g of rivals(scene)) strokeCased(context, boxPath(frame, truth.boxes[g]), ink.one, 3 * strong);
  for (const { object, anchor } of rematched(scene)) {
    const { pick } = scene.now.each[object];
    if (anchor < 0 || pick < 0) continue;
    const [from, to] = [pick, anchor].map((one) => anchorAt(frame, payload, one));
    const way = new Path2D();
    way.moveTo(from.x, from.y);
    way.lineTo(to.x, to.y);
    strokeCased(context, way, ink.text, 2 * strong);
    paintMark(context, to, "", { radius: 9 * Math.sqrt(strong), colour: ink.one, hollow: true, ink });
    paintPickMark(context, from, "", { radius: 8 * Math.sqrt(strong), ink });
  }
}

/** Boxes of A and B, or of all picks where ranks are shown and no letters stand; the pick's box where it takes part. */
function paintBoxes(context, frame, { payload, scene, strong, ink, labels, pick }) {
  const boxOf = (head, anchor) => payload.heads[head].boxes.subarray(4 * anchor, 4 * anchor + 4);
  const letters = lettersOf(scene);
  const predictions = [0, scene.now.knobs.shared ? 0 : 1];
  const drawn = letters.length ? letters : labels ? scene.many.picks.map((anchor) => ({ anchor })) : [];
  for (const { anchor, letter } of drawn) strokeBox(context, boxPath(frame, boxOf(0, anchor)), ink.many, letter === "B", letter ? strong : 0.6 * strong);
  const own = scene.one?.picks[0] ?? -1;
  if (pick && own >= 0) strokeBox(context, boxPath(frame, boxOf(predictions[1], own)), ink.one, false, 1.2 * strong);
}

/** Letters, ranks and the pick's diamond on their anchor points. */
function paintPlaces(context, frame, live) {
  const { payload, scene, strong, ink, labels, pick, size, narrow } = live;
  if (!scene.many) return;
  const letters = lettersOf(scene);
  const radius = Math.max(13, Math.min(17, 0.42 * payload.levels[0].cell[0] * frame.scale)) * (strong > 1 ? 1.3 : 1);
  const at = (anchor) => anchorAt(frame, payload, anchor);
  if (labels) {
    scene.many.picks.forEach((anchor, i) => {
      if (!letters.some((one) => one.anchor === anchor)) paintMark(context, at(anchor), String(i + 1), { radius: 0.9 * radius, colour: ink.many, ink });
    });
  }
  const own = scene.one.picks[0] ?? -1;
  const diamond = pick && own >= 0 ? at(own) : null;
  if (labels) paintPlates(context, frame, live.truth.boxes[scene.object], { letters, scene, ink, size, at });
  for (const { anchor, letter } of letters) paintMark(context, at(anchor), letter, { radius: (narrow ? 1 : 1.25) * radius, colour: ink.many, hollow: letter === "B", ink });
  if (live.cursor >= 0) {
    const ring = new Path2D();
    addCircle(ring, at(live.cursor).x, at(live.cursor).y, radius + 5);
    strokeCased(context, ring, ink.text, 2.4 * strong);
  }
  if (diamond && !letters.some(({ anchor }) => anchor === own)) paintPickMark(context, diamond, labels ? String(scene.own.rankOfPick || "") : "", { radius: 1.3 * radius, ink });
}

/** "B is 1st", "A is 7th" left of the object, upper one first. */
function paintPlates(context, frame, box, { letters, scene, ink, size, at }) {
  const sorted = [...letters].sort((a, b) => at(a.anchor).y - at(b.anchor).y || scene.many.rank[a.position] - scene.many.rank[b.position]);
  const right = cropX(frame, box[0]);
  sorted.forEach(({ anchor, letter }, i) => {
    const rank = scene.written(`${letter.toLowerCase()}_rank_th`);
    const best = scene.value(`${letter.toLowerCase()}_rank`) === 1;
    const words = t("{letter} is {place}", { letter, place: rank });
    const y = at(anchor).y + (i ? 6 : 0) * size;
    const top = Math.min(frame.top + frame.height - 2 * size, y) - 0.85 * size;
    const left = Math.max(frame.left + 8, right - 7.2 * size);
    paintPlate(context, at(anchor), words, { left, top, size, plate: best ? ink.many : DARK_CASING, text: best && ink.dark ? DARK_CASING : LIGHT_CASING, font: ink.font });
  });
}

/** The lesson's letters that stand on an anchor: [{letter, anchor, position}]. */
export function lettersOf(scene) {
  return ["A", "B"].map((letter) => ({ letter, anchor: scene.markAnchor(letter), position: scene.markAt(letter) })).filter(({ anchor }) => anchor >= 0);
}
