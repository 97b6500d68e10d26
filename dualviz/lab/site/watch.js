// What counts as an object in a picture that moves: the one-to-one head's own output, each object followed by its overlap; or
// boxes that were drawn, each of which follows what lay in it by its pixels.

import { followed, placeOf } from "../engine/follow.js";
import { detectionsAsTruth, quantise } from "../engine/truth.js";
import { createPatch } from "../network/patch.js";

const SURE = 0.25; // score from which something new is an object
const HELD = 0.1; // score down to which an object stays one, so that it does not blink
const LOST = 600; // milliseconds after which the object that is nearest is looked at instead

/** @returns next(there, payload, picture, now): what `look` of a laboratory asks for, {own, truth, object}. */
export function createWatch() {
  let given = null; // the truth that is there, unless the hand has changed it
  let before = null; // the picture that is there
  let patches = [];
  let chosen = null; // what was looked at last: {box, label, at}
  let detector = null;

  return function next(there, payload, picture, now) {
    if (detector !== payload.detector) [given, before, patches, chosen, detector] = [null, null, [], null, payload.detector];
    const drawn = drawnBoxes(there);
    if (drawn) patches = drawn.boxes.map((box) => createPatch(before, box));
    else if (there.truth !== given) patches = [];
    const own = found(payload);
    const labels = (drawn ?? given)?.labels;
    given = patches.length ? quantise({ boxes: patches.map((patch) => patch(picture)), labels }, payload) : own;
    const object = patches.length ? Math.min(drawn?.object ?? there.object, patches.length - 1) : lookedAt(there, own, now);
    before = picture;
    return { own, truth: given, object };
  };

  /** What the hand drew since, {boxes, labels, object}, without the head's own that still stand beside it; or null. */
  function drawnBoxes({ truth, object }) {
    if (truth === given || truth.from || !before) return null;
    const places = truth.boxes.flatMap((box, g) => (given?.from && given.boxes.includes(box) ? [] : [g]));
    if (!places.length) return null;
    return { boxes: places.map((g) => truth.boxes[g]), labels: places.map((g) => truth.labels[g]), object: Math.max(0, places.indexOf(object)) };
  }

  /** The one-to-one head's own objects, each in the place where it was. */
  function found(payload) {
    const sure = detectionsAsTruth(payload, 1, SURE);
    const { from, ...held } = detectionsAsTruth(payload, 1, HELD);
    const objects = followed(given?.from ? given : { boxes: [], labels: [] }, held, sure.boxes.length);
    return { ...objects, from };
  }

  /** The object that was looked at, where it is now; where it has been gone for long, the one that is nearest. */
  function lookedAt({ truth, object }, objects, now) {
    if (before && object >= 0 && truth.boxes[object]) chosen = { box: truth.boxes[object], label: truth.labels[object], at: now };
    if (!chosen) return objects.boxes.length ? 0 : -1;
    const place = placeOf(chosen.box, chosen.label, objects);
    return place >= 0 || now - chosen.at < LOST ? place : nearest(chosen.box, objects);
  }
}

/** The object whose middle is nearest to that of a box, or −1. */
function nearest(box, { boxes }) {
  const away = boxes.map((other) => Math.hypot(other[0] + other[2] - box[0] - box[2], other[1] + other[3] - box[1] - box[3]));
  return away.indexOf(Math.min(...away));
}
