// Which object to open on: one in the middle of its story. dualviz/exports/shown.py chooses by the same rule.

const SEEN = 0.25; // score of the one-to-one pick above which the head has found its object

/**
 * How well an object tells what the laboratory is about: the head has found it (16); the one-to-one pick stands in the
 * one-to-many list, and not first (8); the picture's border does not cut it (4); it gets all k anchors and no other object wants one
 * of them (2); no other object meets its box (1); and among equals the one nearest the picture's middle.
 */
export function storyOf(each, { each: all, heads, settings }, { picture, heads: predictions, classes, columnOf }) {
  const [many, one] = each.heads;
  if (!one.pickCount || !many.pickCount) return 0;
  const { k } = settings[0];
  const [x1, y1, x2, y2] = each.box;
  const pick = one.picks[0];
  const score = predictions[heads[1].predictions].scores[pick * classes.length + columnOf(each.label)];
  const wanted = (h, head) => head.picks.subarray(0, head.pickCount).some((anchor) => heads[h].claims[anchor] > 1);
  const meets = ({ g, box }) => g !== each.g && box[0] < x2 && x1 < box[2] && box[1] < y2 && y1 < box[3];
  const away = Math.hypot((x1 + x2) / 2 - picture.width / 2, (y1 + y2) / 2 - picture.height / 2);
  return (
    16 * (score > SEEN) +
    8 * (each.rankOfPick > 1 && each.rankOfPick <= k) +
    4 * (x1 > 1 && y1 > 1 && x2 < picture.width - 1 && y2 < picture.height - 1) +
    2 * (many.pickCount === k && !wanted(0, many) && !wanted(1, one)) +
    !all.some(meets) -
    away / (picture.width + picture.height)
  );
}
