// Truth by hand: draw, move, resize, label and delete boxes on the stage, with undo; and the pointer's other errand there,
// pointing at anchors, pinning one, choosing an object. While a box is dragged the matching follows in the same frame.

import { boxGrips } from "./stage.js";
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
  let gesture = null;

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
    if (lab.tool !== "edit" || !at.frame) return;
    canvas.setPointerCapture(event.pointerId);
    const edge = gripAt(at, event.pointerType === "touch" ? 18 : 9);
    const inside = lab.engine.objectAt(at.x, at.y);
    if (edge) Object.assign(gesture, { kind: "resize", edge, object: lab.object });
    else if (boxHolds(lab.history.present.boxes[lab.object], at)) Object.assign(gesture, { kind: "move", object: lab.object });
    else if (inside >= 0) {
      lab.choose(inside);
      Object.assign(gesture, { kind: "move", object: inside });
    } else gesture.kind = "draw";
  });

  canvas.addEventListener("pointermove", (event) => {
    const at = stage.locate(event);
    if (!at) return;
    if (gesture && Math.hypot(at.px - gesture.at.px, at.py - gesture.at.py) > SLIP) gesture.moved = true;
    if (gesture?.moved && gesture.kind !== "look") {
      follow(at);
      return;
    }
    if (!at.frame) {
      lab.inspect(at.rung ? anchorOfRank(at.rung.rank) : -1);
      return;
    }
    if (lab.tool === "edit") {
      const edge = gripAt(at, 9);
      canvas.style.cursor = edge ? CURSORS[edge] : lab.engine.objectAt(at.x, at.y) >= 0 ? "move" : "crosshair";
      return;
    }
    canvas.style.cursor = "crosshair";
    lab.inspect(lab.engine.anchorAt(at.x, at.y, lab.view.level));
  });

  canvas.addEventListener("pointerleave", () => !gesture && lab.inspect(-1));
  canvas.addEventListener("pointercancel", () => {
    if (gesture?.moved && gesture.kind !== "look") lab.tryTruth(gesture.base, gesture.object ?? lab.object);
    end();
  });

  canvas.addEventListener("pointerup", (event) => {
    if (!gesture) return;
    const done = gesture;
    const at = stage.locate(event) ?? done.at;
    if (done.kind === "look" || !done.moved) click(at);
    else if (done.kind === "draw") {
      const box = [done.at.x, done.at.y, ...edgePoint(at, done.at)];
      end();
      lab.edit(addBox(done.base, box, chosenLabel(), lab.payload), done.base.boxes.length);
      return;
    } else {
      const next = gesture.next ?? done.base;
      end();
      lab.edit(next, done.object);
      return;
    }
    end();
  });

  function end() {
    gesture = null;
    lab.draft = null;
    lab.editing = false;
  }

  function click(at) {
    if (!at.frame) {
      if (at.rung) lab.pin(anchorOfRank(at.rung.rank));
      return;
    }
    const over = lab.engine.objectAt(at.x, at.y);
    const inChosen = boxHolds(lab.history.present.boxes[lab.object], at);
    if (!inChosen && over >= 0) lab.choose(over);
    else if (lab.tool !== "edit") lab.pin(lab.engine.anchorAt(at.x, at.y, lab.view.level));
  }

  function follow(at) {
    const [x, y] = edgePoint(at, gesture.at);
    lab.editing = true;
    if (gesture.kind === "draw") {
      lab.draft = [Math.min(gesture.at.x, x), Math.min(gesture.at.y, y), Math.max(gesture.at.x, x), Math.max(gesture.at.y, y)];
      const next = addBox(gesture.base, lab.draft, chosenLabel(), lab.payload);
      lab.tryTruth(next, next.boxes.length - 1);
      return;
    }
    gesture.next =
      gesture.kind === "move"
        ? moveBox(gesture.base, gesture.object, x - gesture.at.x, y - gesture.at.y, lab.payload)
        : resizeBox(gesture.base, gesture.object, gesture.edge, x, y, lab.payload);
    lab.tryTruth(gesture.next, gesture.object);
  }

  /** Picture point of the pointer, also where it has left the frame it began in. */
  function edgePoint(at, start) {
    if (at.frame === start.frame) return [at.x, at.y];
    const { frame } = start;
    return [frame.x0 + (at.px - frame.left) / frame.scale, frame.y0 + (at.py - frame.top) / frame.scale];
  }

  const chosenLabel = () => Number(labels.value || 0);

  function anchorOfRank(rank) {
    const { selected } = lab.result;
    const head = selected?.heads[0];
    return head && rank > 0 && rank <= head.count ? selected.anchors[head.order[rank - 1]] : -1;
  }

  /** Arrow keys on the stage: walk from cell to cell; while editing move the box, with Shift its lower right corner. */
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
    bar.hidden = lab.tool !== "edit";
    canvas.style.touchAction = lab.tool === "edit" ? "none" : "pan-y";
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
    remove() {
      if (lab.object < 0) return;
      lab.edit(removeBox(lab.history.present, lab.object), Math.min(lab.object, lab.history.present.boxes.length - 2));
    },
    detections() {
      const found = detectionsAsTruth(lab.payload, 1);
      if (found.boxes.length) lab.edit(found, -2);
      else lab.say(t("The one-to-one head finds nothing above 0.25 here: draw a box instead."));
    },
  };
}

function boxHolds(box, { x, y }) {
  return Boolean(box) && x > box[0] && x < box[2] && y > box[1] && y < box[3];
}
