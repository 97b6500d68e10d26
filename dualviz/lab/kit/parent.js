// The page round a frame: it hears what the frame needs and what has happened in it.

/** Tell the frame round this page, if there is one: {source: "dualviz", type, …}; see README, "In a frame". */
export function tellFrame(type, fields) {
  if (globalThis.parent === globalThis) return;
  try {
    globalThis.parent.postMessage({ source: "dualviz", type, ...fields }, "*");
  } catch {
    // a parent that is gone hears nothing
  }
}

/** Pixels of height at which this page shows all of an element without scrolling; never fewer than it has. */
export function heightNeeded(element) {
  const scrolls = (node) => node instanceof Element && /auto|scroll/.test(getComputedStyle(node).overflowY) && node.scrollHeight > node.clientHeight;
  let around = element.parentNode;
  while (around && !scrolls(around)) around = around.parentNode ?? around.host;
  const { scrollHeight, clientHeight } = around ?? document.scrollingElement;
  return Math.ceil(innerHeight + scrollHeight - clientHeight);
}

/** The address under which the page shows this, where others can open it; "" for a file on a disk or a page within a page. */
export function pageLink() {
  return /^https?:$/.test(location.protocol) ? location.href : "";
}
