// Heat over the picture: one value per anchor of the chosen object (m, p, overlap, s, t, BCE or push), painted one pixel per anchor
// into a small image per level and blown up without interpolation, because an anchor is a cell and not a sample.

import { heatWords, pushWords } from "../kit/ink.js";
import { TARGET_LAYERS, targetsOf } from "../engine/targets.js";

const HEAT_CLEAR = 0.05; // of the best: cells below it stay clear, so that the picture is seen
const CELL_GAP = 1; // canvas pixels left between tiles
const CELL_ROOM = 12; // canvas pixels of a cell that is drawn as a tile
const CELLS_APART = 500; // tiles at most; more are painted as one image
const HEAT_DECADES = 4; // the log scale shows this many powers of ten below its largest value

/** Painter of heat for one payload; keeps a small image per head and level. */
export function createHeat(payload) {
  const ramps = { heat: heatWords(), push: pushWords() };
  const images = [0, 1].map(() => payload.levels.map((level) => heatImage(level.columns, level.rows)));
  const steps = new Uint8Array(payload.anchors); // 0: no cell; 1..255: heat; of a push 128 is 0
  const touched = new Int32Array(payload.anchors);
  let count = 0;

  function set(anchor, share, signed = false) {
    if (!(share >= HEAT_CLEAR || signed)) return;
    if (!steps[anchor]) touched[count++] = anchor;
    steps[anchor] = Math.max(1, Math.min(255, Math.round(255 * share)));
  }

  /** Fill `steps` with one layer of one head; the result says nothing about pixels yet. */
  function measure(result, h, layer, log) {
    for (let i = 0; i < count; i += 1) steps[touched[i]] = 0;
    count = 0;
    const chosen = result.selected;
    if (layer === "none" || !chosen) return;
    const head = chosen.heads[h];
    if (TARGET_LAYERS.includes(layer)) {
      targetsEverywhere(result, h, layer, log);
      return;
    }
    if (layer === "p") {
      scoreEverywhere(result, h, log);
      return;
    }
    const values = layer === "m" ? head.logM : layer === "u" ? head.u : layer === "t" ? head.tFinal : null;
    const top = heatTop(result, h, layer);
    for (let i = 0; i < chosen.n; i += 1) {
      const anchor = chosen.anchors[i];
      if (layer === "s") set(anchor, 1);
      else if (layer === "m") set(anchor, log ? decade((values[i] - top) / Math.LN10) : Math.exp(values[i] - top));
      else set(anchor, log ? decade(Math.log10(values[i] / top)) : values[i] / top);
    }
  }

  function scoreEverywhere(result, h, log) {
    const { label } = result.each[result.object];
    const column = payload.columnOf(label);
    if (column < 0) return;
    const { scores } = payload.heads[result.heads[h].predictions];
    const width = payload.classes.length;
    for (let a = 0; a < payload.anchors; a += 1) {
      const p = scores[a * width + column];
      set(a, log ? decade(Math.log10(p)) : p);
    }
  }

  function targetsEverywhere(result, h, layer, log) {
    const targets = targetsOf(payload, result);
    if (!targets) return;
    const signed = layer === "g";
    const values = signed ? targets.heads[h].push : targets.heads[h].bce;
    const top = targets.most[layer] || 1;
    for (let a = 0; a < payload.anchors; a += 1) {
      const share = Math.abs(values[a]) / top;
      const shown = log ? decade(Math.log10(share)) : share;
      set(a, signed ? (128 + 127 * (values[a] < 0 ? -shown : shown)) / 255 : shown, signed);
    }
  }

  /** Draw the heat of head `h` into a frame: `place(x, y)` gives canvas pixels of picture pixels, `scale` their ratio. */
  function paint(context, result, h, view, frame) {
    measure(result, h, view.layer, view.log);
    if (!count) return;
    const only = view.level === "all" ? -1 : Number(view.level);
    const level = Math.max(0, Math.min(payload.levels.length - 1, only));
    const image = images[h][level];
    image.words.fill(0);
    const zero = view.layer === "g" ? 128 : 0;
    const words = zero ? ramps.push : ramps.heat;
    for (let i = 0; i < count; i += 1) {
      const anchor = touched[i];
      const at = payload.level[anchor];
      if (only < 0) spread(image, anchor, at, zero);
      else if (at === level) image.steps[anchor - payload.levels[level].first] = steps[anchor];
    }
    const { origin, cell, columns, rows } = payload.levels[level];
    const [wide, high] = [cell[0] * frame.scale, cell[1] * frame.scale];
    const [x, y] = [frame.left + (origin[0] - frame.x0) * frame.scale, frame.top + (origin[1] - frame.y0) * frame.scale];
    const apart = count <= CELLS_APART && wide >= CELL_ROOM; // few and large: each a tile of its own
    for (let i = 0; i < image.steps.length; i += 1) {
      const step = image.steps[i];
      if (!step) continue;
      image.steps[i] = 0;
      if (apart) {
        context.fillStyle = cssOf(words[step]);
        context.fillRect(x + (i % columns) * wide + CELL_GAP / 2, y + Math.floor(i / columns) * high + CELL_GAP / 2, wide - CELL_GAP, high - CELL_GAP);
      } else image.words[i] = words[step];
    }
    if (apart) return;
    context.imageSmoothingEnabled = false;
    image.context.putImageData(image.data, 0, 0);
    context.drawImage(image.canvas, x, y, columns * wide, rows * high);
    context.imageSmoothingEnabled = true;
  }

  /** All levels at once: every cell of the finest grid shows the anchor that covers it whose heat is farthest from `zero`. */
  function spread(image, anchor, at, zero) {
    const fine = payload.levels[0];
    const own = payload.levels[at];
    const index = anchor - own.first;
    const fold = Math.round(own.stride / fine.stride);
    const column = (index % own.columns) * fold;
    const row = Math.floor(index / own.columns) * fold;
    const heat = steps[anchor];
    const right = Math.min(fine.columns, column + fold);
    const bottom = Math.min(fine.rows, row + fold);
    for (let y = row; y < bottom; y += 1) {
      for (let x = column; x < right; x += 1) {
        const cell = y * fine.columns + x;
        const held = image.steps[cell];
        if (!held || Math.abs(heat - zero) > Math.abs(held - zero)) image.steps[cell] = heat;
      }
    }
  }

  return { paint };
}

/** The value that the brightest heat colour stands for: log m for the metric, else the value itself. */
export function heatTop(result, h, layer) {
  const head = result.selected?.heads[h];
  if (!head || layer !== "m") return 1;
  return head.maxLogM;
}

function decade(tens) {
  return Math.max(0, 1 + tens / HEAT_DECADES);
}

/** A little-endian RGBA word as CSS. */
function cssOf(word) {
  return `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255} / ${(word >>> 24) / 255})`;
}

function heatImage(columns, rows) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const data = context.createImageData(columns, rows);
  return { canvas, context, data, words: new Uint32Array(data.data.buffer), steps: new Uint8Array(columns * rows) };
}
