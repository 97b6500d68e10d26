"""What every file that is taken away says of itself: what it shows, by which settings, of which truth and weights, and where.

The same lines stand in a figure's own description, at the head of a table, in JSON and in the manifest of a zip.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import dualviz
from dualviz.detector.catalogue import find_weights
from dualviz.pictures.content import content_hash
from dualviz.words import Labels, _

PAPER = (
    "Wang et al.: YOLOv10: Real-Time End-to-End Object Detection. NeurIPS 2024, arXiv 2405.14458"
)
BIBTEX = f"""@software{{dualviz,
  title   = {{DualViz: see, touch and test dual label assignment}},
  version = {{{dualviz.__version__}}},
  license = {{MIT}}
}}

@inproceedings{{wang2024yolov10,
  title     = {{YOLOv10: Real-Time End-to-End Object Detection}},
  author    = {{Wang, Ao and Chen, Hui and Liu, Lihao and Chen, Kai and Lin, Zijia and Han, Jungong and Ding, Guiguang}},
  booktitle = {{Advances in Neural Information Processing Systems}},
  year      = {{2024}},
  eprint    = {{2405.14458}},
  archivePrefix = {{arXiv}}
}}
"""


# Where the objects come from that count, as every file says it; what stands in for truth says so itself (`Truth.words`).
ORIGINS = Labels(
    {
        "own": "of the picture",
        "drawn": "drawn by hand",
        "none": "none",
        "notebook": "given in the notebook",
        "rendered": "exact, of rendered scenes",
    }
)


def of_file(name: str) -> str:
    """The origin of a truth that was read from a file."""
    return _("file {name}", name=name)


class Source(NamedTuple):
    """What a file's numbers come from; "" and None for what does not apply.

    Attributes:
        picture: its name, or the set's.
        detector: its name.
        weights: the first 12 hexadecimal digits of the SHA-256 of its file.
        network: what the network saw, in words: from `pixels` or `longer_side`.
        truth: where the boxes come from that count as objects, in words.
    """

    picture: str = ""
    detector: str = ""
    weights: str = ""
    network: str = ""
    truth: str = ""

    @property
    def lines(self) -> dict[str, str]:
        """What is known, in words by key."""
        weights = _("{detector}, weights {hash}", detector=self.detector, hash=self.weights)
        known = {
            "detector": weights if self.weights else self.detector,
            "network input": self.network,
            "truth": self.truth,
        }
        return {name: words for name, words in known.items() if words}


def pixels(network_hw: tuple[int, int]) -> str:
    """What the network saw of one picture."""
    height, width = network_hw
    return _("{width} × {height} px", width=width, height=height)


def longer_side(side: int) -> str:
    """What the network saw of pictures of any shape; "" where that is not known (0)."""
    return _("longer side {side} px", side=side) if side else ""


def of_set(over: str, detector: str, weights: str = "", side: int = 0) -> Source:
    """The source of what was measured over a labelled set, the network's input having that longer side in pixels."""
    truth = _("annotations of {set}", set=over) if over else ""
    return Source(over, detector, weights, longer_side(side), truth)


def weights_hash(name_or_path: str | Path) -> str:
    """Of the file behind a detector's name; "" where there is none."""
    try:
        path = find_weights(name_or_path)
        return _hash(path, path.stat().st_mtime)
    except (ValueError, OSError):
        return ""


@cache
def _hash(path: Path, stamp: float) -> str:
    del stamp
    return content_hash(path.read_bytes())


def about(title: str, settings: str, source: Source, link: str) -> dict[str, str]:
    """All that a file says of itself, by key, in the order in which it is read.

    Args:
        title: what it is.
        settings: the knobs and what is chosen, in one line.
        source: what its numbers come from.
        link: where the app shows the same; "" where it cannot.
    """
    return {
        "title": title,
        "settings": settings,
        **source.lines,
        **({"link": link} if link else {}),
        "version": dualviz.MADE_BY,
        "citation": PAPER,
    }


def described(said: Mapping[str, str]) -> str:
    """The same as lines of text, the title first."""
    rest = [f"{key}: {words}" for key, words in said.items() if key not in ("title", "settings")]
    return "\n".join([said["title"], said["settings"], *rest])
