// How far a predicted box covers a true one: IoU as the paper writes, CIoU as THU-MIG's 2024 code ranks, in double precision
// and in the very order of operations of dualviz/boxes.py, so that ties there are ties here.

const CIOU_EPS = 1e-7;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

function sharedArea(x1, y1, x2, y2, u1, v1, u2, v2) {
  return Math.max(Math.min(x2, u2) - Math.max(x1, u1), 0) * Math.max(Math.min(y2, v2) - Math.max(y1, v1), 0);
}

/** IoU of two xyxy boxes, 0..1; 0 where neither has an area. */
export function boxIoU(x1, y1, x2, y2, u1, v1, u2, v2) {
  const intersection = sharedArea(x1, y1, x2, y2, u1, v1, u2, v2);
  const union = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - intersection;
  return intersection / Math.max(union, SMALLEST_NORMAL);
}

/** IoU of two boxes of one list, four numbers each. */
export function rowIoU(boxes, i, j) {
  return boxIoU(
    boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3],
    boxes[4 * j], boxes[4 * j + 1], boxes[4 * j + 2], boxes[4 * j + 3],
  );
}

/** IoU of a box, as a list of four, with one of such a list. */
export function boxRowIoU([x1, y1, x2, y2], boxes, i) {
  return boxIoU(x1, y1, x2, y2, boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]);
}

/** CIoU of a true and a predicted xyxy box: at most 1, not clamped. */
export function completeIoU(x1, y1, x2, y2, u1, v1, u2, v2) {
  const widthTrue = x2 - x1;
  const heightTrue = y2 - y1 + CIOU_EPS;
  const width = u2 - u1;
  const height = v2 - v1 + CIOU_EPS;
  const intersection = sharedArea(x1, y1, x2, y2, u1, v1, u2, v2);
  const iou = intersection / (widthTrue * heightTrue + width * height - intersection + CIOU_EPS);
  const acrossX = Math.max(x2, u2) - Math.min(x1, u1);
  const acrossY = Math.max(y2, v2) - Math.min(y1, v1);
  const enclosing = acrossX * acrossX + acrossY * acrossY;
  const shiftX = u1 + u2 - x1 - x2;
  const shiftY = v1 + v2 - y1 - y2;
  const distance = (shiftX * shiftX + shiftY * shiftY) / 4;
  const turn = Math.atan(width / height) - Math.atan(widthTrue / heightTrue);
  const v = (4 / (Math.PI * Math.PI)) * (turn * turn);
  const weight = v / (v - iou + (1 + CIOU_EPS));
  return iou - distance / (enclosing + CIOU_EPS) - v * weight;
}

/** Overlap of one kind, "iou" or "ciou", clamped at 0: the factor u of the metric. */
export function overlapOf(kind, x1, y1, x2, y2, u1, v1, u2, v2) {
  const value = kind === "iou" ? boxIoU(x1, y1, x2, y2, u1, v1, u2, v2) : completeIoU(x1, y1, x2, y2, u1, v1, u2, v2);
  return value > 0 ? value : 0;
}
