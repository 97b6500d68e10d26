"""Starving objects: which ones does no anchor learn, and would another rule feed them?"""

from functools import partial

import streamlit as st

from dualviz.charts.palette import HEAD_NAMES
from dualviz.exports.studies import ShownStarving
from dualviz.study.starving import HEADS, RULES, SIZES, WHY, Fed, feed, shares, starved
from dualviz.web import link, session
from dualviz.web.detections.sets import Measured, measured, open_object
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import _, ngettext

MOST_LISTED = 300


def view(subject: session.Subject) -> None:
    """Shares by size and rule, then the objects that starve, each opened with a click."""
    st.markdown(
        _(
            "An object is taught only through anchors inside its box that it wins. A small one may have none inside, and in a crowd its neighbours may take them all. Which objects end without a positive, under which rule?"
        )
    )
    result = measured("starving", subject, _fed)
    if result is None:
        return
    objects: list[Fed] = result.made
    if not objects:
        st.info(_("Without truth there are no objects that could starve."))
        return
    table(_rows(objects), _("Objects without a positive, by rule and size"))
    st.caption(
        _(
            "Size: the root of width times height in network pixels; 32 and 96 are COCO's borders. Without a positive: no anchor learns it after conflicts. Contested: another object selected one of its anchors too. α 0.5, β 6, CIoU, each head's own predictions; YOLO26 selects 7 anchors for the one-to-one head, settles conflicts and keeps 1; its small-object rule counts a side below 16 pixels as 16 when it asks which anchors lie inside."
        )
    )
    _listed(subject, result, objects)
    shown = partial(
        ShownStarving,
        objects,
        subject.detector.class_names,
        subject.detector.name,
        result.over,
        session.weights(subject.detector_id),
        subject.side,
    )
    menu("starving", shown, result.over)


def _fed(pictures) -> list[Fed]:
    return feed((one.name, one.prediction, one.taught) for one in pictures)


def _size_words(size: int) -> str:
    if not size:
        return _("below {most} px", most=int(SIZES[0]))
    if size == len(SIZES):
        return _("{least} px and more", least=int(SIZES[-1]))
    return _("{least} to {most} px", least=int(SIZES[size - 1]), most=int(SIZES[size]))


def _rows(objects: list[Fed]) -> list[dict[str, str | float | None]]:
    rows = []
    by_column = {(rule, head): shares(objects, rule, head) for head in HEADS for rule in RULES}
    sizes = [size for size in range(len(SIZES) + 1) if by_column["thu", HEADS[0]][size].objects]
    for head in HEADS:
        for rule, words in RULES.items():
            row: dict[str, str | float | None] = {_("head"): HEAD_NAMES[head], _("rule"): words}
            parts = by_column[rule, head]
            total = sum(part.objects for part in parts)
            row[_("without a positive")] = _of(sum(part.starving for part in parts), total)
            row[_("contested")] = _of(sum(part.contested for part in parts), total)
            for size in sizes:
                row[_size_words(size)] = _of(parts[size].starving, parts[size].objects)
            rows.append(row)
    return rows


def _of(some: int, all_: int) -> str:
    return f"{some} / {all_} ({100 * some / all_:.0f} %)" if all_ else "—"


def _listed(subject: session.Subject, result: Measured, objects: list[Fed]) -> None:
    """The objects that starve under a rule; a click opens one in the laboratory."""
    left, right = st.columns(2)
    rule = left.selectbox(_("Rule"), list(RULES), format_func=RULES.get, key="starving rule")
    head = right.selectbox(
        _("Head"), list(reversed(HEADS)), format_func=HEAD_NAMES.get, key="starving head"
    )
    hungry = starved(objects, rule, head)
    if not hungry:
        st.success(
            ngettext(
                "The one object has a positive under this rule.",
                "Each of the {n} objects has a positive under this rule.",
                len(objects),
            )
        )
        return
    names = subject.detector.class_names
    rows = [
        {
            _("picture"): one.picture,
            _("object"): one.number + 1,
            _("class"): names[one.label],
            _("size, px"): round(one.side, 1),
            _("why"): WHY[one.fates[rule].why(head)],
            _("fed by"): ", ".join(words for key, words in RULES.items() if not one.fates[key].starves(head)) or "—",
        }
        for one in hungry[:MOST_LISTED]
    ]  # fmt: skip
    st.caption(
        ngettext(
            "{n} object without a positive, smallest first. A click opens it in the laboratory.",
            "{n} objects without a positive, smallest first. A click opens one in the laboratory.",
            len(hungry),
        )
    )
    chosen = st.dataframe(
        rows,
        hide_index=True,
        key=f"starving list {rule} {head}",
        on_select="rerun",
        selection_mode="single-cell",
    )
    if picked := chosen.selection.cells:
        one = hungry[picked[0][0]]
        link.change(view=None)
        open_object("starving", result, one.picture, one.number)
