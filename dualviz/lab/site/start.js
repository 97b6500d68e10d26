// The first sight on the static site: its doors are links, and those that lead nowhere here are left out.

import { base64Bytes } from "../engine/payload.js";
import { withSeed } from "../network/pack.js";
import { mountStart } from "../start/start.js";
import { goesToTongue } from "./asked.js";
import { createShare } from "./share.js";

const DOORS = { lab: "laboratory.html", lesson: "lessons.html" };

/** Show the first picture; its bytes came with a script before this one. */
function openStart({ file, seed, ...site }) {
  if (goesToTongue(site)) return;
  createShare();
  const bytes = withSeed(base64Bytes(globalThis.dualvizPictures.get(file)), seed);
  const main = document.querySelector("main");
  for (const door of main.querySelectorAll("[data-door]")) door.hidden = !(door.dataset.door in DOORS);
  mountStart(main, bytes, { onAsk: ({ page }) => location.assign(DOORS[page]) });
}
