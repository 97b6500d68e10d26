"""Evidence: what our own measurements say about the method, and what they cannot say."""

from dualviz.web import views
from dualviz.web.evidence import ablation, evaluation, genuine, verdicts
from dualviz.words import _

TITLES = {
    "verdicts": _("Verdicts"),
    "genuine": _("Measured detectors"),
    "ablation": _("Ablation"),
    "evaluation": _("Evaluation"),
}
VIEWS = {
    "verdicts": verdicts,
    "genuine": genuine,
    "ablation": ablation,
    "evaluation": evaluation,
}

views.chosen("evidence", _("Which evidence"), TITLES, VIEWS).view()
