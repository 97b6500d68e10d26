"""Measured results that a lesson speaks of: numbers by name, read from files that name the command that makes them.

A lesson lists what it reads under `results`. Nothing here is computed from a picture, and no number is typed.
"""

from collections.abc import Callable, Iterable, Mapping

from dualviz.agreement import TOP_K
from dualviz.study import crowding, genuine, paper

RELEASED = "yolov10n"


def results(names: Iterable[str]) -> dict[str, str]:
    """Numbers by name, as they are written.

    Args:
        names: keys of `READERS`.

    Raises:
        ValueError: an unknown name.
    """
    numbers: dict[str, str] = {}
    for name in names:
        if name not in READERS:
            raise ValueError(f"results must be of {tuple(READERS)}, got {name!r}")
        numbers |= READERS[name]()
    return numbers


def _genuine() -> dict[str, str]:
    """The released YOLOv10-N, as measured here."""
    measured = genuine.kept().get(RELEASED)
    if measured is None:
        raise ValueError(f"{genuine.FILE.name} lacks {RELEASED}: run {genuine.COMMAND} --keep")
    values = {key: one.value for key, one in measured.figures.items()}
    numbers = {name: getattr(measured, name) for name in ("pictures", "command")}
    numbers["objects"] = measured.picked
    shares = {f"top{k}": _percent(values[f"top {k}"]) for k in TOP_K}
    gap = {name: f"{values[name]:.2f}" for name in ("gap", "floor", "ceiling")}
    free, nms = values["ap one2one"], values["ap one2many + NMS"]
    paths = {"ap_nms": f"{nms:.3f}", "ap_free": f"{free:.3f}"}
    keys = {
        "share": _nearest(values["top 1"], {"quarter": 0.25, "half": 0.5, "always": 0.95}),
        "close": _compared(free, nms, 0.03),
    }
    written = numbers | shares | gap | paths | keys
    return {f"genuine_{name}": str(value) for name, value in written.items()}


def _paper() -> dict[str, str]:
    """Figure 2(b) of the paper."""
    return {
        f"paper_{rule}_top{k}": _percent(share)
        for rule, shares in paper.FIG2B.items()
        for k, share in zip((1, 5, 10), shares)
    }


def _crowding() -> dict[str, str]:
    """The deepest crowd of assets/crowding.json: what is missed without NMS, and at NMS's own best threshold."""
    measured = crowding.load_crowding()
    if measured is None:
        raise ValueError(f"{crowding.FILE.name} is not there: run {crowding.COMMAND}")
    level = measured.levels[-1]
    best = min(level.one2many, key=lambda counts: counts.missed + counts.duplicates)
    threshold = measured.thresholds[level.one2many.index(best)]
    counts = {
        f"{path}_{what}": _percent(getattr(outcome, field) / level.objects)
        for path, outcome in (("free", level.one2one), ("nms", best))
        for what, field in (("missed", "missed"), ("repeated", "duplicates"))
    }
    numbers = counts | {
        "objects": str(level.objects),
        "nms_iou": f"{threshold:g}",
        "command": crowding.COMMAND,
        "worse": {"higher": "free", "lower": "nms", "close": "equal"}[
            _compared(level.one2one.missed / level.objects, best.missed / level.objects, 0.02)
        ],
    }
    return {f"crowd_{name}": value for name, value in numbers.items()}


def _nearest(share: float, keys: Mapping[str, float]) -> str:
    """Key of the option that a share lies nearest to."""
    return min(keys, key=lambda key: abs(keys[key] - share))


def _compared(one: float, other: float, within: float) -> str:
    """The answer to "one against the other": close, lower or higher."""
    return "close" if abs(one - other) <= within else "lower" if one < other else "higher"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


READERS: Mapping[str, Callable[[], dict[str, str]]] = {
    "genuine": _genuine,
    "paper": _paper,
    "crowding": _crowding,
}
