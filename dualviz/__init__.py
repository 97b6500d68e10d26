"""DualViz: see, touch and test YOLOv10's dual label assignment on real pictures."""

from importlib import import_module
from typing import Any

__version__ = "1.1.0"
MADE_BY = f"DualViz {__version__}"  # in the app's menu and in every file that Python hands over

_NOTEBOOK = ("show", "show_tensors")  # imported when they are asked for, since they bring torch


def __getattr__(name: str) -> Any:
    if name in _NOTEBOOK:
        return getattr(import_module("dualviz.exports.notebook"), name)
    raise AttributeError(f"module 'dualviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted((*globals(), *_NOTEBOOK))
