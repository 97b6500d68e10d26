// Take it away: the stage or the plane as a picture twice as fine with its settings written inside, the candidates as CSV,
// and (asked of Python) the whole laboratory as one HTML file.

import { scaleWords } from "./legend.js";
import { candidatesCSV, settingsLine } from "./rows.js";

const TAKE_WIDTH = 900;
const TAKE_RATIO = 2;

export function createTakeaway(lab, { stage, plane }) {
  const menu = lab.part("takeaway");
  const views = {
    stage: { of: stage, title: "DualViz: dual label assignment on the picture", heated: true },
    plane: { of: plane, title: "DualViz: metric plane, log p × log overlap" },
  };
  if (lab.options.standalone) menu.querySelector('[data-take="html"]').hidden = true;

  menu.addEventListener("click", async (event) => {
    const what = event.target.closest("[data-take]")?.dataset.take;
    if (!what) return;
    menu.open = false;
    if (what === "html") {
      lab.say("Python is making the HTML file …");
      lab.options.onAsk?.({ kind: "html", at: Date.now() });
      return;
    }
    if (what === "csv") save(new Blob([candidatesCSV(lab.engine, lab.result)], { type: "text/csv" }), name(lab, "candidates", "csv"));
    else save(await picture(lab, views[what]), name(lab, what, "png"));
    lab.say("Saved.");
  });

  return {
    /** A PNG of a view, with title and settings inside: for the page's button and for tests. */
    picture: (what) => picture(lab, views[what]),
  };
}

function name(lab, what, ending) {
  const clean = (lab.payload.name || "picture").replace(/\.[a-z]+$/i, "").replace(/[^\w-]+/g, "-");
  return `dualviz-${clean}-${what}.${ending}`;
}

function save(blob, file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Settings, and for the stage what its heat shows and how far the scale reaches. */
function captionOf(lab, heated) {
  const { low, high, name } = scaleWords(lab);
  const { layer, level } = lab.view;
  const cells = level === "all" ? "all levels" : `level ${lab.payload.levels[Number(level)].name}`;
  const range = layer === "none" || !lab.result.selected ? "" : ` · heat: ${name}, ${cells}, ${low} … ${high}`;
  return settingsLine(lab.engine, lab.result) + (heated ? range : "");
}

function picture(lab, { of, title, heated }) {
  const still = of.still(TAKE_WIDTH, TAKE_RATIO);
  const { ink } = lab;
  const margin = 24 * TAKE_RATIO;
  const size = 15 * TAKE_RATIO;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  context.font = `${size}px ${ink.font}`;
  const lines = wrapped(context, captionOf(lab, heated), still.width);
  canvas.width = still.width + 2 * margin;
  canvas.height = still.height + 2 * margin + size * (2.2 + 1.45 * lines.length);
  context.fillStyle = ink.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = ink.text;
  context.textBaseline = "top";
  context.font = `600 ${size * 1.15}px ${ink.font}`;
  context.fillText(title, margin, margin * 0.8);
  context.drawImage(still, margin, margin + size * 1.5);
  context.font = `${size}px ${ink.font}`;
  lines.forEach((line, i) => context.fillText(line, margin, margin + size * 2.1 + still.height + i * size * 1.45));
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function wrapped(context, words, width) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (context.measureText(longer).width > width && lines[lines.length - 1]) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
