// The first sight on the static site: its doors are links.

import { base64Bytes } from "../engine/payload.js";
import { withSeed } from "../network/pack.js";
import { mountStart } from "../start/start.js";

const DOORS = { lab: "laboratory.html", lessons: "lessons.html", postprocess: "detections.html" };

/** Show the first picture; its bytes came with a script before this one. */
function openStart({ file, seed }) {
  const bytes = withSeed(base64Bytes(globalThis.dualvizPictures.get(file)), seed);
  mountStart(document.querySelector("main"), bytes, { onAsk: ({ page }) => location.assign(DOORS[page] ?? "lessons.html") });
}
