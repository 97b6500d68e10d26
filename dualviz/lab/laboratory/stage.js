// The stage: the picture, heat over it for the chosen object, the picks of both heads as boxes and dots, truth and
// conflicts. Picture and truth are drawn once and kept; a drag repaints heat and marks.

import { aimFrame, boxRound } from "./aim.js";
import { fitHolder, keptLayer } from "../kit/ink.js";
import { paintStage } from "./marks.js";

const GUTTER = 8; // canvas pixels between two frames

/** One frame over all of a stage, or two side by side, of {left, top, width, height, head}. */
export function stageFrames(width, height, both) {
  const wide = both ? Math.floor((width - GUTTER) / 2) : width;
  return (both ? [0, 1] : [0]).map((head) => ({ left: head * (wide + GUTTER), top: 0, width: wide, height, head }));
}

/**
 * The stage on `canvas`, which fills `holder`: an element with a width and a height of its own (class dv-view).
 *
 * `lab` needs payload, picture, result, reading, inspected, view, ink, truthRevision, and, where boxes are edited, tool,
 * editing and draft. `insets()` says how many canvas pixels at the frame's top and bottom something stands on.
 */
export function createStage(lab, { canvas, holder, insets = () => undefined }) {
  const kept = { base: null, truth: null, baseKey: "", truthKey: "", heat: null, heatOf: null };
  let context = null;
  let layout = null;

  function measure() {
    const fitted = fitHolder(canvas, holder);
    if (!fitted) return;
    const { width, height } = fitted;
    layout = { width, height, frames: stageFrames(width, height, lab.view.head === "both") };
    context = fitted.context;
    kept.baseKey = "";
  }

  function draw(dirty) {
    if (dirty.layout || !layout) measure();
    if (!context) return;
    if (dirty.layout || dirty.zoom || (dirty.object && !lab.editing && !(lab.tool === "edit" && boxInSight()))) aim(layout.frames, lab, insets());
    paintStage(context, layout, lab, kept, Math.min(2, globalThis.devicePixelRatio || 1), true);
  }

  /** While boxes are edited the stage stays where it is, as long as the chosen one is on it. */
  function boxInSight() {
    const box = lab.result.each[lab.result.object]?.box;
    const { x0, y0, scale, width, height } = layout.frames[0];
    return !box || (box[0] >= x0 && box[1] >= y0 && box[2] <= x0 + width / scale && box[3] <= y0 + height / scale);
  }

  /** An event's place: {px, py in canvas pixels, frame, x, y in picture pixels}; without the last three beside the frames. */
  function locate(event) {
    if (!layout) return null;
    const bounds = canvas.getBoundingClientRect();
    const [px, py] = [((event.clientX - bounds.left) * layout.width) / bounds.width, ((event.clientY - bounds.top) * layout.height) / bounds.height];
    const frame = layout.frames.find((f) => px >= f.left && px < f.left + f.width && py >= f.top && py < f.top + f.height);
    if (!frame) return { px, py, frame: null };
    return { px, py, frame, x: frame.x0 + (px - frame.left) / frame.scale, y: frame.y0 + (py - frame.top) / frame.scale };
  }

  return {
    canvas,
    draw,
    locate,
    get frames() {
      return layout?.frames ?? [];
    },
    /** A still of the stage at a width, for export: the same drawing, finer by `ratio`, without the pointer's marks. */
    still(width, ratio) {
      const { picture } = lab.payload;
      const height = Math.round(Math.min(900, (width * picture.height) / picture.width));
      const fixed = { width, height, frames: stageFrames(width, height, lab.view.head === "both") };
      aim(fixed.frames, lab);
      return keptLayer(width, height, ratio, (own) => paintStage(own, fixed, lab, { baseKey: "", truthKey: "" }, ratio, false));
    },
  };
}

/** Aim every frame at the chosen object, its first choices whole too; or at the whole picture. */
function aim(frames, lab, insets) {
  const { result, payload } = lab;
  const each = lab.view.zoom ? result.each[result.object] : null;
  for (const frame of frames) aimFrame(frame, payload.picture, each ? focusOf(each, result, payload) : null, insets);
}

function focusOf(each, result, payload) {
  const first = each.heads.flatMap((head, h) => {
    if (!head.pickCount) return [];
    const { boxes } = payload.heads[result.heads[h].predictions];
    return [boxes.subarray(4 * head.picks[0], 4 * head.picks[0] + 4)];
  });
  // A first choice may lie far off; the object is what is looked at, so it is kept in sight only near it.
  const [x1, y1, x2, y2] = each.box;
  const [dx, dy] = [0.2 * (x2 - x1), 0.2 * (y2 - y1)];
  const near = first.map((box) => [Math.max(x1 - dx, box[0]), Math.max(y1 - dy, box[1]), Math.min(x2 + dx, box[2]), Math.min(y2 + dy, box[3])]);
  return { box: each.box, keep: boxRound([each.box, ...near]), others: result.each.filter((other) => other.g !== each.g).map(({ box }) => box) };
}
