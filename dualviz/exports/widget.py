"""The notebook's frame as a widget that hears what the hand has set in it; anywidget brings the way to Python."""

from typing import Any

from dualviz.words import UserError

WIDGET = """
function render({ model, el }) {
  el.innerHTML = model.get("frame");
  const frame = el.querySelector("iframe");
  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || data?.source !== "dualviz") return;
    if (data.type === "height") frame.style.height = `${data.height}px`;
    if (data.type === "state") {
      model.set("link", data.link);
      model.save_changes();
    }
  };
  addEventListener("message", hear);
  return () => removeEventListener("message", hear);
}
export default { render };
"""


def framed(frame: str) -> Any:
    """The frame as a widget that hears it."""
    try:
        import anywidget
        import traitlets
    except ModuleNotFoundError:
        raise UserError("widget=True needs anywidget: pip install anywidget") from None

    class Framed(anywidget.AnyWidget):
        _esm = WIDGET
        frame = traitlets.Unicode().tag(sync=True)
        link = traitlets.Unicode().tag(sync=True)

    return Framed(frame=frame)
