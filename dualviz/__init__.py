"""DualViz: see, touch and test YOLOv10's dual label assignment on real pictures."""
