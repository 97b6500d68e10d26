"""Agreement: which settings of the one-to-one head make it choose as the one-to-many head does, and by how much?"""

from functools import partial
from typing import Any

import streamlit as st
import torch

from dualviz.charts.drawn.words import three
from dualviz.charts.screen.maps import factor_chart, map_chart
from dualviz.charts.screen.picks import shares_chart
from dualviz.lab.knobs import KNOBS
from dualviz.study import paper
from dualviz.study.alignment import MEASURES, Survey, measured
from dualviz.trace import Setting
from dualviz.web import controls, findings, gallery, link, session
from dualviz.web.chart import chart
from dualviz.web.laboratory import objects
from dualviz.web.markup import explained, plain
from dualviz.web.takeaway import menu
from dualviz.words import Labels, _, said

MEANINGS = Labels(
    {
        "top1": "Share of objects for which the one-to-one pick is the one-to-many head's first choice.",
        "spearman": "Rank correlation of an object's candidates in both heads, mean over objects.",
        "top5": "Share of objects whose one-to-one pick is among the one-to-many head's first five.",
        "gap": "A, the distance of the two heads' classification targets, mean over objects; less is better.",
    }
)


def choices(subject: session.Subject) -> tuple[str, str]:
    """What is measured, over what, with whose predictions; returns measure and set."""
    left, middle, right = st.columns((5, 3, 3))
    with left:
        measure = controls.one_of(_("Colour shows"), MEASURES, "measure", "spearman")
    sets = dict(findings.SETS)
    sets["this"] = _("this picture ({picture})", picture=gallery.title(subject.picture))
    with middle:
        which = st.selectbox(
            _("Over the objects of"),
            list(sets),
            format_func=sets.get,
            **link.bound("over", "this", link.one_of(sets)),
        )
    with right:
        shared = controls.lab_state()["knobs"]["shared"]
        st.session_state["whose"] = "shared" if shared else "own"
        controls.row(
            _("Predictions"),
            {"own": _("each head's own"), "shared": _("shared")},
            key="whose",
            help=_(
                "Shared: the one-to-many head's scores and boxes stand for both heads, as in the paper's analysis. Own: what the trained heads really say."
            ),
            on_change=lambda: controls.turn(shared=st.session_state["whose"] == "shared"),
        )
    return measure, which


# ── the map ──


def plane(surveyed: Survey, measure: str, which: str) -> None:
    """The map, the point chosen on it, and the sweep of r beside it."""
    made, colours = surveyed.map, session.colours()
    left, right = st.columns((3, 2))
    with left:
        chosen = chart(
            map_chart(made, measure, colours),
            "agreement map",
            _("{measure} over the α–β plane of the one-to-one head", measure=MEASURES[measure]),
            choose=True,
        )
        menu(
            "map",
            partial(findings.shown_picture, which=which, map={"measure": measure}),
            findings.set_name(which),
        )
    with right:
        point([one for one in chosen.selection.points if "x" in one], surveyed)
        value = made.on_ray[measure]
        st.markdown(explained(MEASURES[measure], MEANINGS[measure]))
        st.markdown(
            _("On the ray of consistent pairs: **{value}**.", value=three(value))
            + " "
            + ray_words(made.setting, measure, value)
        )
        st.header(_("Along the ray: r changes nothing"))
        chart(
            factor_chart(surveyed.factors, measure, colours),
            "factor sweep",
            _("{measure} against r: a flat line", measure=MEASURES[measure]),
        )
        st.caption(
            _(
                "Flat, because x ↦ xʳ is increasing: m′ = mʳ keeps every order, so every pick and every soft target's owner. Hungarian matching adds metrics up, and a sum does not keep its order when its terms are raised to a power: where objects compete, its anchors may depend on r."
            )
        )
    if (made.setting.alpha, made.setting.beta) == paper.ONE2MANY:
        words = _(
            "Squares: the paper's Table 4 (COCO AP of the one-to-one head, one-to-many fixed at 0.5, 6; bold: consistent)."
        )
    else:
        words = _(
            "The paper's Table 4 holds for a one-to-many head at α 0.5, β 6 and is hidden at another setting."
        )
    st.caption(words)


