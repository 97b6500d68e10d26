"""Figures for papers and slides, drawn with Matplotlib and without pyplot: this is the door to all of them.

Each takes a `DualTrace` and the chosen object and returns a figure that carries its own settings; nothing is refused for
an object without candidates: what there is not is said in words.
"""

from dualviz.charts.detections import Output, detections_figure
from dualviz.charts.lesson import lesson_figure
from dualviz.charts.plane import plane_figure
from dualviz.charts.ranks import ranks_figure
from dualviz.charts.sheet import COLUMN, PAGES, SLIDE, Page
from dualviz.charts.stage import stage_figure
from dualviz.charts.survey import gaps_figure, map_figure, matchings_figure, shares_figure

__all__ = [
    "COLUMN",
    "PAGES",
    "SLIDE",
    "Output",
    "Page",
    "detections_figure",
    "gaps_figure",
    "lesson_figure",
    "map_figure",
    "matchings_figure",
    "plane_figure",
    "ranks_figure",
    "shares_figure",
    "stage_figure",
]
