// Truth by hand: boxes drawn, moved, resized, labelled and deleted, as pure edits on {boxes, labels}; their short code for
// link and message; undo. Drawn boxes snap to `payload.quantum`, so that code, Python and browser hold the same numbers.

import { HEADS } from "./knobs.js";
import { bestClassRows, pickRows, suppress } from "./nms.js";

const CORNER_BYTES = 8; // four corners of 16 bits in quanta; the label follows
const LEAST_SIDE = 2; // pixels: a smaller box is a slip of the hand

/** The box with its corners in order, inside the picture, on the quantum and at least 2 pixels wide. */
export function snapBox([x1, y1, x2, y2], payload) {
  const { picture, quantum } = payload;
  const side = (from, to, limit) => {
    const snap = (value) => Math.round(Math.min(limit, Math.max(0, value)) / quantum) * quantum;
    const most = Math.floor(limit / quantum) * quantum;
    let low = Math.min(snap(Math.min(from, to)), most);
    let high = Math.min(snap(Math.max(from, to)), most);
    if (high - low < LEAST_SIDE) {
      low = Math.max(0, Math.min(low, most - LEAST_SIDE));
      high = low + LEAST_SIDE;
    }
    return [low, high];
  };
  const [left, right] = side(x1, x2, picture.width);
  const [top, bottom] = side(y1, y2, picture.height);
  return [left, top, right, bottom];
}

export function quantise(truth, payload) {
  return { boxes: truth.boxes.map((box) => snapBox(box, payload)), labels: [...truth.labels] };
}

export function addBox(truth, box, label, payload) {
  return { boxes: [...truth.boxes, snapBox(box, payload)], labels: [...truth.labels, label] };
}

export function setBox(truth, g, box, payload) {
  return { boxes: truth.boxes.map((old, i) => (i === g ? snapBox(box, payload) : old)), labels: truth.labels };
}

/** Shift a box, keeping its size: it stops at the picture's border. */
export function moveBox(truth, g, dx, dy, payload) {
  const [x1, y1, x2, y2] = truth.boxes[g];
  const { width, height } = payload.picture;
  const right = Math.max(-x1, Math.min(width - x2, dx));
  const down = Math.max(-y1, Math.min(height - y2, dy));
  return setBox(truth, g, [x1 + right, y1 + down, x2 + right, y2 + down], payload);
}

/** Pull an edge or corner ("n", "s", "e", "w", "ne", …) to a point. */
export function resizeBox(truth, g, edge, x, y, payload) {
  const [x1, y1, x2, y2] = truth.boxes[g];
  const box = [edge.includes("w") ? x : x1, edge.includes("n") ? y : y1, edge.includes("e") ? x : x2, edge.includes("s") ? y : y2];
  return setBox(truth, g, box, payload);
}

export function removeBox(truth, g) {
  const others = (_, i) => i !== g;
  return { boxes: truth.boxes.filter(others), labels: truth.labels.filter(others) };
}

export function relabel(truth, g, label) {
  return { boxes: truth.boxes, labels: truth.labels.map((old, i) => (i === g ? label : old)) };
}

/** Bytes of a box in the text: one more above 256 classes. */
function boxBytes(payload) {
  return CORNER_BYTES + (payload.classNames.length > 256 ? 2 : 1);
}

/** Truth → text for the link, 12 characters a box (14 above 256 classes); its boxes are snapped first. */
export function encodeTruth(truth, payload) {
  const wide = boxBytes(payload);
  const bytes = new Uint8Array(truth.boxes.length * wide);
  const view = new DataView(bytes.buffer);
  quantise(truth, payload).boxes.forEach((box, g) => {
    box.forEach((value, side) => view.setUint16(g * wide + 2 * side, Math.round(value / payload.quantum), true));
    for (let digit = CORNER_BYTES; digit < wide; digit += 1) bytes[g * wide + digit] = truth.labels[g] >> (8 * (digit - CORNER_BYTES));
  });
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The text back → truth, or null when it is no such text or does not fit the picture or the classes. */
export function decodeTruth(code, payload) {
  let binary;
  try {
    binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  const wide = boxBytes(payload);
  if (binary.length % wide) return null;
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const truth = { boxes: [], labels: [] };
  for (let start = 0; start < bytes.length; start += wide) {
    const box = [0, 2, 4, 6].map((side) => view.getUint16(start + side, true) * payload.quantum);
    const label = wide === CORNER_BYTES + 1 ? bytes[start + CORNER_BYTES] : view.getUint16(start + CORNER_BYTES, true);
    if (!(box[0] < box[2] && box[1] < box[3]) || label >= payload.classNames.length) return null;
    if (box[2] > payload.picture.width || box[3] > payload.picture.height) return null;
    truth.boxes.push(box);
    truth.labels.push(label);
  }
  return truth;
}

/** Undo and redo over truths that are never changed in place. */
export function createHistory(start) {
  const history = {
    present: start,
    past: [],
    future: [],
    get canUndo() {
      return history.past.length > 0;
    },
    get canRedo() {
      return history.future.length > 0;
    },
    commit(next) {
      history.past.push(history.present);
      if (history.past.length > 200) history.past.shift();
      history.present = next;
      history.future = [];
      return next;
    },
    undo() {
      if (history.past.length) {
        history.future.push(history.present);
        history.present = history.past.pop();
      }
      return history.present;
    },
    redo() {
      if (history.future.length) {
        history.past.push(history.present);
        history.present = history.future.pop();
      }
      return history.present;
    },
    reset(next) {
      Object.assign(history, { present: next, past: [], future: [] });
      return next;
    },
  };
  return history;
}

/** A head's own detections as truth, which says whose they are (`from`: the head's name): each anchor's best carried class
 *  above the confidence, best first; the one-to-many head (0) after class-wise NMS at 0.7, the one-to-one head (1) as it is. */
export function detectionsAsTruth(payload, head = 1, confidence = 0.25, limit = 60) {
  const rows = bestClassRows(payload.heads[head], payload.classes, confidence);
  const { order } = suppress(rows, head === 0 ? 0.7 : Infinity, limit);
  const kept = pickRows(rows, order);
  const boxes = Array.from(order, (_, i) => Array.from(kept.boxes.subarray(4 * i, 4 * i + 4)));
  return { ...quantise({ boxes, labels: Array.from(kept.labels) }, payload), from: HEADS[head] };
}