def point(points: list[dict[str, Any]], surveyed: Survey) -> None:
    """The chosen point of the map in all measures, and the way from it to the laboratory."""
    if not points:
        st.markdown(
            ":material/touch_app: "
            + _("Choose a point of the map to take it to one object of the laboratory.")
        )
        return
    alpha, beta = KNOBS["alpha1"].clean(points[0]["x"]), KNOBS["beta1"].clean(points[0]["y"])
    values, _objects = measured(
        surveyed.traces, surveyed.map.setting, torch.tensor([[alpha, beta]])
    )
    row = zip(MEASURES.values(), values[0].tolist())
    place = {"alpha": f"{alpha:g}", "beta": f"{beta:g}"}
    st.markdown(
        f"**α′ {alpha:g}, β′ {beta:g}** · " + " · ".join(f"{name} {three(v)}" for name, v in row)
    )
    label = _("Open the laboratory at α′ {alpha}, β′ {beta}", **place)
    if st.button(label, key="open point", icon=":material/science:", type="primary"):
        controls.turn(locked=False, alpha1=alpha, beta1=beta)
        open_object()


def open_object() -> None:
    """Go to the view of one object."""
    link.change(view=None)
    st.rerun()


def ray_words(setting: Setting, measure: str, value: float) -> str:
    """Why the ray reads what it reads."""
    if setting.shared:
        return _(
            "With shared predictions it is where both metrics rank alike, so agreement is exactly 1 there. With “paper” targets the gap is at its floor too."
        )
    if measure == "gap" or value != value:
        return _(
            "Each trained head has its own scores and boxes, so even consistent metrics need not agree: switch to shared predictions to see what the metric alone would do."
        )
    if 1 - value < 1e-9:
        return _(
            "Each trained head has its own scores and boxes, and by this measure they agree here on every object."
        )
    if three(value) == "1.00":
        return _(
            "Each trained head has its own scores and boxes, and by this measure they agree here on nearly every object."
        )
    return _(
        "Each trained head has its own scores and boxes, so here even consistent metrics leave some disagreement: switch to shared predictions to see what the metric alone would do."
    )


# ── the bars ──


def bars(surveyed: Survey, which: str) -> None:
    """Top-1, 5, 10 beside the paper's."""
    st.header(_("How far down the one-to-many list is the one-to-one pick?"))
    left, right = st.columns((3, 2))
    with left:
        chart(
            shares_chart(surveyed.shares, session.colours()),
            "shares",
            _("Share of one-to-one picks inside the one-to-many Top-1, 5 and 10"),
        )
    with right:
        shares = " / ".join("—" if s != s else f"{s:.1%}" for s in surveyed.shares)
        st.markdown(
            _(
                "**{shares}** of {n} picks are among the first 1 / 5 / 10 here.",
                shares=shares,
                n=surveyed.objects,
            )
        )
        if surveyed.map.setting.shared and surveyed.map.setting.locked:
            st.write(_("With shared predictions and consistent metrics it cannot be otherwise."))
        st.write(
            _(
                "The paper's bars (Fig. 2(b)) count a COCO-trained YOLOv8-S with two heads, once trained with a consistent and once with an inconsistent metric. Compare the steps, not the heights: another detector, other pictures. Turning α′, β′ here ranks anew with weights that stay as trained; the paper trained each setting."
            )
        )
        menu("bars", partial(findings.shown_picture, which=which), findings.set_name(which))


# ── the view ──


def view() -> None:
    """The map of settings, the bars, the gaps and the ways of matching."""
    subject = session.current()
    traced = session.current_trace(subject)
    st.title(_("Which one-to-one settings agree with the one-to-many head?"))
    st.write(
        _(
            "The one-to-many head ranks by $m = s\\cdot p^\\alpha\\cdot u^\\beta$ with α {alpha}, β {beta} (its dot below). Every point of the plane is another metric for the one-to-one head. Only the direction α′ : β′ matters, so colours run along rays.",
            alpha=f"{traced.setting.alpha:g}",
            beta=f"{traced.setting.beta:g}",
        )
    )
    for note in subject.notes:
        st.warning(note, icon=":material/warning:")
    measure, which = choices(subject)
    try:
        surveyed = findings.current_survey(subject, which)
    except ValueError as error:
        words = _("This detector cannot be measured on that set: {reason}", reason=said(error))
        st.warning(plain(words), icon=":material/warning:")
        surveyed, which = findings.current_survey(subject), "this"
    if surveyed.map.objects:
        plane(surveyed, measure, which)
        bars(surveyed, which)
    elif not len(traced.truth):
        words = _(
            "There is no truth to match on this picture. Choose “the detector's output” as truth in the sidebar, draw boxes in the laboratory, or measure over a set."
        )
        st.info(words, icon=":material/info:")
    else:
        words = _("No object of this picture has a one-to-one candidate: nothing to agree on.")
        st.info(words, icon=":material/info:")
    if not traced.gap.isnan().all():
        if (chosen := objects.gaps(traced)) is not None:
            controls.choose_object(chosen)
            open_object()
        objects.matchers(traced)
