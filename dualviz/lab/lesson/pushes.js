// The view "push": both heads close up on the object, whose score the loss pushes up and whose down.

import { addTriangle, fillCased, within } from "../kit/ink.js";
import { LIGHT_CASING } from "../kit/palette.js";
import { strongestPushes, targetsOf } from "../engine/targets.js";
import { three } from "../kit/numbers.js";
import { t } from "../kit/words.js";
import { anchorAt, boxPath, captionHigh, cropFrame, paintCrop, strokeTruth, writeCaption } from "./crop.js";
import { taughtElsewhere } from "./snapshot.js";

const PUSH_LEAST = 0.05; // of the largest: weaker pushes down carry no triangle; every push up carries one, since they are counted
const RADIUS = { least: 5, more: 9 }; // canvas pixels of a triangle, by the root of its push
const ROOM = 0.62; // of the places' distance: the largest triangle where they lie close
const strongest = new Int32Array(40);
const HEAD_TITLES = [t("first head, one-to-many"), t("second head, one-to-one")];

/** Both heads side by side: triangles up and down on the strongest pushes. */
export function paintPushes(context, { width, height }, live) {
  const { payload, result, scene, truth, size, ink, strong } = live;
  context.clearRect(0, 0, width, height);
  const box = truth.boxes[scene.object];
  const targets = targetsOf(payload, result);
  if (!targets || !box) return null;
  const wide = (width - 12) / 2;
  const caption = captionHigh(wide, size);
  [0, 1].forEach((h) => {
    const high = Math.min(1.3 * wide, height - caption);
    const frame = cropFrame({ left: h * (wide + 12), width: wide, height: high }, payload.picture, box);
    const elsewhere = taughtElsewhere(result, h);
    const own = new Set(scene.now.chosen.anchors.filter((anchor) => !elsewhere(anchor)));
    within(context, frame, () => {
      paintCrop(context, frame, live);
      strokeTruth(context, boxPath(frame, box), strong);
      paintTriangles(context, frame, payload, own, targets.heads[h].push, targets.most.g, h ? ink.one : ink.many, strong);
    });
    const { up, sum } = scene.now.chosen.pushes[h];
    writeCaption(context, { left: frame.left, bottom: frame.top + high, width: wide }, HEAD_TITLES[h], t("{up} pushed up, by {sum} in all", { up, sum: three(sum) }), { colour: h ? ink.one : ink.many, ink, size });
  });
  return null;
}

function paintTriangles(context, frame, payload, own, push, most, colour, strong) {
  const seen = (anchor) => own.has(anchor);
  const count = strongestPushes(push, most, PUSH_LEAST, seen, strongest);
  const room = (ROOM * payload.levels[0].cell[0] * frame.scale) / (RADIUS.least + RADIUS.more);
  const large = Math.min(1, room) * (strong > 1 ? 1.3 : 1);
  const anchors = new Set([...strongest.subarray(0, count), ...[...own].filter((anchor) => push[anchor] < 0)]);
  for (const anchor of anchors) {
    const { x, y } = anchorAt(frame, payload, anchor);
    const by = push[anchor];
    const path = new Path2D();
    addTriangle(path, x, y, (RADIUS.least + RADIUS.more * Math.sqrt(Math.abs(by) / most)) * large, by < 0);
    fillCased(context, path, by < 0 ? colour : LIGHT_CASING);
  }
}
