"""An endless supply of labelled blood smears: sliders and a seed go in, a micrograph and its exact truth come out.

Every cell is an absorbing body. Red cells add up their optical density, so overlapping ones darken and stay visible through
each other as under a microscope; white cells hide what is below. Colours, sizes and counts follow the photographs of BCCD
(https://github.com/Shenggan/BCCD_Dataset, 416 × 312 px); no pixel is taken from them.
"""

from dualviz.pictures.scenes.bodies import CLASS_NAMES, as_annotated
from dualviz.pictures.scenes.bundled import (
    FINE,
    RENDERED,
    SAMPLE_FOLDER,
    SAMPLES,
    STACK,
    STACKED,
    gallery,
    plain_title,
    rendered_title,
    shown,
    title_of,
    write_samples,
    write_scenes,
)
from dualviz.pictures.scenes.paint import render
from dualviz.pictures.scenes.scene import CROWDS, RANGES, Scene, random_scene, random_scenes

__all__ = [
    "CLASS_NAMES",
    "CROWDS",
    "FINE",
    "RANGES",
    "RENDERED",
    "SAMPLES",
    "SAMPLE_FOLDER",
    "STACK",
    "STACKED",
    "Scene",
    "as_annotated",
    "gallery",
    "plain_title",
    "random_scene",
    "random_scenes",
    "render",
    "rendered_title",
    "shown",
    "title_of",
    "write_samples",
    "write_scenes",
]
