"""The sliders of one smear, and how they are drawn at random."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from dualviz.words import Labels

# What each slider may be; a page builds its controls from this table.
RANGES = {
    "red_cells": (0, 80),
    "white_cells": (0, 4),
    "platelets": (0, 20),
    "crowding": (0.0, 1.0),
    "overlap": (0.0, 0.9),
    "size": (0.5, 1.5),
    "blur": (0.0, 4.0),
    "stain": (0.4, 1.8),
    "seed": (0, 2**31 - 1),
    "width": (64, 2048),
    "height": (64, 2048),
}


@dataclass(frozen=True)
class Scene:
    """The sliders of one picture. The same sliders and seed give the same picture.

    Attributes:
        red_cells, white_cells, platelets: how many are placed (0 to 80, 4, 20); some may lie across the border.
        crowding: share of red cells that join the one before into a chain, 0 to 1.
        overlap: how deep joined cells lie on one another, 0 (rims touch) to 0.9 (nearly the same place).
        size: of all bodies, 1 is a red cell of 64 px as in the photographs; 0.5 to 1.5.
        blur: sigma of the defocus in pixels, 0 to 4.
        stain: strength of the dye, 0.4 (pale) to 1.8.
        seed: chooses places, shapes, shades and noise.
        width, height: of the picture in pixels, 64 to 2048.
    """

    red_cells: int = 16
    white_cells: int = 1
    platelets: int = 2
    crowding: float = 0.5
    overlap: float = 0.3
    size: float = 1.0
    blur: float = 0.6
    stain: float = 1.0
    seed: int = 0
    width: int = 416
    height: int = 312

    def __post_init__(self):
        for field in fields(self):
            value, (low, high) = getattr(self, field.name), RANGES[field.name]
            if not low <= value <= high or (isinstance(low, int) and value != int(value)):
                kind = "a whole number" if isinstance(low, int) else "a number"
                raise ValueError(f"{field.name} must be {kind} in [{low}, {high}], got {value}")


CROWDS = Labels({"loose": "smears, loose", "mixed": "smears, mixed", "crowded": "smears, crowded"})
# What a crowding draws instead, each within its range; "mixed" is as drawn, spread a little wider than the photographs.
CROWDINGS: dict[str, dict[str, tuple[float, float]]] = {
    "loose": {"red_cells": (6, 15), "crowding": (0.0, 0.2), "overlap": (0.0, 0.15)},
    "mixed": {},
    "crowded": {"red_cells": (28, 40), "crowding": (0.6, 0.9), "overlap": (0.25, 0.6)},
}


def random_scene(seed: int, width: int = 416, height: int = 312, crowd: str = "mixed") -> Scene:
    """Draw all sliders at random: training data without end.

    Args:
        seed: of the drawing, and of the scene.
        width, height: in pixels.
        crowd: a key of `CROWDS`.
    """
    rng = np.random.default_rng((seed, 99))
    scene = Scene(
        red_cells=int(rng.integers(8, 40)),
        white_cells=int(rng.choice(4, p=[0.15, 0.6, 0.2, 0.05])),
        platelets=min(int(rng.poisson(1.8)), 8),
        crowding=float(rng.uniform(0.0, 0.9)),
        overlap=float(rng.beta(1.6, 2.6) * 0.9),
        size=float(rng.uniform(0.8, 1.25)),
        blur=float(rng.uniform(0.0, 1.3)),
        stain=float(rng.uniform(0.75, 1.3)),
        seed=seed,
        width=width,
        height=height,
    )
    others = np.random.default_rng((seed, 98))
    drawn: dict[str, Any] = {name: others.uniform(*ends) for name, ends in CROWDINGS[crowd].items()}
    if "red_cells" in drawn:
        drawn["red_cells"] = round(drawn["red_cells"])
    return replace(scene, **drawn)


def random_scenes(
    count: int, seed: int = 0, crowd: str = "mixed", suffix: str = ".png"
) -> Iterator[tuple[str, Scene]]:
    """`random_scene` of so many seeds from `seed` on, with a file name each."""
    return (
        (f"smear-{number}{suffix}", random_scene(number, crowd=crowd))
        for number in range(seed, seed + count)
    )
