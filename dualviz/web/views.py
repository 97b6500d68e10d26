"""Pages of several views: one row of buttons at the top says which is seen, and the link keeps it."""

from collections.abc import Mapping
from types import ModuleType

import streamlit as st

from dualviz.web import controls


def chosen(
    name: str, label: str, titles: Mapping[str, str], views: Mapping[str, ModuleType]
) -> ModuleType:
    """Ask which view of a page is seen; the first is absent from the link.

    Args:
        name: of the choice in the link.
        label: of the row of buttons, read out but not shown.
        titles: what the buttons say, by view.
        views: modules with a `view()`, by the same keys.
    """
    seen = {view: titles[view] for view in views}
    with st.container(key="views"):
        which = controls.one_of(label, seen, name, next(iter(views)), label_visibility="collapsed")
    return views[which]
