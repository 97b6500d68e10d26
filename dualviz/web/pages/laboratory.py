"""Laboratory: which anchors does each head choose for one object, how far do the heads agree on all, and who is pushed?"""

from dualviz.web import views
from dualviz.web.laboratory import agreement, loss, one_object
from dualviz.words import _

TITLES = {
    "object": _("One object"),
    "agreement": _("All objects"),
    "loss": _("Who is pushed"),
}
VIEWS = {"object": one_object, "agreement": agreement, "loss": loss}

views.chosen("view", _("What the laboratory shows"), TITLES, VIEWS).view()
