"""What comes from outside: images, truth and its files, rendered scenes, labelled sets."""

from dualviz.pictures.images import read_image
from dualviz.pictures.truth import Truth, read_truth

__all__ = ["Truth", "read_image", "read_truth"]
