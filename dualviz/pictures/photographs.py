"""Real photographs that other packages bring along: Matplotlib's portrait, and scikit-image's where that is installed.

None of them is part of this project: they are read where they lie, and nothing is fetched. Their boxes were drawn by hand
for this project.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from dualviz.pictures.images import read_image
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.words import Sentence

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Photograph:
    """One photograph of another package.

    Attributes:
        name: in links.
        title: what it shows.
        package: that brings it, as pip calls it.
        file: inside the package's folder.
        class_name, box: its one object, xyxy in pixels.
        source: who took it, and under which terms.
    """

    name: str
    title: Sentence
    package: str
    file: str
    class_name: str
    box: Box
    source: Sentence

    @property
    def path(self) -> Path | None:
        """Where it lies; None where its package is absent or does not bring it."""
        spec = find_spec(MODULES[self.package])
        folders = list(spec.submodule_search_locations or ()) if spec else []
        return next((path for at in folders if (path := Path(at) / self.file).is_file()), None)

    def read(self) -> tuple[np.ndarray, Truth]:
        """Its pixels, uint8 (H, W, 3) RGB, and its object.

        Raises:
            ValueError: it is not there, or no picture.
        """
        path = self.path
        data = path.read_bytes() if path else b""
        truth = truth_from_boxes([list(self.box)], [0], (self.class_name,))
        return read_image(data, self.file), truth


MODULES = {"matplotlib": "matplotlib", "scikit-image": "skimage"}
PHOTOGRAPHS = {
    one.name: one
    for one in (
        Photograph(
            "portrait",
            Sentence("Portrait"),
            "matplotlib",
            "mpl-data/sample_data/grace_hopper.jpg",
            "person",
            (13, 23, 509, 600),
            Sentence("Grace Hopper, United States Navy, public domain"),
        ),
        Photograph(
            "astronaut",
            Sentence("Astronaut"),
            "scikit-image",
            "data/astronaut.png",
            "person",
            (22, 15, 361, 512),
            Sentence("Eileen Collins, NASA, public domain"),
        ),
        Photograph(
            "cat",
            Sentence("Cat"),
            "scikit-image",
            "data/chelsea.png",
            "cat",
            (0, 0, 400, 300),
            Sentence("Stéfan van der Walt, CC0"),
        ),
        Photograph(
            "cup",
            Sentence("Cup"),
            "scikit-image",
            "data/coffee.png",
            "cup",
            (171, 18, 409, 306),
            Sentence("Rachel Michetti, CC0"),
        ),
    )
}


def photographs() -> dict[str, Photograph]:
    """Those that are there, by name."""
    return {name: one for name, one in PHOTOGRAPHS.items() if one.path}
