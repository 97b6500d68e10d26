"""DualViz: see, touch and test YOLOv10's dual label assignment on real pictures."""

__version__ = "1.1.0"
MADE_BY = f"DualViz {__version__}"  # in the app's menu and in every file that Python hands over
