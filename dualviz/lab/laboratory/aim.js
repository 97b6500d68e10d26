// Where the stage looks: all of the picture, or an object whole and in the middle, as close as lets no neighbour in where
// that can be. What stands on the frame (its insets) never stands on the object.

const OBJECT_SHARE = 0.57; // of the frame's height or width that a zoomed object takes at ease
const OBJECT_MOST = 0.9; // of what the insets leave free: as close as a neighbour may push
const AIM_STEPS = 12; // of closeness between the two
const NEAREST = 14; // times as large as the whole picture, at most
const NO_INSETS = { top: 0, bottom: 0 };

/**
 * Which part of the picture a frame shows. Adds scale, x0, y0 (picture pixels of its upper left corner) to the frame.
 *
 * @param frame {width, height} in canvas pixels.
 * @param picture {width, height} in picture pixels.
 * @param focus null for the whole picture, or {box, keep, others, share}: the object, what must be whole beside it (both xyxy), the
 *   boxes of the other objects, and how much of the frame the object takes at ease.
 * @param insets canvas pixels at the frame's edges that something stands on.
 */
export function aimFrame(frame, picture, focus, insets = NO_INSETS) {
  const free = frame.height - insets.top - insets.bottom;
  const whole = Math.min(frame.width / picture.width, free / picture.height);
  const [x1, y1, x2, y2] = focus?.box ?? [0, 0, picture.width, picture.height];
  const view = (scale, [cx, cy]) => {
    const width = frame.width / scale;
    const [above, below] = [insets.top / scale, insets.bottom / scale];
    const x0 = heldWithin(cx - width / 2, width, Math.min(0, x1), Math.max(picture.width, x2));
    const y0 = heldWithin(cy - (above + (frame.height - insets.bottom) / scale) / 2, frame.height / scale, Math.min(0, y1) - above, Math.max(picture.height, y2) + below);
    return { scale, x0, y0 };
  };
  if (!focus) return Object.assign(frame, view(whole, [picture.width / 2, picture.height / 2]));
  const centre = [(x1 + x2) / 2, (y1 + y2) / 2];
  // Twice the longer arm: what is kept stays whole round the object's own centre.
  const reach = (low, high, middle) => 2 * Math.max(middle - low, high - middle);
  const [wide, high] = [reach(focus.keep[0], focus.keep[2], centre[0]), reach(focus.keep[1], focus.keep[3], centre[1])];
  const most = Math.min(NEAREST * whole, OBJECT_MOST * Math.min(frame.width / wide, free / high));
  const ease = Math.min(most, (focus.share ?? OBJECT_SHARE) * Math.min(frame.width / (x2 - x1), frame.height / (y2 - y1)));
  const near = Math.min(most, Math.max(whole, ease));
  const neighbours = focus.others.filter((other) => !boxesMeet(other, focus.box));
  for (let i = 0; i <= AIM_STEPS; i += 1) {
    const one = view(near + ((Math.max(near, most) - near) * i) / AIM_STEPS, centre);
    const seen = [one.x0, one.y0, one.x0 + frame.width / one.scale, one.y0 + frame.height / one.scale];
    if (!neighbours.some((other) => boxesMeet(other, seen))) return Object.assign(frame, one);
  }
  return Object.assign(frame, view(near, centre));
}

/** The start of a stretch of `length` that stays between two ends, or lies over both alike where it is longer. */
function heldWithin(start, length, low, high) {
  return length >= high - low ? (low + high - length) / 2 : Math.max(low, Math.min(high - length, start));
}

function boxesMeet(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

/** The smallest box round several. */
export function boxRound(boxes) {
  return boxes.reduce((all, [x1, y1, x2, y2]) => [Math.min(all[0], x1), Math.min(all[1], y1), Math.max(all[2], x2), Math.max(all[3], y2)]);
}
