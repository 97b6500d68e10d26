// Truth by hand: draw, move, resize, label and delete boxes on the stage, with undo; and the pointer's other errand there,
// pointing at anchors, pinning one, choosing an object. While a box is dragged the matching follows in the same frame. What a
// drag does two clicks do as well: the first takes hold of a corner, an edge or the box, the second says where it belongs.

import { boxGrips } from "./marks.js";
import { setMark, setWords } from "../kit/ink.js";
import { addBox, detectionsAsTruth, moveBox, relabel, removeBox, resizeBox } from "../engine/truth.js";
import { t } from "../kit/words.js";

const SLIP = 4; // canvas pixels a click may wander
const CURSORS = { n: "ns-resize", s: "ns-resize", e: "ew-resize", w: "ew-resize", ne: "nesw-resize", sw: "nesw-resize", nw: "nwse-resize", se: "nwse-resize" };

export function createTruthEditor(lab, stage) {
  const { canvas } = stage;
  const labels = lab.part("label");
  const invite = lab.part("invite");
  const inviteWords = lab.part("invite-text");
  const bar = lab.part("editbar");
  const words = lab.part("edit-words");
  let gesture = null;
  let held = null; // what a click has taken hold of: {kind, edge, object, at, base}

  function fillLabels() {
    labels.replaceChildren(
      ...lab.payload.classNames.map((name, label) => {
        const option = document.createElement("option");
        option.value = String(label);
        option.textContent = name;
        return option;
      }),
    );
  }

  labels.addEventListener("change", () => {
    if (lab.object >= 0) lab.edit(relabel(lab.history.present, lab.object, Number(labels.value)), lab.object);
  });

  /** The grip of the chosen box under the pointer, or null. */
  function gripAt(at, reach) {
    const box = lab.history.present.boxes[lab.object];
    if (!box || !at.frame) return null;
    const near = boxGrips(box).find(({ x, y }) => Math.hypot((x - at.x) * at.frame.scale, (y - at.y) * at.frame.scale) < reach);
    return near ? near.edge : null;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    const at = stage.locate(event);
    if (!at) return;
    gesture = { at, moved: false, kind: "look", base: lab.history.present };
    if (lab.tool !== "edit" || !at.frame || held) return;
    canvas.setPointerCapture(event.pointerId);
    Object.assign(gesture, grabAt(at, event.pointerType === "touch" ? 18 : 9));
    gesture.fresh = gesture.kind === "move" && gesture.object !== lab.object;
    if (gesture.fresh) lab.choose(gesture.object);
  });

  /** What lies under the pointer while boxes are edited: {kind: "resize" | "move" | "draw", edge, object}. */
  function grabAt(at, reach) {
    const edge = gripAt(at, reach);
    if (edge) return { kind: "resize", edge, object: lab.object };
    if (boxHolds(lab.history.present.boxes[lab.object], at)) return { kind: "move", object: lab.object };
    const inside = lab.engine.objectAt(at.x, at.y);
    return inside >= 0 ? { kind: "move", object: inside } : { kind: "draw" };
  }

  canvas.addEventListener("pointermove", (event) => {
    const at = stage.locate(event);
    if (!at) return;
    if (gesture && Math.hypot(at.px - gesture.at.px, at.py - gesture.at.py) > SLIP) gesture.moved = true;
    if (held && !gesture && at.frame) {
      follow(held, at);
      return;
    }
    if (gesture?.moved && gesture.kind !== "look") {
      follow(gesture, at);
      return;
    }
    if (!at.frame) {
      lab.inspect(-1);
      return;
    }
    if (lab.tool === "edit") {
      const { kind, edge } = grabAt(at, 9);
      canvas.style.cursor = kind === "resize" ? CURSORS[edge] : kind === "move" ? "move" : "crosshair";
      return;
    }
    canvas.style.cursor = "crosshair";
    if (event.pointerType !== "touch") lab.inspect(lab.engine.anchorAt(at.x, at.y, lab.view.level));
  });

  canvas.addEventListener("pointerleave", () => !gesture && lab.inspect(-1));
  canvas.addEventListener("pointercancel", () => {
    if (gesture?.moved && gesture.kind !== "look") lab.tryTruth(gesture.base, gesture.object ?? lab.object);
    gesture = null;
    if (!held) end();
  });

  canvas.addEventListener("pointerup", (event) => {
    if (!gesture) return;
    const done = gesture;
    const at = stage.locate(event) ?? done.at;
    if (held) place(held, at);
    else if (done.kind === "look" || !done.moved) click(done, at);
    else place(done, at);
    gesture = null;
  });

  /** Keep what a gesture, or the second of two clicks, made of the truth. */
  function place(hand, at) {
    const next = changed(hand, at);
    const object = hand.kind === "draw" ? hand.base.boxes.length : hand.object;
    end();
    lab.edit(next, object);
    tell();
  }

  function end() {
    gesture = null;
    held = null;
    lab.draft = null;
    lab.editing = false;
  }

  function click(hand, at) {
    if (!at.frame) return;
    const over = lab.engine.objectAt(at.x, at.y);
    const inChosen = boxHolds(lab.history.present.boxes[lab.object], at);
    if (lab.tool === "edit") {
      if (hand.fresh) return; // the click chose it
      held = { ...hand, at };
      tell();
    } else if (!inChosen && over >= 0) lab.choose(over);
    else lab.pin(lab.engine.anchorAt(at.x, at.y, lab.view.level));
  }

  /** Let go of what a click has taken hold of; the truth is as it was. */
  function drop() {
    if (!held) return;
    const { base, object } = held;
    end();
    lab.tryTruth(base, object ?? lab.object);
    tell();
  }

  function tell() {
    setWords(words, {
      draw: t("Now click the opposite corner (Esc: let go)."),
      resize: t("Now click where this edge belongs (Esc: let go)."),
      move: t("Now click where the box belongs (Esc: let go)."),
    }[held?.kind] ?? t("Drag, or click twice: a corner and its opposite, an edge or a box and where it belongs."));
    if (held) lab.say(words.textContent);
  }

  function follow(hand, at) {
    lab.editing = true;
    const next = changed(hand, at);
    if (hand.kind === "draw") lab.draft = next.boxes[next.boxes.length - 1];
    lab.tryTruth(next, hand.kind === "draw" ? next.boxes.length - 1 : hand.object);
  }

  /** The truth that a hand makes which took hold at `hand.at` and is at `at`. */
  function changed(hand, at) {
    const [x, y] = edgePoint(at, hand.at);
    if (hand.kind === "draw") return addBox(hand.base, [hand.at.x, hand.at.y, x, y], chosenLabel(), lab.payload);
    return hand.kind === "move"
      ? moveBox(hand.base, hand.object, x - hand.at.x, y - hand.at.y, lab.payload)
      : resizeBox(hand.base, hand.object, hand.edge, x, y, lab.payload);
  }

  /** Picture point of the pointer, also where it has left the frame it began in. */
  function edgePoint(at, start) {
    if (at.frame === start.frame) return [at.x, at.y];
    const { frame } = start;
    return [frame.x0 + (at.px - frame.left) / frame.scale, frame.y0 + (at.py - frame.top) / frame.scale];
  }

  const chosenLabel = () => Number(labels.value || 0);

  /** Arrow keys on the picture: walk from cell to cell; while editing move the box, with Shift its lower right corner. */
  function walk(dx, dy, shift) {
    if (lab.tool === "edit" && lab.object >= 0) {
      const truth = lab.history.present;
      const [, , x2, y2] = truth.boxes[lab.object];
      lab.edit(shift ? resizeBox(truth, lab.object, "se", x2 + dx, y2 + dy, lab.payload) : moveBox(truth, lab.object, dx, dy, lab.payload), lab.object);
      return;
    }
    if (!lab.reading) return;
    const { level, column, row } = lab.reading.cell;
    const { first, columns, rows } = lab.payload.levels[level];
    const [x, y] = [Math.max(0, Math.min(columns - 1, column + dx)), Math.max(0, Math.min(rows - 1, row + dy))];
    if (lab.view.pin >= 0) lab.setView({ pin: -1 });
    lab.inspect(first + y * columns + x, true);
  }

  function write(dirty) {
    if (!dirty.object && !dirty.view && !dirty.truth) return;
    const empty = lab.history.present.boxes.length === 0;
    const asks = empty && lab.tool !== "edit";
    if (invite.hidden === asks) invite.hidden = !asks;
    if (asks) writeInvitation();
    const edits = lab.tool === "edit";
    if (bar.hidden === edits) {
      bar.hidden = !edits;
      lab.part("controls").hidden = edits;
      tell();
    }
    canvas.style.touchAction = edits ? "none" : "pan-y pinch-zoom";
    const label = lab.history.present.labels[lab.object];
    if (label !== undefined && labels.value !== String(label)) labels.value = String(label);
    const button = (name) => lab.root.querySelectorAll(`[data-do="${name}"]`);
    button("undo").forEach((one) => (one.disabled = !lab.history.canUndo));
    button("redo").forEach((one) => (one.disabled = !lab.history.canRedo));
    button("delete").forEach((one) => (one.disabled = lab.object < 0));
    button("edit").forEach((one) => setMark(one, "aria-pressed", String(lab.tool === "edit")));
  }

  /** What to do where there is no truth; the detector's own finds are offered only where there are some. */
  function writeInvitation() {
    const finds = detectionsAsTruth(lab.payload, 1).boxes.length > 0;
    const words = finds
      ? t("No truth yet. Draw a box round an object, or let the detector’s own finds stand as truth.")
      : t("No truth yet. Draw a box round an object, for the one-to-one head finds nothing above 0.25 here.");
    setWords(inviteWords, words);
    invite.querySelector('[data-do="detections"]').hidden = !finds;
  }

  return {
    write,
    fillLabels,
    walk,
    drop,
    holds: () => held !== null,
    /** Whether a hand is on a box: in a drag, or between two clicks. */
    busy: () => held !== null || (gesture !== null && lab.tool === "edit"),
    remove() {
      if (lab.object < 0) return;
      lab.edit(removeBox(lab.history.present, lab.object), Math.min(lab.object, lab.history.present.boxes.length - 2));
    },
    detections() {
      const truth = detectionsAsTruth(lab.payload, 1);
      if (truth.boxes.length) lab.edit(truth, -2);
      else lab.say(t("The one-to-one head finds nothing above 0.25 here: draw a box instead."));
    },
  };
}

function boxHolds(box, { x, y }) {
  return Boolean(box) && x > box[0] && x < box[2] && y > box[1] && y < box[3];
}
