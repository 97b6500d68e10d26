// A table too long to be built whole: the rows in sight exist, and move over the rest between two blank ones that keep its height.

import { setMark } from "./ink.js";

const SPARE_ROWS = 2;

/** `heads` are its head cells, whose marks every cell below them bears; `refill` is called when scrolling shows other rows. */
export function createLongTable(scroll, table, heads, refill) {
  const body = table.querySelector("tbody");
  const above = blank();
  const below = blank();
  let lines = [];
  let height = 28;
  let first = 0;
  table.querySelector("thead tr").replaceChildren(...heads);

  scroll.addEventListener("scroll", () => {
    const next = Math.max(0, Math.floor(scroll.scrollTop / height) - 1);
    if (next === first) return;
    first = next;
    refill();
  });

  function blank() {
    const line = document.createElement("tr");
    line.className = "dv-spacer";
    line.setAttribute("aria-hidden", "true");
    line.insertCell().colSpan = heads.length;
    return line;
  }

  function makeRow() {
    const line = document.createElement("tr");
    for (const head of heads) Object.assign(line.insertCell().dataset, head.dataset);
    return line;
  }

  /** Make as many rows as the window holds at this size of type. */
  function layout(size) {
    height = Math.round(size * 1.85);
    table.style.setProperty("--row", `${height}px`);
    const needed = Math.ceil((scroll.clientHeight || 400) / height) + SPARE_ROWS;
    if (needed === lines.length) return;
    lines = Array.from({ length: needed }, makeRow);
    body.replaceChildren(above, ...lines, below);
  }

  /** Let `draw(line, index)` write every row in sight of `total`. */
  function fill(total, draw) {
    lines.forEach((line, i) => {
      const index = first + i;
      line.hidden = index >= total;
      if (line.hidden) return;
      setMark(line, "aria-rowindex", String(index + 2));
      draw(line, index);
    });
    pad(above, first);
    pad(below, Math.max(0, total - first - lines.length));
    setMark(table, "aria-rowcount", String(total + 1));
  }

  function pad(line, rows) {
    line.hidden = rows === 0;
    line.firstChild.style.height = `${rows * height}px`;
  }

  /** Scroll so that a row stands in sight, if it does not yet. */
  function reveal(index) {
    const top = Math.max(0, index) * height;
    if (top < scroll.scrollTop || top + 3 * height > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = Math.max(0, top - scroll.clientHeight / 2);
  }

  function toTop() {
    if (scroll.scrollTop) scroll.scrollTop = 0;
    first = 0;
  }

  return {
    layout,
    fill,
    reveal,
    toTop,
    get first() {
      return first;
    },
    get lines() {
      return lines;
    },
  };
}
