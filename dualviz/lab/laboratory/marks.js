// What stands on the stage, bottom up: picture, heat, truth, conflicts, picks, pushes, the pointer's marks. Every mark has a
// light and a dark casing, for it is to be seen on any picture.

import { targetWords } from "./explain.js";
import { objectFlag } from "./summary.js";
import { taughtAnchor } from "../engine/head.js";
import { createHeat } from "./heat.js";
import { addCircle, addCross, addDiamond, addTriangle, fillCased, keptLayer, strokeCased, strokeTruth, within, writeTag } from "../kit/ink.js";
import { DARK_CASING, FAINT_PLATE, FLAG_PLATE, LIGHT_CASING } from "../kit/palette.js";
import { hasRoom, paintSquares } from "../kit/plates.js";
import { TARGET_LAYERS, targetsOf, strongestPushes } from "../engine/targets.js";

const PUSH_LEAST = 0.15; // of the largest: weaker pushes carry no triangle
const pushMarks = new Int32Array(60); // the strongest in sight
const STAGE_SHOWS = { candidates: 0, metric: 1, topk: 2, conflicts: 3, targets: 4 };
const DIMMED = 0.86; // of a picture's light on a dark page
const SMALLEST_TAG = 12; // pixels of type on a picture

/** Everything on the stage. `kept` carries what outlives a frame. */
export function paintStage(context, layout, lab, kept, ratio, live) {
  const { result, view, ink } = lab;
  const frames = layout.frames;
  const aimed = frames.map((f) => [f.scale, f.x0, f.y0].join()).join(";");
  const baseKey = [lab.payload.id, layout.width, layout.height, aimed, ink.background, ink.panel].join("|");
  if (kept.baseKey !== baseKey) {
    kept.base = keptLayer(layout.width, layout.height, ratio, (own) => paintPicture(own, layout, lab));
    kept.baseKey = baseKey;
  }
  const flags = result.each.map(objectFlag).join("|");
  const truthKey = [baseKey, lab.truthRevision, result.object, result.rules.leastSide, flags, lab.tool, ink.size].join("|");
  if (kept.truthKey !== truthKey) {
    kept.truth = keptLayer(layout.width, layout.height, ratio, (own) => {
      for (const frame of frames) within(own, frame, () => paintTruth(own, frame, lab));
    });
    kept.truthKey = truthKey;
  }
  if (kept.heatOf !== lab.payload) {
    kept.heat = createHeat(lab.payload);
    kept.heatOf = lab.payload;
  }
  context.clearRect(0, 0, layout.width, layout.height);
  context.drawImage(kept.base, 0, 0, layout.width, layout.height);
  const shown = stageShows(view);
  for (const frame of frames) {
    within(context, frame, () => {
      kept.heat.paint(context, result, heatedHead(frame, view), view, frame);
    });
  }
  context.drawImage(kept.truth, 0, 0, layout.width, layout.height);
  for (const frame of frames) {
    within(context, frame, () => {
      if (shown >= 3) paintContested(context, frame, lab, frames.length > 1 ? frame.head : -1);
      if (shown >= 2 && result.selected) paintPicks(context, frame, lab, frames.length > 1 ? frame.head : -1, shown);
      if (view.layer === "g") paintPushes(context, frame, lab);
      if (live) paintPointer(context, frame, lab);
      if (result.selected && objectFlag(result.each[result.object])) paintTag(context, frame, lab, result.each[result.object]);
    });
  }
}

/** How much of the story the stage tells: 2 and more the picks, 3 and more what conflicts left of them. */
export function stageShows({ step }) {
  return STAGE_SHOWS[step] ?? 4;
}

/** Whose heat a frame shows. */
function heatedHead(frame, view) {
  return view.head === "both" ? frame.head : view.head === "one2one" ? 1 : 0;
}

function paintPicture(context, layout, lab) {
  const { ink, picture, payload } = lab;
  for (const frame of layout.frames) {
    within(context, frame, () => {
      context.fillStyle = ink.panel;
      context.fillRect(frame.left, frame.top, frame.width, frame.height);
      const { width, height } = payload.picture;
      context.imageSmoothingQuality = "high";
      context.globalAlpha = ink.dark ? DIMMED : 1;
      context.drawImage(picture.colour, frame.left - frame.x0 * frame.scale, frame.top - frame.y0 * frame.scale, width * frame.scale, height * frame.scale);
      context.globalAlpha = 1;
    });
  }
}

