// One meaning, one colour, one form: the palette read from the page's theme, the colours of heat, marks with a light and a
// dark casing, canvases of the right size, and text nodes that are touched only when their words change.

import { CIVIDIS, DARK_CASING, DUPLICATE_INK, HEAT_OPACITY, LIGHT_CASING, PALETTE, PLATE, PUSH_STOPS } from "./palette.js";

const LEAST_ROOM = 40; // pixels a side: below that nothing can be read

/** Colours and fonts of the page, as the canvas needs them: resolved, for the theme that is on. */
export function readInk(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const background = colour("--dv-bg");
  const dark = isDark(background);
  if (element.dataset.theme !== (dark ? "dark" : "light")) element.dataset.theme = dark ? "dark" : "light";
  return {
    dark,
    background,
    text: colour("--dv-text"),
    soft: colour("--dv-soft"),
    line: colour("--dv-line"),
    panel: colour("--dv-panel"),
    ...PALETTE[dark ? "dark" : "light"],
    size: parseFloat(style.fontSize) || 15,
    large: style.getPropertyValue("--dv-large").trim() === "1", // a presenter's page asks for it
    font: style.fontFamily || "sans-serif",
  };
}

/** Whether a CSS colour is darker than mid-grey to the eye. */
export function isDark(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = LIGHT_CASING;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 110;
}

