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

/** The address under which the page shows this, where others can open it; "" for a file on a disk or a page within a page. */
export function pageLink() {
  return /^https?:$/.test(location.protocol) ? location.href : "";
}