const toX = (frame, x) => frame.left + (x - frame.x0) * frame.scale;
const toY = (frame, y) => frame.top + (y - frame.y0) * frame.scale;

function addBoxPath(path, frame, [x1, y1, x2, y2]) {
  path.rect(toX(frame, x1), toY(frame, y1), (x2 - x1) * frame.scale, (y2 - y1) * frame.scale);
}

/** Dashed truth with a number at each box, words at the chosen one and at those that end without a positive. */
function paintTruth(context, frame, lab) {
  const { ink, result, tool } = lab;
  const others = new Path2D();
  result.each.forEach((each, g) => g !== result.object && addBoxPath(others, frame, each.box));
  strokeCased(context, others, LIGHT_CASING, 1, [4, 3], 0.55);
  const squares = [];
  for (const each of result.each) {
    if (each.g === result.object || paintTag(context, frame, lab, each)) continue;
    if (objectFlag(each)) squares.push([toX(frame, each.box[0]), toY(frame, each.box[1])]);
  }
  paintSquares(context, squares);
  const each = result.each[result.object];
  if (!each) return;
  if (each.area) {
    const area = new Path2D();
    addBoxPath(area, frame, each.area);
    strokeCased(context, area, LIGHT_CASING, 1.4, [2, 4], 0.7);
  }
  const own = new Path2D();
  addBoxPath(own, frame, each.box);
  strokeTruth(context, own);
  if (tool !== "edit") return;
  const grips = new Path2D();
  for (const { x, y } of boxGrips(each.box)) grips.rect(toX(frame, x) - 4, toY(frame, y) - 4, 8, 8);
  fillCased(context, grips, LIGHT_CASING, 0.6);
}

/** An object's number above its box; its name and what is amiss with it when it is the chosen one. False where it has no room. */
function paintTag(context, frame, lab, each) {
  const { ink, result } = lab;
  const chosen = each.g === result.object;
  const size = Math.max(SMALLEST_TAG, ink.size * 0.8);
  const [x, y] = [toX(frame, each.box[0]), toY(frame, each.box[1])];
  if (!chosen && (x < frame.left - 2 || y < frame.top - 2 || x > frame.left + frame.width || y > frame.top + frame.height)) return true;
  const flag = objectFlag(each);
  const words = chosen ? `${each.g + 1} ${each.name}${flag ? `: ${flag}` : ""}` : flag ? `${each.g + 1} ∅` : String(each.g + 1);
  const type = { size, font: ink.font, weight: chosen ? 600 : 400 };
  if (!chosen && !hasRoom(context, words, result.objects, (each.box[2] - each.box[0]) * frame.scale, type)) return false;
  const plate = flag ? FLAG_PLATE : chosen ? LIGHT_CASING : FAINT_PLATE;
  const above = y - size * (chosen ? 1.5 : 0.75);
  writeTag(context, words, Math.max(frame.left, x), above < frame.top + size ? y + size * 0.75 : above, { ...type, plate, right: frame.left + frame.width });
  return true;
}

/** The eight places a box is pulled at. */
export function boxGrips([x1, y1, x2, y2]) {
  const [cx, cy] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return [
    { edge: "nw", x: x1, y: y1 }, { edge: "n", x: cx, y: y1 }, { edge: "ne", x: x2, y: y1 }, { edge: "e", x: x2, y: cy },
    { edge: "se", x: x2, y: y2 }, { edge: "s", x: cx, y: y2 }, { edge: "sw", x: x1, y: y2 }, { edge: "w", x: x1, y: cy },
  ];
}

/** Anchors that several objects selected, as double rings: those among the chosen object's picks, and in the step of
 *  conflicts all of them. */
function paintContested(context, frame, lab, only) {
  const path = new Path2D();
  const { result, view } = lab;
  const points = lab.payload.anchorPoints;
  const all = view.step === "conflicts" || !result.selected;
  const radius = all ? 5 : 8;
  result.heads.forEach((head, h) => {
    if (only >= 0 && only !== h) return;
    const mine = result.selected ? result.each[result.object].heads[h] : null;
    for (let i = 0; i < head.contestedCount; i += 1) {
      const anchor = head.contested[i];
      if (!all && mine.picks.subarray(0, mine.pickCount).indexOf(anchor) < 0) continue;
      const [x, y] = [toX(frame, points[2 * anchor]), toY(frame, points[2 * anchor + 1])];
      addCircle(path, x, y, radius);
      addCircle(path, x, y, radius - 2.5);
    }
  });
  strokeCased(context, path, lab.ink.faint, 1, null, 0.5);
}

