"""Where the heads of a detector disagree most: pictures of a set ranked by how far their picks miss the least gap.

For every object of a picture stands how much more the two supervisions differ than they would with the best pick; the
picture has the mean. A ranking is measured once and kept in the cache folder by what it is of: set, weights and size.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from dualviz.detector import Detector
from dualviz.detector.catalogue import cache_folder
from dualviz.pictures.content import content_hash
from dualviz.pictures.dataset import CocoFolder
from dualviz.study.sets import Seen, seen
from dualviz.trace import Setting, trace_prediction


@dataclass(frozen=True)
class Apart:
    """One picture of a set.

    Attributes:
        excess: supervision gap above its floor, the mean over objects with a pick; 0 without one.
        missed: objects whose one-to-one pick is not the one-to-many head's first choice; picked: those with a pick.
    """

    excess: float
    missed: int
    picked: int


def disagreement(one: Seen) -> Apart:
    """How far the heads disagree on a picture's objects, by the paper's metric and each head's own predictions."""
    names = one.truth.class_names
    traced = trace_prediction(one.image, one.taught, one.prediction, names, Setting())
    excess = traced.gap - traced.gap_bounds[0]
    known = ~excess.isnan()
    first = traced.agreement.top_k_alignment[:, 0]
    return Apart(
        float(excess[known].mean()) if known.any() else 0.0,
        int((first == 0).sum()),
        int((~first.isnan()).sum()),
    )


def ranking(
    detector: Detector,
    folder: CocoFolder,
    weights_id: str,
    size: int | None = None,
    progress: Callable = iter,
) -> list[Apart]:
    """Every picture's disagreement, in the order of the set: from the cache folder, or measured and laid there.

    Args:
        detector, folder, size, progress: as for `dualviz.study.evaluation.evaluate`.
        weights_id: names the weights by their content.
    """
    if (known := ranked(folder, weights_id, size)) is not None:
        return known
    pictures = [disagreement(one) for one in seen(detector, folder, size, progress)]
    file = _file(folder, weights_id, size)
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{id(pictures)}")
    half.write_text(json.dumps([asdict(one) for one in pictures]), encoding="utf-8")
    half.replace(file)  # a half-written ranking never counts
    return pictures


def ranked(folder: CocoFolder, weights_id: str, size: int | None = None) -> list[Apart] | None:
    """The ranking from the cache folder; None where it is not measured yet, or broken."""
    try:
        given = json.loads(_file(folder, weights_id, size).read_text(encoding="utf-8"))
        pictures = [Apart(float(o["excess"]), int(o["missed"]), int(o["picked"])) for o in given]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return pictures if len(pictures) == len(folder) and all(map(_finite, pictures)) else None


def _finite(one: Apart) -> bool:
    return math.isfinite(one.excess)


def _file(folder: CocoFolder, weights_id: str, size: int | None) -> Path:
    """Named by the pictures as they lie there and their truth, the weights and the size."""
    marks = [(state.st_size, state.st_mtime_ns) for state in map(Path.stat, folder.files)]
    of = [str(folder.folder.resolve()), marks, folder.as_coco()]
    key = json.dumps([*of, weights_id, size])
    return cache_folder() / "rankings" / f"{content_hash(key.encode())}.json"
