// What lies under the pointer: an object by its box, an anchor by its cell.

/** Object whose box contains a point, the smallest such, or −1. */
export function objectAt(objects, x, y) {
  let best = -1;
  const area = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
  objects.forEach((object, g) => {
    const [x1, y1, x2, y2] = object.box;
    if (x > x1 && x < x2 && y > y1 && y < y2 && (best < 0 || area(object) < area(objects[best]))) best = g;
  });
  return best;
}

/** Anchor whose cell, on a level or on any, contains a point: that of most `worthOf(anchor)`, then of the finest level; or −1. */
export function anchorAt(levels, x, y, level, worthOf) {
  let best = -1;
  let bestWorth = -1;
  levels.forEach(({ first, columns, rows, cell, origin }, index) => {
    if (level !== "all" && Number(level) !== index) return;
    const column = Math.floor((x - origin[0]) / cell[0]);
    const row = Math.floor((y - origin[1]) / cell[1]);
    if (column < 0 || row < 0 || column >= columns || row >= rows) return;
    const anchor = first + row * columns + column;
    const worth = worthOf(anchor);
    if (worth > bestWorth) [best, bestWorth] = [anchor, worth];
  });
  return best;
}
