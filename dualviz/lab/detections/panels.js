// Three pictures side by side with their boxes: one view for all (zoom, pan), and a box pointed at in one shows the same
// object's box in the others. What does not follow the pointer is painted once and kept. A phone shows one of the three,
// chosen by its count.

import { fitCanvas, keptLayer, setMark, setWords } from "../kit/ink.js";
import { sameThing } from "../engine/paths.js";
import { listenZoom, pictureFrame } from "./frames.js";
import { PATH_NAMES, paintOutput, paintPicked, paintPointed, readRow, rowAtPlace, share } from "./outputs.js";
import { t, tn } from "../kit/words.js";

const REACH = 7; // canvas pixels around an outline in which the pointer finds it
const DOUBLE = '<svg viewBox="0 0 14 12" aria-hidden="true"><rect x="1.5" y="1.5" width="11" height="9" class="k-dup"/><rect x="1.5" y="1.5" width="11" height="9" class="k-dup-core"/></svg>';

export function createPanels(page) {
  const holder = page.part("panels");
  const panels = page.result.paths.map(({ key, head }, index) => {
    const name = PATH_NAMES[key];
    const section = document.createElement("section");
    section.className = "dvd-panel";
    section.dataset.head = head;
    section.dataset.path = key;
    const title = document.createElement("header");
    const heading = document.createElement("h2");
    heading.textContent = name[0].toUpperCase() + name.slice(1);
    const count = document.createElement("b");
    title.append(heading, count);
    const box = document.createElement("div");
    box.className = "dv-canvas";
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", t("picture with boxes"));
    canvas.setAttribute("aria-label", t("{name}: left and right arrows walk through its boxes by score, Enter takes one to the clinic", { name }));
    box.append(canvas);
    const tally = document.createElement("p");
    tally.className = "dvd-tally";
    const cells = ["found", "duplicate", "missed", "false"].map((kind) => {
      const cell = document.createElement("span");
      cell.dataset.kind = kind;
      if (kind === "duplicate") cell.innerHTML = DOUBLE;
      const words = document.createElement("span");
      cell.append(words);
      tally.append(cell);
      return { kind, cell, words };
    });
    const readout = document.createElement("p");
    readout.className = "dvd-readout";
    const below = document.createElement("div");
    below.className = "dvd-below";
    below.append(tally, readout);
    section.append(title, box, below);
    const choose = document.createElement("button");
    choose.type = "button";
    choose.dataset.head = head;
    const [number, short] = [document.createElement("b"), document.createElement("span")];
    short.textContent = { raw: t("raw"), nms: t("with NMS"), free: t("one-to-one") }[key];
    choose.append(number, short);
    choose.addEventListener("click", () => {
      page.shown = key;
      page.relayout();
    });
    page.part("switch").append(choose);
    return { index, key, section, box, canvas, count, cells, readout, choose, number, context: null, layer: null };
  });
  holder.replaceChildren(...panels.map(({ section }) => section));
  let frame = null;
  const ratio = () => Math.min(2, globalThis.devicePixelRatio || 1);

  function measure() {
    const width = Math.max(...panels.map(({ box }) => Math.floor(box.clientWidth)));
    if (width < 40) return;
    const most = Math.max(220, 0.56 * (globalThis.innerHeight || 800));
    frame = pictureFrame(width, most, page.payload.picture, page.zoom);
    for (const panel of panels) {
      panel.context = fitCanvas(panel.canvas, frame.width, frame.height);
      panel.box.style.minHeight = `${frame.height}px`;
    }
  }

  function draw(dirty) {
    setMark(holder, "data-shown", page.shown);
    for (const panel of panels) setMark(panel.choose, "aria-pressed", String(panel.key === page.shown));
    if (dirty.layout || dirty.zoom || !frame) measure();
    if (!frame) return;
    const fresh = dirty.layout || dirty.zoom || dirty.truth;
    const rows = page.hovered ? sameThing(page.result, page.hovered.path, page.hovered.row) : [-1, -1, -1];
    for (const panel of panels) {
      const path = page.result.paths[panel.index];
      const same = panel.rows === path.rows && panel.n === path.n && panel.match === path.match;
      Object.assign(panel, { rows: path.rows, n: path.n, match: path.match });
      if (fresh || !same || !panel.layer) panel.layer = keptLayer(frame.width, frame.height, ratio(), (context) => paintOutput(context, frame, page, path));
      panel.context.drawImage(panel.layer, 0, 0, frame.width, frame.height);
      paintPicked(panel.context, frame, page, path);
      if (rows[panel.index] >= 0) paintPointed(panel.context, frame, page, path, rows[panel.index]);
    }
    panels.shown = rows;
  }

  function write(dirty) {
    if (dirty.settings || dirty.truth) for (const panel of panels) writeTally(panel);
    for (const panel of panels) {
      const row = panels.shown?.[panel.index] ?? -1;
      setWords(panel.readout, page.hovered ? readRow(page, panel.index, row, panel.index !== page.hovered.path) : "");
      setMark(panel.section, "data-on", Boolean(page.hovered));
    }
  }

  function writeTally({ index, count, number, cells }) {
    const { counts } = page.result.paths[index];
    const known = page.truth.boxes.length > 0;
    setWords(count, tn("{n} box", "{n} boxes", counts.n));
    setWords(number, String(counts.n));
    const said = {
      found: t("{count} found", { count: counts.found }),
      duplicate: tn("{n} duplicate", "{n} duplicates", counts.duplicate),
      missed: t("{count} missed", { count: counts.missed }),
      false: t("{count} false", { count: counts.false }),
    };
    for (const { kind, cell, words } of cells) {
      cell.hidden = !known || (kind === "false" && !counts.false);
      setMark(cell, "data-some", counts[kind] > 0);
      setWords(words, said[kind]);
    }
  }

  /** Canvas pixels of an event as picture pixels. */
  function place(canvas, event) {
    const bounds = canvas.getBoundingClientRect();
    const px = ((event.clientX - bounds.left) * frame.width) / bounds.width;
    const py = ((event.clientY - bounds.top) * frame.height) / bounds.height;
    return { x: frame.x0 + px / frame.scale, y: frame.y0 + py / frame.scale };
  }

  panels.forEach((panel, index) => {
    const { canvas } = panel;
    listenZoom(canvas, page, (event) => place(canvas, event), () => frame);
    canvas.addEventListener("pointermove", (event) => {
      if (page.panning) return;
      const { x, y } = place(canvas, event);
      const row = rowAtPlace(page.result.paths[index], x, y, REACH / frame.scale);
      setMark(canvas, "data-on", row >= 0);
      page.hover(row < 0 ? null : { path: index, row });
    });
    canvas.addEventListener("pointerleave", () => page.hover(null));
    canvas.addEventListener("blur", () => page.hover(null));
    canvas.addEventListener("click", (event) => {
      if (page.panned) return;
      const { x, y } = place(canvas, event);
      const row = rowAtPlace(page.result.paths[index], x, y, REACH / frame.scale);
      if (row >= 0) page.pick(index, row);
    });
    canvas.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const { n } = page.result.paths[index];
      const at = page.hovered?.path === index ? page.hovered.row : -1;
      if (way && n) page.hover({ path: index, row: (at < 0 && way < 0 ? n - 1 : at + way + n) % n }, true);
      else if (event.key === "Enter" && at >= 0) page.pick(index, at);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  });

  return {
    draw,
    write,
    get frame() {
      return frame;
    },
    panels,
    /** The three pictures beside each other with titles and counts, for a PNG. */
    still(width, ratioOf) {
      const gap = 14;
      const wide = Math.floor((width - 2 * gap) / 3);
      const fixed = pictureFrame(wide, 900, page.payload.picture, page.zoom);
      const line = 20;
      return keptLayer(width, fixed.height + 3.4 * line, ratioOf, (context) => {
        page.result.paths.forEach((path, index) => {
          context.save();
          context.translate(index * (wide + gap), 0);
          context.font = `600 14px ${page.ink.font}`;
          context.textBaseline = "top";
          context.fillStyle = path.head ? page.ink.one : page.ink.many;
          context.fillText(PATH_NAMES[path.key], 0, 0);
          context.drawImage(keptLayer(wide, fixed.height, ratioOf, (own) => paintOutput(own, fixed, page, path)), 0, line, wide, fixed.height);
          context.font = `12.5px ${page.ink.font}`;
          context.fillStyle = page.ink.text;
          const words = countsLines(path, page.truth.boxes.length);
          words.forEach((text, i) => context.fillText(text, 0, fixed.height + line * (1.3 + i)));
          context.restore();
        });
      });
    },
  };
}

/** The first counts and the shares of an output, as two lines. */
export function countsLines(path, objects) {
  const { counts, curve } = path;
  if (!objects) return [tn("{n} box", "{n} boxes", counts.n)];
  return [
    tn("{n} box: {found} matched, {duplicate} duplicate, {wrong} false, {missed} missed", "{n} boxes: {found} matched, {duplicate} duplicate, {wrong} false, {missed} missed", counts.n, { found: counts.found, duplicate: counts.duplicate, wrong: counts.false, missed: counts.missed }),
    t("precision {precision}, recall {recall}, area under its curve {ap}", { precision: share(counts.precision), recall: share(counts.recall), ap: share(curve.ap) }),
  ];
}

/** What a screen reader hears of the three outputs. */
export function summary(page) {
  return page.result.paths.map((path) => `${PATH_NAMES[path.key]}: ${countsLines(path, page.truth.boxes.length).join("; ")}.`).join(" ");
}
