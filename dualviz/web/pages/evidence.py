"""Evidence: what our own measurements say about the method, and what they cannot say."""

from dualviz.web import views
from dualviz.web.evidence import ablation, evaluation
from dualviz.words import _

TITLES = {
    "ablation": _("Two heads or one: ablation"),
    "evaluation": _("Every path measured: evaluation"),
}
VIEWS = {"ablation": ablation, "evaluation": evaluation}

views.chosen("evidence", _("Which evidence"), TITLES, VIEWS).view()