/** Boxes and dots of the top k, the one-to-one box and diamond. */
function paintPicks(context, frame, lab, only, shown) {
  const { payload, result, ink } = lab;
  const { anchorPoints } = payload;
  const each = result.each[result.object];
  const [many, one] = each.heads;
  const boxOf = (h, anchor) => payload.heads[result.heads[h].predictions].boxes.subarray(4 * anchor, 4 * anchor + 4);
  const dot = dotRadius(payload, frame);
  if (only !== 1) {
    const boxes = new Path2D();
    const gone = new Path2D();
    const dots = new Path2D();
    const lost = new Path2D();
    const crosses = new Path2D();
    for (let i = 0; i < many.pickCount; i += 1) {
      const anchor = many.picks[i];
      const [x, y] = [toX(frame, anchorPoints[2 * anchor]), toY(frame, anchorPoints[2 * anchor + 1])];
      const stays = shown < 3 || many.kept[i];
      addBoxPath(stays ? boxes : gone, frame, boxOf(0, anchor));
      addCircle(stays ? dots : lost, x, y, dot);
      if (!stays) addCross(crosses, x, y, dot + 2);
    }
    strokeCased(context, boxes, ink.many, 1.3, null, 0.5);
    if (many.lostCount && shown >= 3) {
      strokeCased(context, gone, ink.lost, 1, [2, 3], 0);
      fillCased(context, lost, ink.lost, 0.7);
    }
    fillCased(context, dots, ink.many, 0.8);
    if (shown >= 3) {
      for (let i = 0; i < many.gainedCount; i += 1) {
        const gained = new Path2D();
        addCircle(gained, toX(frame, anchorPoints[2 * many.gained[i]]), toY(frame, anchorPoints[2 * many.gained[i] + 1]), dot);
        strokeCased(context, gained, ink.many, 2);
      }
      strokeCased(context, crosses, ink.lost, 1.6, null, 0.8);
    }
  }
  if (!one.pickCount) return;
  if (only !== 0) paintOthers(context, frame, lab, dot, shown);
  const left = shown < 3 || one.kept[0] ? one.picks[0] : taughtAnchor(one);
  const anchor = one.aloneCount < one.pickCount && left >= 0 ? left : one.picks[0];
  const at = { x: toX(frame, anchorPoints[2 * anchor]), y: toY(frame, anchorPoints[2 * anchor + 1]) };
  const diamond = new Path2D();
  addDiamond(diamond, at.x, at.y, 1.15 * dot + 2);
  if (only === 0) {
    strokeCased(context, diamond, ink.one, 1.6);
    return;
  }
  const stays = shown < 3 || anchor === left;
  if (only < 0 && many.picks.subarray(0, many.pickCount).includes(anchor)) {
    const ring = new Path2D();
    addCircle(ring, at.x, at.y, 1.4 * dot + 3.5);
    strokeCased(context, ring, ink.many, 2, null, 0.5);
  }
  const box = new Path2D();
  addBoxPath(box, frame, boxOf(1, anchor));
  strokeCased(context, box, stays ? ink.one : ink.lost, 2.8, stays ? null : [3, 3]);
  fillCased(context, diamond, stays ? ink.one : ink.lost);
  if (!stays) {
    const cross = new Path2D();
    addCross(cross, at.x, at.y, dot + 6);
    strokeCased(context, cross, ink.lost, 1.8);
  }
}

