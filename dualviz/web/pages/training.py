"""Training: runs seen again, moment by moment: one that went well, rivals on one trunk, one that failed; and one's own."""

from dualviz.web import views
from dualviz.web.training import failed, own, replay, rivals
from dualviz.words import _

TITLES = {
    "replay": _("A kept run"),
    "rivals": _("Two rules, one trunk"),
    "failed": _("A run that fails"),
    "own": _("A run of my own"),
}
VIEWS = {"replay": replay, "rivals": rivals, "failed": failed, "own": own}

views.chosen("training", _("Which run"), TITLES, VIEWS).view()
