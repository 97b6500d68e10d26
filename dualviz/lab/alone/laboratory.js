// The laboratory as a page of its own, which may stand in the frame of another: that one hears its height and its state.

import { linkQuery } from "../engine/knobs.js";
import { tellFrame } from "../kit/parent.js";
import { mountLaboratory } from "../laboratory/laboratory.js";

const REST = 120; // milliseconds in which a layout comes to rest

/** Bring the page to life. */
function openLaboratory(main, bytes) {
  mountLaboratory(main, bytes, {
    standalone: true,
    onRelease: (state) => tellFrame("state", { link: linkQuery(state) }),
  });
  let timer = 0;
  new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const height = Math.ceil(main.getBoundingClientRect().height + 2 * main.offsetTop);
      if (height > innerHeight) tellFrame("height", { height }); // room to spare the laboratory fills by itself
    }, REST);
  }).observe(main);
}
