"""Views of the evidence page: what was measured, with its verdicts."""
