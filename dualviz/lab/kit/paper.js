// Paper: while a page is printed, its live parts are drawn in the colours of paper, whatever the theme.

/** Mark `root` with data-print while the page is printed. `redraw(printing)` is called at once when that begins and when it ends.
 *  Returns what stops listening. */
export function watchPaper(root, redraw) {
  const paper = matchMedia("print");
  const turn = (printing) => {
    if (root.hasAttribute("data-print") === printing) return;
    root.toggleAttribute("data-print", printing);
    redraw(printing);
  };
  const heard = [[paper, "change", () => turn(paper.matches)], [globalThis, "beforeprint", () => turn(true)], [globalThis, "afterprint", () => turn(false)]];
  for (const [target, event, act] of heard) target.addEventListener(event, act);
  return () => {
    for (const [target, event, act] of heard) target.removeEventListener(event, act);
  };
}
