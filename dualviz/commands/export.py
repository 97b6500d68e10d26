"""`python -m dualviz export`: write figures, data and pages."""

from dualviz.exports.export import add_arguments, run

__all__ = ["add_arguments", "run"]
