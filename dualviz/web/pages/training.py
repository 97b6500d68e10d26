"""Training: one run seen again, moment by moment."""

from dualviz.web.training import replay

replay.view()
