// What the numbers of a file come from, as dualviz/exports/about.py says it; a test holds the two together.

import { PAPER } from "./about.js";
import { pageLink } from "./parent.js";
import { t } from "./words.js";

/**
 * What a file says of itself beside settings and version, by key, in the order in which it is read.
 *
 * @param title what it is
 * @param payload whose picture and weights
 * @param truth that counts; `own` that which came with the picture, `origin` of it in words: "" of the picture itself
 */
export function aboutFile(title, payload, truth, own, origin) {
  const [{ columns, rows, stride }] = payload.levels;
  const known = {
    title,
    detector: payload.weights ? t("{detector}, weights {hash}", { detector: payload.detector, hash: payload.weights }) : payload.detector,
    "network input": t("{width} × {height} px", { width: columns * stride, height: rows * stride }),
    truth: truthWords(truth, own, origin),
    link: pageLink(),
    citation: PAPER,
  };
  return Object.fromEntries(Object.entries(known).filter(([, words]) => words));
}

/** Where the objects come from that count. */
function truthWords(truth, own, origin) {
  if (truth.from) return t("{detections}, taken as truth", { detections: t("its own detections") });
  if (!truth.boxes.length) return t("none");
  const drawn = JSON.stringify([truth.boxes, truth.labels]) !== JSON.stringify([own.boxes, own.labels]);
  return drawn ? t("drawn by hand") : origin || t("of the picture");
}
