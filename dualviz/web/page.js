// How wide the window is, told to Python when it passes the width of a phone; a picture that is pasted or dropped, handed to
// Python; a presenter's keys; charts that let a finger scroll the page and that shrink to the paper; what is said where the
// server does not answer.

const NARROW = "(max-width: 640px)";
const HANDED = ["paste", "dragover", "dragleave", "drop"];
const OWN = "input, textarea, [contenteditable=true], [data-testid=stFileUploader]"; // what takes a file or a text itself
const ROWS = ['[role="tablist"] [role="tab"]', ".st-key-views button"]; // what a clicker goes through, inner rows first
const CHOSEN = ["aria-selected", "aria-checked", "aria-pressed"];
const SCREEN = 0.85; // of its height a clicker scrolls
const PAPER = 940; // pixels of a chart that is shrunk to the 688 of an A4 sheet: words of 12 pixels are 6.5 points there
const PATIENCE = 3000; // milliseconds in which charts are laid out anew
const REST = 0.25; // of its height that is not worth a step
let told = false; // what Python heard last, over all mounts of this page load

let stop = null; // what the last run listens with: this runs again when what Python tells changes

export default function ({ data, setStateValue, setTriggerValue }) {
  stop?.();
  const width = window.matchMedia(NARROW);
  const tell = () => {
    if (width.matches === told) return;
    told = width.matches;
    setStateValue("narrow", told);
  };
  tell();
  width.addEventListener("change", tell);
  const hand = (event) => take(event, setTriggerValue);
  const key = (event) => press(event, data, setTriggerValue);
  document.addEventListener("keydown", key, { capture: true });
  for (const kind of HANDED) document.addEventListener(kind, hand);
  document.addEventListener("touchstart", spare, { capture: true, passive: true });
  window.addEventListener("beforeprint", shrink);
  window.addEventListener("afterprint", restore);
  const dialogs = new MutationObserver(() => requestAnimationFrame(() => sayLost(data)));
  dialogs.observe(document.body, { childList: true });
  stop = () => {
    dialogs.disconnect();
    width.removeEventListener("change", tell);
    document.removeEventListener("keydown", key, { capture: true });
    for (const kind of HANDED) document.removeEventListener(kind, hand);
    document.removeEventListener("touchstart", spare, { capture: true });
    window.removeEventListener("beforeprint", shrink);
    window.removeEventListener("afterprint", restore);
  };
  return stop;
}

/** A picture that is pasted or dropped beside the uploaders goes onto the table; the page has a frame while one is over it.
 *  Streamlit has by then prevented a drop beside its uploaders, so that this says nothing. */
function take(event, setTriggerValue) {
  if (event.target.closest?.(OWN)) return document.body.removeAttribute("data-dropping");
  const data = event.clipboardData ?? event.dataTransfer;
  const dragged = event.type === "dragover" && [...(data?.types ?? [])].includes("Files");
  document.body.toggleAttribute("data-dropping", dragged);
  const picture = [...(data?.files ?? [])].find((file) => file.type.startsWith("image/"));
  if (dragged || picture) event.preventDefault();
  if (!picture || !["paste", "drop"].includes(event.type)) return;
  const reader = new FileReader();
  reader.onload = () => setTriggerValue("picture", { name: picture.name, data: reader.result.split(",")[1] });
  reader.readAsDataURL(picture);
}

/** Shift P begins a presenter, Escape ends it; Page Down, which a clicker sends, goes on through the page, its tabs and its views. */
function press(event, { presents, presentable }, setTriggerValue) {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "p") return print(event);
  if (event.ctrlKey || event.metaKey || event.altKey || event.composedPath()[0].matches?.("input:not([type=range]), textarea, select")) return;
  if (document.querySelector('[role="dialog"]') || open(document)) return;
  const way = { PageDown: 1, PageUp: -1 }[event.key];
  if (presents && way) walk(way);
  else if (event.key === "Escape" && presents) setTriggerValue("present", { on: false });
  else if (event.key === "P" && event.shiftKey && presentable && !presents) setTriggerValue("present", { on: true });
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Whether one of the live parts has something open that Escape closes. */
function open(root) {
  return everywhere(root, "dialog[open], .dv-drawer:not([hidden])").some((each) => each.checkVisibility());
}

/** All that a selector finds, in the live parts too. */
function everywhere(root, selector) {
  const inner = [...root.querySelectorAll("*")].filter((each) => each.shadowRoot).flatMap((each) => everywhere(each.shadowRoot, selector));
  return [...root.querySelectorAll(selector), ...inner];
}

/** One step on or back: first through what is below the screen, then the next tab, then the next view. */
function walk(way) {
  const page = document.querySelector('[data-testid="stMain"]');
  const rest = way > 0 ? page.scrollHeight - page.clientHeight - page.scrollTop : page.scrollTop;
  if (rest > REST * page.clientHeight) return page.scrollBy({ top: way * page.clientHeight * SCREEN, behavior: "instant" });
  for (const row of ROWS) {
    const choices = everywhere(document, row).filter((each) => each.checkVisibility());
    const next = choices[choices.findIndex((each) => CHOSEN.some((name) => each.getAttribute(name) === "true")) + way];
    if (!choices.length || !next) continue;
    page.scrollTo({ top: 0, behavior: "instant" });
    return next.click();
  }
}

/** Streamlit tells a student to type a command of the server's owner: say instead what a student can do. */
function sayLost({ title, words }) {
  const heading = document.querySelector('[role="dialog"] > h2');
  if (heading?.textContent !== "Connection error") return;
  heading.textContent = title;
  const theirs = heading.nextElementSibling;
  const ours = document.createElement("div");
  ours.className = theirs.className;
  ours.textContent = words;
  theirs.hidden = true;
  heading.after(ours);
}

/** Plotly takes a finger for a mouse that drags: unheard, the finger scrolls the page, and a tap still arrives as a click. */
function spare(event) {
  if (event.target.closest?.(".js-plotly-plot .draglayer")) event.stopPropagation();
}

/** Ctrl P: charts are first laid out for the paper, since shrunk to it from a wide screen their words could not be read. */
async function print(event) {
  const page = document.querySelector('[data-testid="stMainBlockContainer"]');
  const drawings = () => [...document.querySelectorAll(".js-plotly-plot .main-svg")];
  if (!drawings().some((drawing) => drawing.clientWidth > PAPER)) return;
  event.preventDefault();
  event.stopPropagation();
  const { paddingLeft, paddingRight } = getComputedStyle(page);
  page.style.maxWidth = `calc(${PAPER}px + ${paddingLeft} + ${paddingRight})`;
  window.addEventListener("afterprint", () => page.style.removeProperty("max-width"), { once: true });
  const until = performance.now() + PATIENCE;
  while (performance.now() < until && drawings().some((drawing) => drawing.clientWidth > PAPER)) await new Promise((done) => setTimeout(done, 50));
  window.print();
}

/** Plotly lays its drawings out in pixels of the screen: give each the box it was laid out in, and let it scale. */
function shrink() {
  for (const drawing of document.querySelectorAll(".js-plotly-plot .main-svg")) {
    const { width, height } = drawing.getBoundingClientRect();
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const chart = drawing.closest(".js-plotly-plot");
    chart.style.setProperty("--shape", `${width} / ${height}`);
    chart.style.setProperty("--wide", `${width}px`);
  }
}

function restore() {
  for (const drawing of document.querySelectorAll(".js-plotly-plot .main-svg")) drawing.removeAttribute("viewBox");
}
