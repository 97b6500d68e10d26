"""The detections page's live part: three outputs of one picture, filtered in the browser while a slider drags.

Its sliders and what it looks at travel in a small message when the hand lets go, and in the link. Python then selects
again with `dualviz.postprocess`, which is the authority, and says where the browser differs.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dualviz.detector import DualPrediction
from dualviz.lab import fragment, module, sheets
from dualviz.lab.check import list_hash
from dualviz.lab.component import Own, mount
from dualviz.lab.knobs import FILTERS, clean, from_link, letters, to_link
from dualviz.lab.state import clean_knobs
from dualviz.postprocess import Detections, match, nms_free, non_max_suppression
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import language

HERE = Path(__file__).parent
FLOOR = FILTERS["conf"].min  # payloads carry every class that some anchor scores above it
# key in the browser and in the link: the path, as `PATH_NAMES` knows it
PATHS = {"raw": "one2many raw", "nms": "one2many + NMS", "free": "one2one"}
LETTERS = (*letters(FILTERS), "dv")
# below the three pictures; of the last four the page draws what is seen
TABS = ("why", "steps", "curves", "calibration", "crowds", "starving", "time")


def detections(
    packed: bytes,
    state: Mapping[str, Any] | None = None,
    own: Own = ((), ()),
    *,
    knobs: Mapping[str, Any] | None = None,
    start: float = FILTERS["conf"].default,
    cases: Mapping[str, Any] | None = None,
    origin: str = "",
    key: str = "detections",
    on_state_change: Callable[[], None] | None = None,
    on_ask_change: Callable[[], None] | None = None,
) -> Any:
    """Show the three outputs on the page and return what the browser last sent.

    Args:
        packed: from `dualviz.lab.payload`, with every class that some anchor scores above `FLOOR`.
        state: what to show at first, as `clean_detections` describes it; read as `laboratory` reads its own.
        own: the truth that counts: boxes (G, 4), xyxy pixels, and labels (G,).
        knobs: the laboratory's, by which the duplicate clinic tells ranks and targets.
        start: the confidence that the sliders go back to.
        cases: the page's own pictures: `now` ("few", "crowd" or None) is which of them this is, `rare` how often smears
            like the first go wrong (`dualviz.study.crowding.Failures` as a dict) or None; None shows no switch.
        origin: where that truth comes from, in words, where it is not the picture itself.
        key: name of this component in the session.
        on_state_change: called when the hand lets go.
        on_ask_change: called when one of the page's own pictures is asked for.

    Returns:
        The component's result: `.state` is None or {settings, view, claim, id}, `.ask` is None or
        {kind: "case", picture: "few" or "crowd"}.
    """
    seed = clean_detections(state) | {
        "knobs": clean_knobs(knobs),
        "cases": cases,
        "start": start,
        "origin": origin,
    }
    return mount(
        "dualviz_detections",
        _files(language()),
        packed,
        seed,
        own,
        (state or {}).get("push", 0),
        key,
        on_state_change=on_state_change,
        on_ask_change=on_ask_change,
    )


def clean_detections(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole state that can be used, from whatever came.

    Returns:
        dict: `settings` (conf, iou, max, agnostic, multi) and `view` (of: which output the clinic looks at; pair: anchor
        and label of two boxes, or None; step: of NMS, −1 for the last; large; tab: one of `TABS`).
    """
    given = given if isinstance(given, Mapping) else {}
    looks = given.get("view")
    looks = looks if isinstance(looks, Mapping) else {}
    pair, step = looks.get("pair"), looks.get("step")
    fits = isinstance(pair, list | tuple) and len(pair) == 4 and all(map(_natural, pair))
    view = {
        "of": looks["of"] if looks.get("of") in PATHS else "free",
        "pair": list(pair) if fits else None,
        "step": step if _natural(step) else -1,
        "large": looks.get("large") is True,
        "tab": looks["tab"] if looks.get("tab") in TABS else TABS[0],
    }
    return {"settings": clean(FILTERS, given.get("settings")), "view": view}


