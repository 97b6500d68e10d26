// How wide the window is, told to Python when it passes the width of a phone; and charts that shrink to the paper.

const NARROW = "(max-width: 640px)";

export default function (component) {
  const { setStateValue } = component;
  const width = window.matchMedia(NARROW);
  const tell = () => setStateValue("narrow", width.matches);
  if (width.matches !== Boolean(component.data?.narrow)) tell();
  width.addEventListener("change", tell);
  window.addEventListener("beforeprint", shrink);
  window.addEventListener("afterprint", restore);
  return () => {
    width.removeEventListener("change", tell);
    window.removeEventListener("beforeprint", shrink);
    window.removeEventListener("afterprint", restore);
  };
}

/** Plotly lays its drawings out in pixels of the screen: give each the box it was laid out in, and let it scale. */
function shrink() {
  for (const drawing of document.querySelectorAll(".js-plotly-plot .main-svg")) {
    const { width, height } = drawing.getBoundingClientRect();
    if (!drawing.hasAttribute("viewBox")) drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.closest(".js-plotly-plot").style.setProperty("--shape", `${width} / ${height}`);
  }
}

function restore() {
  for (const drawing of document.querySelectorAll(".js-plotly-plot .main-svg")) drawing.removeAttribute("viewBox");
}
