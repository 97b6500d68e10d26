// A presenter's page: one large screen over everything.

import { setMark } from "../kit/ink.js";

const TIGHT = ["a", "a b", "a b c"]; // how the page is drawn together, step by step

export const AT_HAND = { strong: 1, size: 16 }; // lines of the picture, in times their width; pixels of its type
export const PRESENTED = { strong: 1.7, size: 24 };
export const CANVAS_TYPE = 32; // pixels, so that the small print of a canvas is 24

/** The page on one screen: the tightest measures only where the wider ones would not do. */
export function fit(root) {
  for (const tight of [null, ...TIGHT]) {
    setMark(root, "data-tight", tight);
    if (root.scrollHeight <= root.clientHeight) return;
  }
}

/** Lay the page over everything, in the top layer, so that nothing of the page round it is seen; or take it back. */
export function layOver(root, on) {
  try {
    if (on) {
      root.popover = "manual";
      root.showPopover();
    } else {
      root.hidePopover();
      root.removeAttribute("popover");
    }
  } catch {
    // a browser without a top layer: the fixed layer of the sheet has to do
  }
}
