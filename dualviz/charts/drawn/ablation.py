"""What both pictures of the ablation draw: which answers stand where in a row, every run's figure, the paper's axis."""

import math
from functools import partial

from dualviz.study.ablation import ROWS, Ablation, Row, Trained
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import _, ngettext

ANSWERS = {  # paths of the evaluation: head, place below the middle of a row
    "one2many + NMS": ("one2many", -0.06),
    "one2one": ("one2one", 0.23),
}
BELOW_MEAN = 0.12  # of a row: where the single seeds lie

COLUMNS = ("one2one", "one2one + NMS", "one2many + NMS", "one2many raw")  # of the tables


def paper_words() -> str:
    """What the paper's figures were measured with."""
    return _("paper, YOLOv8-S on COCO")


def paper_range() -> list[float]:
    """Of the paper's axis: all its figures, and room for them in words on the right."""
    aps = [row.paper_ap for row in ROWS.values() if row.paper_ap]
    reach = max(aps) - min(aps)
    return [min(aps) - 0.2 * reach, max(aps) + 0.65 * reach]


def seeds_of_rows(counts: list[int]) -> str:
    """How many seeds a row was trained from, where rows differ from the fewest to the most.

    >>> seeds_of_rows([3, 3]), seeds_of_rows([10, 3])
    ('3 seeds', '3 to 10 seeds a row')
    """
    least, most = min(counts), max(counts)
    if least == most:
        return ngettext("{n} seed", "{n} seeds", most)
    return _("{least} to {most} seeds a row", least=least, most=most)


def single_runs(ablation: Ablation, path: str) -> list[tuple[int, Trained]]:
    """Runs whose row teaches a path's head, each with its row's place; without rows of one run, whose mean is that run."""
    places = {
        row.name: place for place, row in enumerate(ablation.rows) if len(ablation.seeds(row)) > 1
    }
    known = (run for run in ablation.runs if run.row in places and not math.isnan(run.points(path)))
    return [(places[run.row], run) for run in known]


def ap_row(known: Ablation, row: Row, of: str) -> dict[str, str]:
    """What each path of a row finds, as AP (`of` "ap") or AP50 ("ap50")."""
    cells = {_("taught"): str(row.title)}
    for path in COLUMNS:
        measure = partial(Trained.points, path=path, of=of)
        cells[PATH_NAMES[path]] = known.spread(row, measure).words()
    return cells
