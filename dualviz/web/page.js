// How wide the window is, told to Python when it passes the width of a phone; a picture that is pasted or dropped, handed to
// Python; charts that let a finger scroll the page and that shrink to the paper; what is said where the server does not answer.

const NARROW = "(max-width: 640px)";
const HANDED = ["paste", "dragover", "dragleave", "drop"];
const OWN = "input, textarea, [contenteditable=true], [data-testid=stFileUploader]"; // what takes a file or a text itself
let told = false; // what Python heard last, over all mounts of this page load

export default function ({ data, setStateValue, setTriggerValue }) {
  const width = window.matchMedia(NARROW);
  const tell = () => {
    if (width.matches === told) return;
    told = width.matches;
    setStateValue("narrow", told);
  };
  tell();
  width.addEventListener("change", tell);
  const hand = (event) => take(event, setTriggerValue);
  for (const kind of HANDED) document.addEventListener(kind, hand);
  document.addEventListener("touchstart", spare, { capture: true, passive: true });
  window.addEventListener("beforeprint", shrink);
  window.addEventListener("afterprint", restore);
  const dialogs = new MutationObserver(() => requestAnimationFrame(() => sayLost(data)));
  dialogs.observe(document.body, { childList: true });
  return () => {
    dialogs.disconnect();
    width.removeEventListener("change", tell);
    for (const kind of HANDED) document.removeEventListener(kind, hand);
    document.removeEventListener("touchstart", spare, { capture: true });
    window.removeEventListener("beforeprint", shrink);
    window.removeEventListener("afterprint", restore);
  };
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
