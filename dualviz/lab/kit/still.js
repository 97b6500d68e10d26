// What is taken away: a picture with everything inside that its page would say beside it, twice as fine.

import { MADE_BY, PAPER } from "./about.js";
import { paintMarks } from "./markkey.js";
import { LIGHT_CASING } from "./palette.js";
import { withTexts } from "./png.js";

const MARGIN = 24;
const TYPE = 14;
const LINE = 1.45; // of the size of type
const SCALE = { width: 180, height: 11 };

/**
 * A drawing as a PNG that stands alone: title and settings above it; the scale of its colours, the key of its marks, what it
 * shows and who made it below. The same words stand in the file's own text.
 *
 * @param still a canvas, `ratio` pixels fine
 * @param said {about: of aboutFile, settings, scale: null or {name, low, high, stops: [[share, colour]]}, marks: as paintMarks takes them,
 *   caption}
 * @returns a promise of a Blob
 */
export async function captioned(still, { about, settings, scale = null, marks = [], caption = "" }, ink, ratio) {
  const width = still.width / ratio;
  const { title, ...rest } = about;
  const made = `${MADE_BY} · ${PAPER}`;
  const blocks = [
    { size: TYPE * 1.2, weight: 600, words: title },
    { size: TYPE, words: settings },
    { height: still.height / ratio, paint: (context) => context.drawImage(still, 0, 0, width, still.height / ratio) },
    { height: scale ? TYPE * 1.8 : 0, paint: (context) => scale && paintScale(context, scale, ink) },
    { paint: (context) => paintMarks(context, marks, width, ink, TYPE) },
    { size: TYPE, words: caption },
    { size: TYPE * 0.8, colour: ink.soft, words: made },
  ];
  const height = 2 * MARGIN + painted(sheet(1, 1).getContext("2d"), blocks, width, ink);
  const canvas = sheet((width + 2 * MARGIN) * ratio, height * ratio);
  const context = canvas.getContext("2d");
  context.fillStyle = ink.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio, 0, 0, ratio, MARGIN * ratio, MARGIN * ratio);
  painted(context, blocks, width, ink);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const colours = scale ? `${scale.name}: ${scale.low} … ${scale.high}` : "";
  const key = marks.map(({ words }) => words).join(" · ");
  const lines = Object.entries({ ...rest, version: MADE_BY }).map(([name, words]) => `${name}: ${words}`);
  const told = [title, settings, colours, key, caption, ...lines];
  const texts = { Title: title, Description: told.filter(Boolean).join("\n"), Software: MADE_BY, Source: about.link ?? "" };
  return new Blob([withTexts(new Uint8Array(await blob.arrayBuffer()), texts)], { type: "image/png" });
}

function sheet(width, height) {
  return Object.assign(document.createElement("canvas"), { width: Math.round(width), height: Math.round(height) });
}

/** Paint the blocks below each other; returns how high they are together. */
function painted(context, blocks, width, ink) {
  let y = 0;
  for (const { size, weight = 400, colour = ink.text, words, height, paint } of blocks) {
    context.save();
    context.translate(0, y);
    if (paint) {
      const high = height ?? paint(context);
      if (height) paint(context);
      y += high ? high + TYPE * 0.5 : 0;
    } else if (words) {
      context.font = `${weight} ${size}px ${ink.font}`;
      context.fillStyle = colour;
      context.textBaseline = "top";
      const lines = brokenInto(context, words, width);
      lines.forEach((line, i) => context.fillText(line, 0, i * LINE * size));
      y += lines.length * LINE * size + TYPE * 0.4;
    }
    context.restore();
  }
  return y;
}

/** What the colours stand for: name, least, bar, most. */
function paintScale(context, { name, low, high, stops }, ink) {
  const middle = TYPE * 0.9;
  context.font = `${TYPE}px ${ink.font}`;
  context.textBaseline = "middle";
  context.fillStyle = ink.text;
  const write = (words, x) => {
    context.fillText(words, x, middle);
    return words ? x + context.measureText(words).width + 8 : x;
  };
  const x = write(low, write(name, 0) + 6);
  const colours = context.createLinearGradient(x, 0, x + SCALE.width, 0);
  for (const [share, colour] of stops) colours.addColorStop(share, colour);
  const bar = [x, middle - SCALE.height / 2, SCALE.width, SCALE.height];
  context.fillStyle = LIGHT_CASING;
  context.fillRect(...bar);
  context.fillStyle = colours;
  context.fillRect(...bar);
  context.strokeStyle = ink.line;
  context.strokeRect(...bar);
  context.fillStyle = ink.text;
  write(high, x + SCALE.width + 8);
}

/** Words in lines that fit; where a language writes without blanks, between any two signs. */
function brokenInto(context, words, width) {
  const lines = [""];
  for (const word of words.match(/[\u3040-\u9fff][\u3000-\u3002\uff00-\uff1f]*|[^\s\u3040-\u9fff]+\s*|\s+/g) ?? []) {
    const longer = lines[lines.length - 1] + word;
    if (context.measureText(longer.trimEnd()).width > width && lines[lines.length - 1]) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => line.trim());
}

/** Hand a file to the reader. */
export function handOver(blob, file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