def encode_detections(given: Mapping[str, Any]) -> dict[str, str]:
    """State as link parameters; what is at its default is left out.

    >>> encode_detections({"settings": {"conf": 0.4, "agnostic": True}, "view": {"of": "nms"}})
    {'conf': '0.4', 'agn': '1', 'dv': 'of.nms'}
    """
    state = clean_detections(given)
    link, view = to_link(FILTERS, state["settings"]), state["view"]
    parts = [] if view["of"] == "free" else [f"of.{view['of']}"]
    parts += [] if view["pair"] is None else ["pair." + "-".join(map(str, view["pair"]))]
    parts += [] if view["step"] < 0 else [f"step.{view['step']}"]
    parts += ["large.1"] if view["large"] else []
    parts += [] if view["tab"] == TABS[0] else [f"tab.{view['tab']}"]
    if parts:
        link["dv"] = "~".join(parts)
    return link


def decode_detections(link: Mapping[str, str]) -> dict[str, Any]:
    """Link parameters as a state; what is missing or broken is at its default.

    >>> decode_detections({"iou": "0.5", "dv": "pair.7-0-9-0"})["view"]["pair"]
    [7, 0, 9, 0]
    """
    parts = dict(part.partition(".")[::2] for part in link.get("dv", "").split("~"))
    pair = [int(value) if _digits(value) else -1 for value in parts.get("pair", "").split("-")]
    step = parts.get("step", "")
    view = {
        "of": parts.get("of"),
        "pair": pair,
        "step": int(step) if _digits(step) else -1,
        "large": parts.get("large") == "1",
        "tab": parts.get("tab"),
    }
    return clean_detections({"settings": from_link(FILTERS, link), "view": view})


def select_detections(
    prediction: DualPrediction, settings: Mapping[str, Any]
) -> dict[str, Detections]:
    """Python's own three outputs of a picture, by the key of their path."""
    many, one = prediction.one2many, prediction.one2one
    conf, limit = settings["conf"], settings["max"]
    return {
        "raw": nms_free(many.boxes, many.scores, conf, limit),
        "nms": non_max_suppression(
            *(many.boxes, many.scores, conf, settings["iou"], limit),
            *(settings["agnostic"], settings["multi"]),
        ),
        "free": nms_free(one.boxes, one.scores, conf, limit),
    }


def detections_disagreements(
    message: Mapping[str, Any],
    prediction: DualPrediction,
    gt_boxes: Tensor,
    gt_labels: Tensor,
) -> list[str]:
    """Say in one sentence each where the browser's claim differs from what Python selects; empty where they agree.

    Args:
        message: of the component: its settings and claim.
        prediction: of the same picture.
        gt_boxes (Tensor[G, 4]), gt_labels (Tensor[G]): the truth that counts.
    """
    outputs = select_detections(prediction, clean_detections(message)["settings"])
    wrong = []
    try:
        for said, (path, detections) in zip(
            message["claim"]["paths"], outputs.items(), strict=True
        ):
            name = PATH_NAMES[PATHS[path]]
            listed = detections.anchors * 256 + detections.labels
            if said["n"] != len(detections):
                wrong.append(f"{name}: {said['n']} boxes in the browser, {len(detections)} here")
            elif said["hash"] != list_hash(listed.tolist()):
                wrong.append(f"{name}: other boxes in the browser than here")
            matches = match(detections, gt_boxes, gt_labels)
            kinds = (matches.matched, matches.duplicate, matches.false, matches.missed)
            counts = [int(kind.sum()) for kind in kinds]
            if said["counts"] != counts:
                wrong.append(
                    f"{name}: {said['counts']} matched, duplicate, false and missed in the browser, {counts} here"
                )
        trace, said = outputs["nms"].trace, message["claim"]["trace"]
        fates = torch.where(trace.kept, 1, 0) + 2 * (trace.suppressed_by + 1)
        if said != {"n": len(fates), "hash": list_hash(fates.tolist())}:
            wrong.append("NMS: another trace in the browser than here")
    except (KeyError, TypeError, ValueError) as error:
        return [f"the browser's claim cannot be read: {error!r}"]
    return wrong


def _natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**9


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _files(spoken: str) -> dict[str, str]:
    return {
        "html": fragment("detections/detections.html", spoken),
        "css": sheets("detections/detections.css"),
        "js": module("detections/detections.js", spoken),
    }
