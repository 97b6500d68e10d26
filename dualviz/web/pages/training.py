"""Training: runs seen again, moment by moment: one that went well, rivals on one trunk, and one that failed."""

from dualviz.web import views
from dualviz.web.training import failed, replay, rivals
from dualviz.words import _

TITLES = {
    "replay": _("One run"),
    "rivals": _("Two rules, one trunk"),
    "failed": _("A run that fails"),
}
VIEWS = {"replay": replay, "rivals": rivals, "failed": failed}

views.chosen("training", _("Which run"), TITLES, VIEWS).view()
