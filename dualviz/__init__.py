"""DualViz: see, touch and test YOLOv10's dual label assignment on real pictures."""

__version__ = "1.1.0"
