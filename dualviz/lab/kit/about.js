// What every file that leaves says of itself, as dualviz and dualviz/exports/about.py; a test holds them together.

export const MADE_BY = "DualViz 1.1.0";
export const PAPER = "Wang et al.: YOLOv10: Real-Time End-to-End Object Detection. NeurIPS 2024, arXiv 2405.14458";
