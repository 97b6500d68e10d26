"""The laboratory inside a notebook: of a picture through a detector, or of the tensors of one's own training loop.

It is the stand-alone page in a frame of the cell's output, so that it works in Jupyter, VS Code and Colab without a server
and asks no host for anything. With `widget=True`, and anywidget installed, Python hears what the hand has set.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import numpy as np

from dualviz import lab
from dualviz.charts.page import page_for
from dualviz.detector import DualPrediction, HeadPrediction, load_detector
from dualviz.detector.catalogue import available, find_weights
from dualviz.detector.network import anchor_grid
from dualviz.exports.about import ORIGINS, of_file, weights_hash
from dualviz.exports.address import Address
from dualviz.exports.bundle import everything
from dualviz.exports.files import laboratory_html
from dualviz.exports.given import (
    HEADS,
    OneOrBoth,
    check_head,
    of_head,
    picture_of,
    pixels_of,
    truth_of,
)
from dualviz.exports.rows import tables_of
from dualviz.exports.shown import ShownPicture
from dualviz.exports.subject import of_trace, shown_picture
from dualviz.exports.views import NUMBERS, VIEWS, Paper, view_bytes
from dualviz.exports.widget import framed
from dualviz.lab.knobs import FILTERS, clean
from dualviz.lab.state import encode_state
from dualviz.pictures.content import content_id
from dualviz.pictures.truth import truth_from_boxes
from dualviz.study.calibration import advised_confidence
from dualviz.trace import Setting, trace_prediction
from dualviz.words import UserError, _

if TYPE_CHECKING:  # whoever draws brings Matplotlib
    from matplotlib.figure import Figure

HEIGHT = 760  # pixels, until the frame says how much it needs
# the frame is told apart from others by its window
FOLLOW = """<script>(() => {
  const frame = document.currentScript.previousElementSibling;
  addEventListener("message", ({ source, data }) => {
    if (source === frame.contentWindow && data?.source === "dualviz" && data.type === "height") frame.style.height = `${data.height}px`;
  });
})();</script>"""


class Laboratory:
    """A picture under both heads, as the last line of a cell shows it.

    Attributes:
        shown: everything about it: `shown.trace` holds both heads' matching.
        names: what the app's address calls picture, detector and truth; None where the app cannot show the same.
    """

    def __init__(
        self,
        shown: ShownPicture,
        fine: np.ndarray | None = None,
        widget: bool = False,
        names: Mapping[str, str] | None = None,
    ):
        self.shown = shown
        self.names = names
        self._fine = fine
        self._widget = framed(self._frame()) if widget else None

    @property
    def html(self) -> str:
        """The page that stands alone, as text."""
        shown = self.shown
        return laboratory_html(
            shown.trace,
            shown.g,
            **shown.names,
            shown=self._fine,
            weights=shown.weights,
            origin=shown.origin.truth,
        )

    @property
    def link(self) -> str:
        """Knobs, object and view as they stand behind `#` in the page's address and behind `?` in the app's.

        With a widget as the hand has set them, else as they were at first: "Copy link" on the page says more.
        """
        if self._widget is not None and self._widget.link:
            return self._widget.link
        state = {"knobs": lab.knobs_of(self.shown.trace.setting), "object": self.shown.g}
        return "&".join(f"{name}={said}" for name, said in encode_state(state).items())

    @property
    def state(self) -> dict[str, Any]:
        """The same by name: `knobs`, `object` (from 0), `view`, and `truth` where boxes were drawn."""
        return lab.decode_state(dict(parse_qsl(self.link)))

    @property
    def setting(self) -> Setting:
        """The knobs, as `dualviz.trace` takes them."""
        return lab.setting_of(self.state["knobs"])

    def figure(self, view: str = "stage", page: str = "wide", size: float = 0.0) -> "Figure":
        """A view as a Matplotlib figure.

        Args:
            view: a key of `dualviz.exports.views.VIEWS`, for instance "stage", "plane", "ranks", "outputs" or "map".
            page: "column" (85 mm), "wide" (174 mm) or "slide".
            size: points of its type; 0 for the page's own.

        Raises:
            ValueError: no such view of a picture, or type that does not fit.
        """
        draw = _view(view).figure
        if draw is None:
            raise UserError("{view} has numbers only", view=view)
        return draw(self.shown, page_for(page, size))

    def numbers(self, view: str = "candidates") -> list[dict[str, Any]]:
        """The numbers of a view: of each table what it is, its columns and its rows."""
        write = _view(view).numbers
        return tables_of(write(self.shown)) if write else []

    def save(self, file: str | Path, view: str = "", paper: Paper | None = None) -> Path:
        """Write a file: .png, .svg, .pdf, .csv or .json of a view, .html of the page, .zip of everything.

        Args:
            file: its ending chooses the kind.
            view: a key of `dualviz.exports.views.VIEWS`; "" for the stage, and of numbers the object's candidates.
            paper: how figures leave.

        Raises:
            ValueError: the view does not come as that kind of file.
        """
        path = Path(file)
        kind = path.suffix.lower().removeprefix(".")
        state = dict(parse_qsl(self.link))
        address = Address("", state) if self.names is None else Address(state=self.names | state)
        if kind == "html":
            data = self.html.encode()
        elif kind == "zip":
            data = everything(self.shown, paper, address, page=lambda: self.html).zipped()
        else:
            view = view or ("candidates" if kind in NUMBERS else "stage")
            data = view_bytes(_view(view), self.shown, kind, paper, address)
        path.write_bytes(data)
        return path

    def _frame(self) -> str:
        page = html.escape(self.html, quote=True)
        title = html.escape(_("DualViz laboratory: {picture}", picture=self.shown.picture))
        return (
            f'<iframe title="{title}" sandbox="allow-scripts allow-downloads" srcdoc="{page}" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'
        )

    def _repr_html_(self) -> str:
        return self._frame() + FOLLOW

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if self._widget is None:
            return {"text/plain": repr(self), "text/html": self._repr_html_()}
        shown = self._widget._repr_mimebundle_(include=include, exclude=exclude)
        return shown

    def __repr__(self) -> str:
        trace = self.shown.trace
        objects = len(trace.truth)
        return (
            f"<DualViz laboratory: {self.shown.picture}, {self.shown.detector}, {objects} objects>"
        )


def show(
    image: Any,
    truth: Any = None,
    detector: str | Path = "pico-cells",
    *,
    object: int | None = None,
    name: str = "",
    size: int | None = None,
    device: str = "auto",
    link: str = "",
    widget: bool = False,
    **knobs: Any,
) -> Laboratory:
    """The laboratory of a picture, inside a notebook.

    A figure in three lines:

        import dualviz
        shown = dualviz.show("smear.png", alpha=0.7)
        shown.save("stage.pdf")

    Args:
        image: a file's name, the name of a bundled picture ("sparse", "crowded" …), a PIL image, or an array (H, W, 3) or
            (H, W) of uint8, or of floats in 0..1.
        truth: what counts as an object: a file (COCO JSON, YOLO txt, VOC XML), a `Truth`, or a pair of boxes (G, 4), xyxy
            in pixels, and labels (G,), numbers or names. None: what the picture comes with, else the detector's own output.
        detector: a catalogue name or a weights file.
        object: number of the object to look at, from 1; None for the one that tells most.
        name: of the picture, for captions.
        size: network pixels of the longer side; None for what the weights were trained at.
        device: "auto", "cuda", "mps" or "cpu".
        link: what the page's "Copy link" gave, or `Laboratory.link`: knobs and object as they were there.
        widget: let Python hear what the hand sets, as `Laboratory.state`; needs anywidget, which in VS Code fetches its own
            script from the network.
        knobs: fields of `dualviz.trace.Setting`: alpha, beta, topk, r, locked, alpha_one2one, beta_one2one, shared, mode.

    Returns:
        Laboratory: shows itself as the last line of a cell.

    Raises:
        ValueError: a picture, truth or detector that cannot be used; the sentence says why.
    """
    picture, own, fine, called = picture_of(image, name)
    loaded = load_detector(detector, device)
    wanted = truth_of(truth, own, picture, loaded.class_names, called)
    said = lab.decode_state(
        dict(parse_qsl(link.partition("#")[2] or link.partition("?")[2] or link))
    )
    setting = lab.setting_of(said["knobs"]) if link else _setting(**knobs)
    if link and object is None and said["object"] is not None:
        object = said["object"] + 1
    filters = _filters(advised_confidence(str(detector)))
    shown = shown_picture(
        picture,
        wanted,
        loaded,
        setting,
        filters,
        object=object,
        size=size,
        picture=called,
        detector=loaded.name,
        weights=weights_hash(detector),
        truth_from=_origin(truth, "own"),
    )
    return Laboratory(shown, fine, widget, _names(image, detector, truth, size, shown))


def show_tensors(
    scores: OneOrBoth,
    boxes: OneOrBoth,
    image: Any = None,
    truth: Any = None,
    *,
    class_names: Sequence[str] = (),
    size_hw: tuple[int, int] | None = None,
    strides: Sequence[int] = (8, 16, 32),
    object: int | None = None,
    name: str = "",
    widget: bool = False,
    **knobs: Any,
) -> Laboratory:
    """The laboratory of what one's own network says in the middle of a training loop.

    Anchors are the cells of levels P3, P4 and P5, row by row, as YOLO's heads give them:

        out = model(x)                      # x: (1, 3, 640, 640)
        dualviz.show_tensors(out.scores[0], out.boxes[0], x[0], (gt_boxes, gt_labels))

    Args:
        scores: (A, C) after the sigmoid; of both heads {"one2many": …, "one2one": …}. A single one stands for both.
        boxes: (A, 4) xyxy in pixels of the network's input, alike.
        image: what the network saw: an array (H, W, 3), or a tensor (3, H, W) of floats in 0..1. None: a grey picture.
        truth: boxes (G, 4), xyxy in the same pixels, and labels (G,); None for none.
        class_names: one a class; "class 0" … where not given.
        size_hw: height and width of the network's input, where no image is given.
        strides: network pixels a cell of each level.
        object, name, widget, knobs: as for `show`.

    Raises:
        ValueError: shapes that do not fit each other or the strides, or scores that are no probabilities.
    """
    by_head = {head: (of_head(scores, head), of_head(boxes, head)) for head in HEADS}
    if image is not None:
        picture = pixels_of(image)
    elif size_hw is not None:
        picture = np.full((*size_hw, 3), 128, np.uint8)
    else:
        raise UserError("give image, or size_hw: height and width of the network's input")
    height, width = picture.shape[:2]
    points, level = anchor_grid((height, width), tuple(strides))
    classes = by_head["one2many"][0].shape[-1]
    names = tuple(class_names) or tuple(f"class {label}" for label in range(classes))
    for head, (p, xyxy) in by_head.items():
        check_head(head, p, xyxy, len(points), len(names), (height, width))
    prediction = DualPrediction(
        *(HeadPrediction(xyxy, p) for p, xyxy in by_head.values()),
        anchor_points=points,
        level=level,
        strides=tuple(strides),
        network_size_hw=(height, width),
    )
    single = not isinstance(scores, Mapping)
    setting = _setting(**({"shared": True} if single else {}) | knobs)
    wanted = truth_of(truth, None, picture, names, name) or truth_from_boxes([], [], names)
    traced = trace_prediction(picture, wanted, prediction, names, setting)

    def targets() -> Any:
        raise UserError("what the loss teaches needs the network itself, not its tensors")

    filters = _filters(FILTERS["conf"].default)
    called = {"picture": name or _("your picture"), "detector": _("your network")}
    given = _origin(truth, "none")
    shown = of_trace(traced, filters, targets, object=object, truth_from=given, **called)
    return Laboratory(shown, None, widget)


def _setting(**knobs: Any) -> Setting:
    known = [field.name for field in fields(Setting)]
    if unknown := sorted(set(knobs) - set(known)):
        raise UserError(
            "no knob is called {names}: expected {known}",
            names=", ".join(unknown),
            known=", ".join(known),
        )
    return Setting(**knobs)


def _names(
    image: Any, detector: str | Path, truth: Any, size: int | None, shown: ShownPicture
) -> dict[str, str] | None:
    """Picture, detector, input and truth as an address of the app names them; None where they are no files."""
    if not isinstance(image, str | Path) or not (truth is None or isinstance(truth, str | Path)):
        return None
    bundled = str(detector) in [entry.name for entry in available()]
    names = {
        "pic": content_id(Path(image).read_bytes()) if Path(image).is_file() else str(image),
        "det": str(detector) if bundled else content_id(find_weights(detector).read_bytes()),
    }
    if truth is not None:
        names["gt"] = content_id(Path(truth).read_bytes())
    if size is not None:
        names["net"] = str(size)
    return names | ({"truth": "detections"} if shown.trace.truth.stand_in else {})


def _origin(truth: Any, otherwise: str) -> str:
    """Where the objects come from, in words; `otherwise` a key of `ORIGINS`, where none were given."""
    if isinstance(truth, str | Path):
        return of_file(Path(truth).name)
    return ORIGINS[otherwise if truth is None else "notebook"]


def _filters(confidence: float) -> dict[str, Any]:
    return clean(FILTERS, {"conf": confidence})


def _view(name: str) -> Any:
    view = VIEWS.get(name)
    if view is None or view.shown is not ShownPicture:
        known = [key for key, one in VIEWS.items() if one.shown is ShownPicture]
        raise UserError(
            "no view is called {name}: expected one of {names}", name=name, names=", ".join(known)
        )
    return view
