// How wide the window is, told to Python when it passes the width of a phone; charts that let a finger scroll the page and
// that shrink to the paper; what is said where the server does not answer.

const NARROW = "(max-width: 640px)";
let told = false; // what Python heard last, over all mounts of this page load

export default function ({ data, setStateValue }) {
  const width = window.matchMedia(NARROW);
  const tell = () => {
    if (width.matches === told) return;
    told = width.matches;
    setStateValue("narrow", told);
  };
  tell();
  width.addEventListener("change", tell);
  document.addEventListener("touchstart", spare, { capture: true, passive: true });
  window.addEventListener("beforeprint", shrink);
  window.addEventListener("afterprint", restore);
  const dialogs = new MutationObserver(() => requestAnimationFrame(() => sayLost(data)));
  dialogs.observe(document.body, { childList: true });
  return () => {
    dialogs.disconnect();
    width.removeEventListener("change", tell);
    document.removeEventListener("touchstart", spare, { capture: true });
    window.removeEventListener("beforeprint", shrink);
    window.removeEventListener("afterprint", restore);
  };
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
