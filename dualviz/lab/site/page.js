// This page with the picture that it shows, as one file of its own: nothing else is needed, no host is asked.

import { handOver } from "../kit/still.js";

const CARRIED = "carried";

/** Remember the page as it came; gives what hands it over, holding one picture. */
export function createPage(site) {
  const whole = document.documentElement.cloneNode(true);

  /** @param text of a payload in base64 @param picture {name, title, detector, own} @param seed state to show at first */
  return function take(text, picture, seed) {
    const page = whole.cloneNode(true);
    for (const away of page.querySelectorAll(".dvx-head nav, .dvx-head button, .dvx-tongue, .dvx-share, link")) away.remove();
    const carried = { ...site, seed, root: "./", pictures: { [CARRIED]: { ...picture, file: CARRIED } }, detectors: {}, first: CARRIED, carried: text };
    page.querySelector("#site").textContent = JSON.stringify(carried).replaceAll("<", "\\u003c");
    handOver(new Blob(["<!doctype html>\n", page.outerHTML], { type: "text/html" }), `dualviz-${picture.name.replace(/[^\w-]+/g, "-")}.html`);
  };
}
