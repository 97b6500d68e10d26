// Who is who from one picture of a stream to the next: objects keep their place in the list while they are seen.

import { boxIoU } from "./overlap.js";

const SAME = 0.3; // IoU from which a box of the next picture may stand for one of this picture

/**
 * The objects of the next picture, {boxes, labels}, in the order of those before; then what is new.
 *
 * @param before {boxes, labels} of the picture before
 * @param found {boxes, labels} of what may be an object now, best first
 * @param sure how many of `found`, from the first on, are objects even where there was none before
 */
export function followed(before, found, sure) {
  const pairs = before.boxes.flatMap((box, g) => found.boxes.map((_, i) => ({ g, i, overlap: likeness(box, before.labels[g], found, i) })));
  const now = new Map(); // place before → place in `found`
  const taken = new Set();
  for (const { g, i, overlap } of pairs.sort((a, b) => b.overlap - a.overlap || a.g - b.g || a.i - b.i)) {
    if (overlap < SAME || now.has(g) || taken.has(i)) continue;
    now.set(g, i);
    taken.add(i);
  }
  const stayed = before.boxes.flatMap((_, g) => (now.has(g) ? [now.get(g)] : []));
  const fresh = found.boxes.flatMap((_, i) => (i < sure && !taken.has(i) ? [i] : []));
  const order = [...stayed, ...fresh];
  return { boxes: order.map((i) => found.boxes[i]), labels: order.map((i) => found.labels[i]) };
}

/** Which of the objects a box of a class stands for now, or −1. */
export function placeOf(box, label, objects) {
  const overlaps = objects.boxes.map((_, i) => likeness(box, label, objects, i));
  const best = overlaps.indexOf(Math.max(...overlaps));
  return overlaps[best] >= SAME ? best : -1;
}

function likeness(box, label, { boxes, labels }, i) {
  return label === labels[i] ? boxIoU(...box, ...boxes[i]) : 0;
}
