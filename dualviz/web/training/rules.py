"""Rules that a further one-to-one head can be taught by: those of the ablation that share a trunk, and one of one's own."""

from dualviz.study.ablation import ROWS
from dualviz.training.run import Rider, Teacher
from dualviz.words import Labels, _

CONSISTENT = "one2one"  # the first head of every run
OWN = "own"
FIRST = "inconsistent"  # offered at once
RULES = Labels(
    {
        "inconsistent": "overlap counts less: β 2",
        "score": "score counts more: α 1",
        "double": "both doubled: α 1, β 12",
        "seven": "seven teach, then one (YOLO26)",
        "small": "small objects enlarged to 16 px (YOLO26)",
        "hungarian": "Hungarian matching",
        "placebo": "the same rule, other first weights",
        "own": "numbers of my own",
    }
)
MEANINGS = Labels(
    {
        "inconsistent": "It ranks otherwise than the one-to-many head: a well-scored anchor beats one that lies better.",
        "score": "It ranks otherwise than the one-to-many head: the score weighs twice as much.",
        "double": "m² ranks exactly as m does: by the paper nothing should change.",
        "seven": "Seven anchors an object are candidates; where objects compete the conflict is settled first, then one is left.",
        "small": "Objects below 16 px are taken as 16 px wide, so that some anchor lies in them.",
        "hungarian": "Every object gets the anchor for which the sum over all objects is largest.",
        "placebo": "Nothing differs but chance. What it differs by from the consistent head, chance does.",
        "own": "Your α, β and k.",
    }
)


def rider(name: str, own: Teacher) -> Rider:
    """The head of a rule; `own` teaches that of one's own."""
    if name == OWN:
        return Rider(OWN, own)
    return Rider.of(ROWS[name])


def rider_name(name: str) -> str:
    """A head as the files of a run call it: "" for the run's own."""
    return "" if name == CONSISTENT else name


def title(name: str) -> str:
    """What a head of a run is called."""
    return _("consistent: α 0.5, β 6") if name == CONSISTENT else RULES.get(name, name)


def numbers(teacher: Teacher) -> str:
    """A rule in its numbers."""
    words = _(
        "α {alpha}, β {beta}, top {k}",
        alpha=f"{teacher.alpha:g}",
        beta=f"{teacher.beta:g}",
        k=teacher.topk,
    )
    if teacher.keep:
        words = _("{rule}, then {keep}", rule=words, keep=teacher.keep)
    if teacher.least_side:
        words = _("{rule}, at least {side} px", rule=words, side=f"{teacher.least_side:g}")
    return _("{rule}, Hungarian", rule=words) if teacher.hungarian else words
