"""Views of the training page."""
