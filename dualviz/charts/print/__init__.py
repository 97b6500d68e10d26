"""Figures for papers and slides, drawn with Matplotlib and without pyplot: this is the door to all of them.

Each takes a `DualTrace` and the chosen object and returns a figure that carries its own settings; nothing is refused for
an object without candidates: what there is not is said in words.
"""

from dualviz.charts.page import COLUMN, PAGES, SLIDE, WIDE, Page, page_for
from dualviz.charts.print.detections import Output, detections_figure
from dualviz.charts.print.plane import plane_figure
from dualviz.charts.print.ranks import ranks_figure
from dualviz.charts.print.stage import stage_figure
from dualviz.charts.print.survey import gaps_figure, map_figure, matchings_figure, shares_figure
from dualviz.charts.print.targets import targets_figure
from dualviz.charts.print.typeface import figure_language, figure_note

__all__ = [
    "COLUMN",
    "PAGES",
    "SLIDE",
    "WIDE",
    "Output",
    "Page",
    "detections_figure",
    "figure_language",
    "figure_note",
    "gaps_figure",
    "map_figure",
    "matchings_figure",
    "page_for",
    "plane_figure",
    "ranks_figure",
    "shares_figure",
    "stage_figure",
    "targets_figure",
]
