"""Training: a run of one's own, and one that is kept to be seen again, moment by moment."""

from dualviz.web import views
from dualviz.web.training import own, replay
from dualviz.words import _

TITLES = {"replay": _("A kept run"), "own": _("A run of my own")}
VIEWS = {"replay": replay, "own": own}

views.chosen("training", _("Which run"), TITLES, VIEWS).view()
