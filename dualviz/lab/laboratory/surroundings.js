// What the laboratory stands in: how much room the page leaves it, the plates over its picture, paper, and the theme.

import { readInk } from "../kit/ink.js";
import { watchPaper } from "../kit/paper.js";

const NARROW = 560; // pixels of the picture's width up to which its key is short
const BELOW = 16; // pixels left free below the laboratory

/** Canvas pixels at the stage's top and bottom that plates stand on. */
export function plateInsets(lab) {
  const reach = (part, side) => (part.offsetHeight ? part.offsetHeight + side : 0);
  const [over, key] = [lab.part("over"), lab.part("keybar")];
  return { top: reach(over, 2 * over.offsetTop), bottom: reach(key, 2 * (lab.part("stage-box").clientHeight - key.offsetTop - key.offsetHeight)) };
}

/** Tell the sheet how much height there is, how far the page's edges are, and whether forms are short. */
export function measureRoom(lab) {
  const { root } = lab;
  const bounds = root.getBoundingClientRect();
  let top = bounds.top + globalThis.scrollY;
  for (let node = root; node; node = node.assignedSlot ?? node.parentElement ?? node.getRootNode().host) top += node === document.documentElement ? 0 : node.scrollTop;
  const page = document.documentElement.clientWidth;
  const [room, left, right] = [globalThis.innerHeight - top - BELOW, bounds.left, page - bounds.right].map((value) => `${Math.max(0, Math.round(value))}px`);
  for (const [name, value] of [["--dv-room", room], ["--dv-left", left], ["--dv-right", right]]) if (root.style.getPropertyValue(name) !== value) root.style.setProperty(name, value);
  lab.narrow = lab.part("stage-box").clientWidth <= NARROW;
}

/** Draw anew when the room, the theme or the medium changes; returns what stops watching. */
export function watchSurroundings(lab, frame) {
  const { root, options, retheme } = lab;
  const { mark } = frame;
  const watch = new ResizeObserver(() => mark("layout"));
  watch.observe(root);
  const forget = watchPaper(root, (printing) => {
    lab.ink = readInk(root);
    mark("knobs", "view", "truth");
    if (printing) frame.now();
    else mark("layout");
  });
  const heard = [[globalThis, "resize", () => mark("layout")]];
  if (options.standalone) heard.push([matchMedia("(prefers-color-scheme: dark)"), "change", retheme]);
  for (const [target, event, act] of heard) target.addEventListener(event, act);
  return () => {
    watch.disconnect();
    forget();
    for (const [target, event, act] of heard) target.removeEventListener(event, act);
  };
}
