"""Figures that the YOLOv10 paper prints (arXiv 2405.14458v1, NeurIPS 2024), to stand beside ours and be labelled as its.

They were measured on COCO with detectors of 2 to 30 million parameters: compare directions with them, not heights.
"""

from typing import NamedTuple

from dualviz.words import Labels

SOURCE = "arXiv 2405.14458v1"


class Exponents(NamedTuple):
    """One row of Table 4: exponents of the one-to-one head, its AP, and whether they match the one-to-many head's."""

    alpha: float
    beta: float
    ap: float
    consistent: bool


class Size(NamedTuple):
    """One row of Table 1: AP without NMS, AP of a separately trained one-to-many model with NMS, end-to-end milliseconds.

    Milliseconds are on a T4 with TensorRT FP16, without NMS.
    """

    name: str
    ap: float
    ap_with_nms: float
    milliseconds: float


class Heir(NamedTuple):
    """One size of YOLO26: COCO AP of its one-to-one head without NMS and of its one-to-many head with NMS."""

    name: str
    ap: float
    ap_with_nms: float


class Heads(NamedTuple):
    """One row of Table 3: YOLOv8-S on COCO, milliseconds on a T4 with TensorRT FP16."""

    name: str
    ap: float
    milliseconds: float


ONE2MANY = (0.5, 6.0)  # of Table 4 throughout
TABLE4 = (
    Exponents(0.5, 2, 42.7, False),
    Exponents(0.5, 4, 44.2, False),
    Exponents(0.5, 6, 44.3, True),
    Exponents(0.5, 8, 44.0, False),
    Exponents(0.25, 3, 44.3, True),
    Exponents(0.25, 6, 43.5, False),
    Exponents(1, 6, 43.9, False),
    Exponents(1, 12, 44.3, True),
)
TABLE3 = (
    Heads("one-to-many only, with NMS", 44.9, 7.07),
    Heads("one-to-one only", 43.4, 2.44),
    Heads("both heads, one-to-one read out", 44.3, 2.44),
)
TABLE1 = (
    Size("N", 38.5, 39.5, 1.84),
    Size("S", 46.3, 46.8, 2.49),
    Size("M", 51.1, 51.3, 4.74),
    Size("B", 52.5, 52.7, 5.74),
    Size("L", 53.2, 53.4, 7.28),
    Size("X", 54.4, 54.4, 10.7),
)
# By the figures of YOLO26's authors, not of the paper.
YOLO26 = (
    Heir("n", 40.1, 40.9),
    Heir("s", 47.8, 48.6),
    Heir("m", 52.5, 53.1),
    Heir("l", 54.4, 55.0),
    Heir("x", 56.9, 57.5),
)
# Fig. 2(b): share of one-to-one pairs inside the one-to-many Top-1, 5, 10 after training, from the PDF's vector bars.
FIG2B = {
    "consistent": (0.245, 0.780, 0.981),
    "inconsistent": (0.214, 0.719, 0.950),
}
METRICS = Labels({"consistent": "consistent (0.5, 6)", "inconsistent": "inconsistent (0.5, 2)"})
