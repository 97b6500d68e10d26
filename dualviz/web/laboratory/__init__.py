"""Views of the laboratory page: one object, agreement over all, and what the loss pushes."""