/** Where the one-to-one head selects several to keep one: the others hollow, and crossed where another object took them. */
function paintOthers(context, frame, { result, payload, ink }, dot, shown) {
  const one = result.each[result.object].heads[1];
  if (one.aloneCount === one.pickCount) return;
  const diamonds = new Path2D();
  const gone = new Path2D();
  const crosses = new Path2D();
  for (let i = 0; i < one.pickCount; i += 1) {
    const [x, y] = [toX(frame, payload.anchorPoints[2 * one.picks[i]]), toY(frame, payload.anchorPoints[2 * one.picks[i] + 1])];
    const lost = shown >= 3 && one.lostTo[i] >= 0;
    addDiamond(lost ? gone : diamonds, x, y, 0.9 * dot + 1);
    if (lost) addCross(crosses, x, y, dot + 3);
  }
  strokeCased(context, diamonds, ink.one, 1.6);
  strokeCased(context, gone, ink.lost, 1.4, [2, 2]);
  strokeCased(context, crosses, ink.lost, 1.6, null, 0.8);
}

/** Triangles on the strongest pushes in sight, pointing where the score goes: colour is not the only cue. */
function paintPushes(context, frame, lab) {
  const { payload, result, view } = lab;
  const targets = targetsOf(payload, result);
  if (!targets) return;
  const { push } = targets.heads[heatedHead(frame, view)];
  const { anchorPoints, level } = payload;
  const only = view.level === "all" ? -1 : Number(view.level);
  const [right, bottom] = [frame.x0 + frame.width / frame.scale, frame.y0 + frame.height / frame.scale];
  const seen = (a) => {
    const [x, y] = [anchorPoints[2 * a], anchorPoints[2 * a + 1]];
    return (only < 0 || level[a] === only) && x > frame.x0 && y > frame.y0 && x < right && y < bottom;
  };
  const count = strongestPushes(push, targets.most.g, PUSH_LEAST, seen, pushMarks);
  const radius = Math.max(2.6, Math.min(5, 0.3 * payload.levels[0].cell[0] * frame.scale));
  const path = new Path2D();
  for (let i = 0; i < count; i += 1) {
    const a = pushMarks[i];
    addTriangle(path, toX(frame, anchorPoints[2 * a]), toY(frame, anchorPoints[2 * a + 1]), radius, push[a] < 0);
  }
  context.lineJoin = "round";
  context.strokeStyle = DARK_CASING;
  context.lineWidth = 2;
  context.stroke(path);
  context.fillStyle = LIGHT_CASING;
  context.fill(path);
}

/** What the loss does at the anchor pointed at, beside its cell. */
function paintLesson(context, frame, lab) {
  const { reading, payload, ink, view } = lab;
  const words = targetWords(lab.engine, lab.result, reading.anchor, heatedHead(frame, view), view.layer);
  if (!words) return;
  const size = Math.max(SMALLEST_TAG, ink.size * 0.85);
  const half = payload.levels[reading.cell.level].cell[1] / 2;
  context.font = `600 ${size}px ${ink.font}`;
  const width = context.measureText(words).width + 8;
  const x = Math.max(frame.left, Math.min(toX(frame, reading.cell.x) - width / 2, frame.left + frame.width - width));
  const above = toY(frame, reading.cell.y - half) - size;
  const y = above > frame.top + size ? above : toY(frame, reading.cell.y + half) + size;
  writeTag(context, words, x, y, { size, font: ink.font, weight: 600, plate: LIGHT_CASING });
}

/** The anchor under the pointer or pinned: its cell, and the boxes both heads draw from it; the box being drawn. */
function paintPointer(context, frame, lab) {
  const { reading, payload, draft } = lab;
  if (reading && lab.inspected >= 0) {
    const { cell } = payload.levels[reading.cell.level];
    const outline = new Path2D();
    const [w, h] = cell;
    addBoxPath(outline, frame, [reading.cell.x - w / 2, reading.cell.y - h / 2, reading.cell.x + w / 2, reading.cell.y + h / 2]);
    strokeCased(context, outline, LIGHT_CASING, 1.6, lab.view.pin >= 0 ? null : [3, 2]);
    const box = new Path2D();
    addBoxPath(box, frame, reading.heads[frame.head].box);
    strokeCased(context, box, LIGHT_CASING, 1.2, [1, 3], 0.8);
    if (TARGET_LAYERS.includes(lab.view.layer)) paintLesson(context, frame, lab);
  }
  if (draft) {
    const path = new Path2D();
    addBoxPath(path, frame, draft);
    strokeTruth(context, path);
  }
}

/** Radius of a pick's dot: it grows with the cells, and stays a dot. */
function dotRadius(payload, frame) {
  return Math.max(3.2, Math.min(8.5, 0.22 * payload.levels[0].cell[0] * frame.scale));
}