/** 256 heat colours as little-endian RGBA words; opacity grows with the value, so that nothing stays nothing. */
export function heatWords([least, most] = HEAT_OPACITY) {
  const words = new Uint32Array(256);
  const stop = (i, channel) => parseInt(CIVIDIS.slice(6 * i + 2 * channel, 6 * i + 2 * channel + 2), 16);
  for (let value = 0; value < 256; value += 1) {
    const place = (value / 255) * 15;
    const low = Math.min(14, Math.floor(place));
    const part = place - low;
    const [red, green, blue] = [0, 1, 2].map((c) => Math.round(stop(low, c) * (1 - part) + stop(low + 1, c) * part));
    const alpha = Math.round(least + ((most - least) * value) / 255);
    words[value] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return words;
}

/** 256 colours of the push as little-endian RGBA words; 128 stands for 0. */
export function pushWords() {
  const words = new Uint32Array(256);
  for (let value = 1; value < 256; value += 1) {
    const at = (value - 1) / 254;
    const high = Math.max(1, PUSH_STOPS.findIndex(([share]) => share >= at));
    const [low, top] = [PUSH_STOPS[high - 1], PUSH_STOPS[high]];
    const part = (at - low[0]) / (top[0] - low[0]);
    const [red, green, blue, alpha] = [1, 2, 3, 4].map((c) => Math.round((c === 4 ? 255 : 1) * (low[c] * (1 - part) + top[c] * part)));
    words[value] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return words;
}

/** The scale of heat or push for a legend, as it looks over a light picture: [[share, CSS colour]]. */
export function scaleStops(push) {
  if (push) return PUSH_STOPS.map(([share, red, green, blue, alpha]) => [share, `rgba(${red},${green},${blue},${alpha})`]);
  return Array.from({ length: 16 }, (_, i) => [i / 15, `#${CIVIDIS.slice(6 * i, 6 * i + 6)}`]);
}

/** The same as a CSS background. */
export function scaleGradient(push) {
  const stops = scaleStops(push).map(([share, colour]) => `${colour} ${100 * share}%`);
  return `linear-gradient(90deg, ${stops.join(",")}), #fff`;
}

/** Give a canvas its size in CSS pixels; returns a context scaled to them, or null while it has no room. */
export function fitCanvas(canvas, width, height) {
  const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (w < 2 || h < 2) return null;
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    if (canvas.style) {
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
  }
  const context = canvas.getContext("2d");
  context.setTransform(w / width, 0, 0, h / height, 0, 0);
  return context;
}

/** The canvas at the size its holder has now: {width, height, context}, or null while there is no room to draw in. */
export function fitHolder(canvas, holder) {
  const [width, height] = [Math.floor(holder.clientWidth), Math.floor(holder.clientHeight)];
  if (width < LEAST_ROOM || height < LEAST_ROOM) return null;
  return { width, height, context: fitCanvas(canvas, width, height) };
}

/** Names of a chart's axes, each {words, colour}: one below the middle of its area, one turned and `left` pixels from the edge. */
export function nameAxes(context, area, { left, bottom }, across, up) {
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillStyle = across.colour;
  context.fillText(across.words, (area.left + area.right) / 2, bottom);
  context.save();
  context.translate(left, (area.top + area.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  context.fillStyle = up.colour;
  context.fillText(up.words, 0, 0);
  context.restore();
  context.textAlign = "left";
}

/** Paint inside a frame {left, top, width, height} only. */
export function within(context, frame, paint) {
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top, frame.width, frame.height);
  context.clip();
  paint();
  context.restore();
}

/** A layer drawn once and kept: an off-screen canvas of the same size as its parent. */
export function keptLayer(width, height, ratio, paint) {
  const layer = document.createElement("canvas");
  layer.width = Math.max(1, Math.round(width * ratio));
  layer.height = Math.max(1, Math.round(height * ratio));
  const context = layer.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint(context);
  return layer;
}

/** Stroke a path in a colour between a light and a dark casing of one pixel each, so that it is seen on any picture. */
export function strokeCased(context, path, colour, width, dash = null, casing = 1) {
  context.lineJoin = "miter";
  context.lineCap = "butt";
  if (casing > 0) {
    context.setLineDash([]);
    context.globalAlpha = casing;
    context.strokeStyle = DARK_CASING;
    context.lineWidth = width + 3;
    if (dash) context.setLineDash(dash);
    context.stroke(path);
    context.strokeStyle = LIGHT_CASING;
    context.lineWidth = width + 1.4;
    context.stroke(path);
    context.globalAlpha = 1;
  }
  context.setLineDash(dash ?? []);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(path);
  context.setLineDash([]);
}

/** The true box that is spoken of: ink dashes on white. */
export function strokeTruth(context, path) {
  context.lineJoin = "miter";
  context.strokeStyle = LIGHT_CASING;
  context.lineWidth = 3.4;
  context.stroke(path);
  context.strokeStyle = DARK_CASING;
  context.lineWidth = 2;
  context.setLineDash([7, 5]);
  context.stroke(path);
  context.setLineDash([]);
}

/** Double outline in purple: a box whose object a better one has taken. */
export function strokeDouble(context, path, plain = false) {
  strokeCased(context, path, DUPLICATE_INK, 4.2, null, plain ? 0 : 0.5);
  context.strokeStyle = LIGHT_CASING;
  context.lineWidth = 1.3;
  context.stroke(path);
}

/** Fill a path in a colour, with the same two casings around it. */
export function fillCased(context, path, colour, casing = 1) {
  context.lineJoin = "round";
  context.setLineDash([]);
  context.strokeStyle = DARK_CASING;
  context.lineWidth = 2 + 2 * casing;
  context.stroke(path);
  context.strokeStyle = LIGHT_CASING;
  context.lineWidth = 2 * casing;
  context.stroke(path);
  context.fillStyle = colour;
  context.fill(path);
}

export function addCircle(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

export function addDiamond(path, x, y, radius) {
  path.moveTo(x, y - radius);
  path.lineTo(x + radius, y);
  path.lineTo(x, y + radius);
  path.lineTo(x - radius, y);
  path.closePath();
}

/** A triangle that points up, or down. */
export function addTriangle(path, x, y, radius, up) {
  const way = up ? -1 : 1;
  path.moveTo(x, y + way * radius);
  path.lineTo(x + radius, y - way * 0.8 * radius);
  path.lineTo(x - radius, y - way * 0.8 * radius);
  path.closePath();
}

export function addCross(path, x, y, radius) {
  path.moveTo(x - radius, y - radius);
  path.lineTo(x + radius, y + radius);
  path.moveTo(x + radius, y - radius);
  path.lineTo(x - radius, y + radius);
}

/** Words on a picture: ink on a plate, so that they read on anything; it begins at x, or sooner where it would reach beyond
 *  `right`. Returns the plate's width. */
export function writeTag(context, words, x, y, { size, font, text = DARK_CASING, plate = PLATE, weight = 400, right = Infinity }) {
  context.font = `${weight} ${size}px ${font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const width = context.measureText(words).width + 8;
  const left = Math.min(x, right - width);
  context.fillStyle = plate;
  context.fillRect(left, y - size * 0.72, width, size * 1.44);
  context.fillStyle = text;
  context.fillText(words, left + 4, y + 0.5);
  return width;
}

/** Write words into an element only when they differ: unchanged text costs no layout. */
export function setWords(element, words) {
  if (element.dvWords === words) return false;
  element.dvWords = words;
  element.textContent = words;
  return true;
}

/** Write one attribute or property only when it differs. */
export function setMark(element, name, value) {
  const held = (element.dvMarks ??= {});
  if (held[name] === value) return;
  held[name] = value;
  if (value === null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Fill a definition list with the keys of a table and what each does. */
export function writeKeyList(list, keys) {
  list.replaceChildren(
    ...keys.flatMap(({ shown, does }) => {
      const term = document.createElement("dt");
      term.textContent = shown;
      const words = document.createElement("dd");
      words.textContent = does;
      return [term, words];
    }),
  );
}
