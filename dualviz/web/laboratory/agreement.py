"""Agreement: which settings of the one-to-one head make it choose as the one-to-many head does, and by how much?"""

from functools import partial

import streamlit as st

from dualviz.charts.drawn.words import agreement_words, flag, gap_words, object_name, three
from dualviz.charts.screen.gaps import gaps_chart
from dualviz.charts.screen.maps import factor_chart, map_chart
from dualviz.charts.screen.matchings import matchings_chart
from dualviz.charts.screen.picks import shares_chart
from dualviz.lab.knobs import KNOBS
from dualviz.study import paper
from dualviz.study.alignment import MEASURES, Matching, differing, matchings, measured
from dualviz.web import controls, findings, link, session
from dualviz.web.markup import plain
from dualviz.web.takeaway import menu

PLAIN = {"displayModeBar": False}
MEANINGS = {
    "top1": "Share of objects for which the one-to-one pick is the one-to-many head's first choice.",
    "spearman": "Rank correlation of an object's candidates in both heads, mean over objects.",
    "top5": "Share of objects whose one-to-one pick is among the one-to-many head's first five.",
    "gap": "A, the distance of the two heads' classification targets, mean over objects; less is better.",
}


def to_laboratory(label: str, key: str, **knobs) -> None:
    """A button that turns the knobs and opens the laboratory."""
    if st.button(label, key=key, icon=":material/science:", type="primary"):
        controls.turn(**knobs)
        st.switch_page("dualviz/web/pages/laboratory.py")


def choices(subject: session.Subject) -> tuple[str, str]:
    """What is measured, over what, with whose predictions; returns measure and set."""
    left, middle, right = st.columns((5, 3, 3))
    with left:
        measure = st.segmented_control(
            "Colour shows",
            list(MEASURES),
            format_func=MEASURES.get,
            required=True,
            wrap=True,
            **link.bound("measure", "top1", link.one_of(MEASURES)),
        )
    with middle:
        which = st.selectbox(
            "Over the objects of",
            list(findings.SETS),
            format_func=lambda key: (
                f"{findings.SETS[key]} ({subject.picture.name})"
                if key == "this"
                else findings.SETS[key]
            ),
            **link.bound("over", "this", link.one_of(findings.SETS)),
        )
    with right:
        shared = controls.lab_state()["knobs"]["shared"]
        st.session_state["whose"] = "shared" if shared else "own"
        st.segmented_control(
            "Predictions",
            ["own", "shared"],
            format_func={"own": "each head's own", "shared": "shared"}.get,
            required=True,
            key="whose",
            help="Shared: the one-to-many head's scores and boxes stand for both heads, as in the "
            "paper's analysis. Own: what the trained heads really say.",
            on_change=lambda: controls.turn(shared=st.session_state["whose"] == "shared"),
        )
    return measure, which


def plane(surveyed, measure: str, which: str) -> None:
    """The map, the point chosen on it, and the sweep of r beside it."""
    made, colours = surveyed.map, session.colours()
    setting = made.setting
    left, right = st.columns((3, 2))
    with left:
        chosen = st.plotly_chart(
            map_chart(made, measure, colours),
            key="agreement map",
            on_select="rerun",
            selection_mode="points",
            config=PLAIN,
            alt=f"{MEASURES[measure]} over the α–β plane of the one-to-one head",
        )
        menu("map", partial(findings.shown_picture, which=which, map={"measure": measure}))
    with right:
        points = [p for p in chosen.selection.points if "x" in p]
        if points:
            alpha, beta = (
                KNOBS["alpha1"].clean(points[0]["x"]),
                KNOBS["beta1"].clean(points[0]["y"]),
            )
            import torch  # loaded long since; named here for one tensor

            values, _ = measured(surveyed.traces, setting, torch.tensor([[alpha, beta]]))
            row = dict(zip(MEASURES, values[0].tolist()))
            st.markdown(
                f"**α′ {alpha:g}, β′ {beta:g}** · "
                + " · ".join(f"{MEASURES[name]} {three(row[name])}" for name in MEASURES)
            )
            to_laboratory(
                f"Open the laboratory at α′ {alpha:g}, β′ {beta:g}",
                "open point",
                locked=False,
                alpha1=alpha,
                beta1=beta,
            )
        else:
            st.markdown(
                ":material/touch_app: Click a point of the map to take it to the laboratory."
            )
        st.markdown(f"**{MEASURES[measure]}.** {MEANINGS[measure]}")
        st.markdown(
            f"On the ray of consistent pairs: **{three(made.on_ray[measure])}**. "
            + ray_words(setting, measure, made.on_ray[measure])
        )
        st.markdown("**Along the ray: r changes nothing**")
        st.plotly_chart(
            factor_chart(surveyed.factors, measure, colours),
            key="factor sweep",
            config=PLAIN,
            alt=f"{MEASURES[measure]} against r, flat",
        )
        st.caption(
            "Flat, because x ↦ xʳ is increasing: m′ = mʳ keeps every order, so every pick and every "
            "soft target's owner. Hungarian matching adds metrics up, and a sum does not keep its order "
            "when its terms are raised to a power: where objects compete, its anchors may depend on r."
        )
    st.caption(
        "Squares: the paper's Table 4 (COCO AP of the one-to-one head, one-to-many fixed at 0.5, 6; bold = consistent). "
        if (setting.alpha, setting.beta) == paper.ONE2MANY
        else "The paper's Table 4 holds for a one-to-many head at α 0.5, β 6 and is hidden at another setting. "
    )


def ray_words(setting, measure: str, value: float) -> str:
    """Why the ray reads what it reads."""
    if setting.shared:
        return "With shared predictions it is where both metrics rank alike, so agreement is exactly 1 there. With “paper” targets the gap is at its floor too."
    own = "Each trained head has its own scores and boxes"
    if measure == "gap" or value != value:
        return f"{own}, so even consistent metrics need not agree: switch to shared predictions to see what the metric alone would do."
    if 1 - value < 1e-9:
        return f"{own}, and by this measure they agree here on every object."
    if three(value) == "1.00":
        return f"{own}, and by this measure they agree here on nearly every object."
    return (
        f"{own}, so here even consistent metrics leave some disagreement: "
        "switch to shared predictions to see what the metric alone would do."
    )


def bars(surveyed, which: str) -> None:
    """Top-1, 5, 10 beside the paper's."""
    st.subheader("How far down the one-to-many list is the one-to-one pick?")
    left, right = st.columns((3, 2))
    with left:
        st.plotly_chart(
            shares_chart(surveyed.shares, session.colours()),
            key="shares",
            config=PLAIN,
            alt="Share of one-to-one picks inside the one-to-many Top-1, 5 and 10",
        )
    with right:
        shares = " / ".join("—" if s != s else f"{s:.1%}" for s in surveyed.shares)
        st.markdown(
            f"**{shares}** of {surveyed.objects} picks are among the first 1 / 5 / 10 here."
        )
        if surveyed.map.setting.shared and surveyed.map.setting.locked:
            st.write("With shared predictions and consistent metrics it cannot be otherwise.")
        st.write(
            "The paper's bars (Fig. 2(b)) count a COCO-trained YOLOv8-S with two heads, once trained with a consistent and once "
            "with an inconsistent metric. Compare the steps, not the heights: another detector, other pictures. Turning α′, "
            "β′ here ranks anew with weights that stay as trained; the paper trained each setting."
        )
        menu("bars", partial(findings.shown_picture, which=which))


def bound_words(setting) -> str:
    """What floor and ceiling of the gap are, and which pick reaches the floor."""
    if setting.shared and setting.mode == "paper":
        return (
            "its **floor** is what the other positives are taught, reached when the pick is the best of them; its **ceiling** is the "
            "greatest gap that any pick could give, a pick outside where there is one."
        )
    why = (
        "With each head's own predictions a pick is taught by its own head's boxes"
        if setting.mode == "paper"
        else "By the rules of THU-MIG's 2024 code a pick is taught its own overlap"
    )
    return (
        "its **floor** and **ceiling** are the least and the greatest gap that any pick could give. "
        f"{why}, so the least gap need not be at the best positive."
    )


def gaps(traced) -> None:
    """The gap of every object of this picture."""
    st.subheader("The supervision gap, object by object")
    st.write(
        "A adds up how differently an object's anchors are taught. It cannot reach 0 while several of its one-to-many positives have a "
        f"target: {bound_words(traced.setting)} The diamond is what this head really picks."
    )
    chosen = st.plotly_chart(
        gaps_chart(traced, session.colours()),
        key="gaps",
        on_select="rerun",
        selection_mode="points",
        config=PLAIN,
        alt="Supervision gap of every object between floor and ceiling",
    )
    diamonds = [p["customdata"] for p in chosen.selection.points if "customdata" in p]
    left, right = st.columns((3, 2), vertical_alignment="center")
    with right:
        menu("gap", findings.shown_picture)
    with left:
        if not diamonds:
            st.caption("Click a diamond to read it and to open that object in the laboratory.")
            return
        g = int(diamonds[0][0] if isinstance(diamonds[0], list) else diamonds[0])
        if g >= len(traced.truth):
            return
        st.markdown(f"**{plain(object_name(traced, g)).capitalize()}** {flag(traced, g)}")
        st.write(f"{gap_words(traced, g)} {agreement_words(traced, g)}")
        if st.button(f"Open object {g + 1} in the laboratory", icon=":material/science:"):
            controls.choose_object(g)
            st.switch_page("dualviz/web/pages/laboratory.py")


def matchers(traced) -> None:
    """Four ways to match, their totals, and the objects they do not agree on."""
    st.subheader("Is top-1 good enough? Hungarian, conflicts, and YOLO26's order")
    ways = matchings(traced)
    apart = differing(ways)
    left, right = st.columns((2, 3))
    with right:
        st.dataframe(
            [row(way, ways[0]) for way in ways],
            hide_index=True,
            column_config={"Σ m": st.column_config.NumberColumn(format="%.4f")},
        )
        for way in ways:
            st.caption(f"**{way.name}.** {way.how}")
        st.markdown(verdict(ways, apart))
        if not apart and st.button("Show the picture “Overlapping”", icon=":material/image:"):
            link.change(pic="overlapping", truth=None)
            controls.forget_objects()
            st.rerun()
        menu("matchers", findings.shown_picture)
    with left:
        st.plotly_chart(
            matchings_chart(traced, ways, session.colours()),
            key="matchings",
            config={"displaylogo": False},
            alt="Objects for which the ways of matching choose different anchors",
        )


def row(way: Matching, first: Matching) -> dict:
    """One way of matching in the table."""
    objects = sorted({*way.objects.tolist(), *first.objects.tolist()})
    other = sum(way.of(g) != first.of(g) for g in objects)
    return {
        "way": str(way.name),
        "Σ m": way.total,
        "matched": len(set(way.objects.tolist())),
        "without": len(way.without),
        "with two": len(way.doubled),
        "sharing": way.shared,
        "≠ top-1": other,
    }


def verdict(ways: list[Matching], apart: list[int]) -> str:
    """What the table says about this picture, in words."""
    if not apart:
        return (
            "**All four choose the same anchors here**: no two objects want the same one. Conflicts come with deep overlap: "
            "try the picture “Overlapping”, or a rendered smear with more overlap."
        )
    top, code, late, best = ways
    words = f"**They differ on {len(apart)} of {len({*top.objects.tolist()})} objects.** "
    if top.shared:
        lost = (
            f"{len(code.without)} without a teacher" if code.without else "none without a teacher"
        )
        words += f"Top-1 alone lets {top.shared} objects share anchors; settling conflicts afterwards leaves {lost}. "
    else:
        words += (
            "No two objects want the same first anchor, but among the first seven some do, and an anchor goes to the object it "
            "overlaps most, even if another ranks it first. "
        )
    saved = len(code.without) - len(late.without)
    if saved > 0:
        words += f"Taking seven first saves {saved} of them. "
    share = late.total / best.total if best.total else 1.0
    words += (
        f"Hungarian collects the most that one anchor per object can, Σ m {three(best.total)}; "
        f"the greedy 7 → 1 reaches {share:.1%} of it without solving anything. "
        "The paper found top-1 as good as Hungarian matching with less training time (no table is given)."
    )
    return words


def view() -> None:
    """The map of settings, the bars, the gaps and the ways of matching."""
    subject = session.current()
    traced = session.current_trace(subject)
    st.subheader("Which one-to-one settings agree with the one-to-many head?")
    setting = traced.setting
    st.write(
        f"The one-to-many head ranks by $m = s\\cdot p^\\alpha\\cdot u^\\beta$ with α {setting.alpha:g}, β {setting.beta:g} (its dot below). Every point of the plane "
        "is another metric for the one-to-one head. Only the direction α′ : β′ matters, so colours run along rays."
    )
    for note in subject.notes:
        st.warning(note, icon=":material/warning:")
    measure, which = choices(subject)
    try:
        surveyed = findings.current_survey(subject, which)
    except ValueError as error:
        st.warning(
            plain(f"This detector cannot be measured on that set: {error}"),
            icon=":material/warning:",
        )
        surveyed, which = findings.current_survey(subject), "this"
    if surveyed.map.objects:
        plane(surveyed, measure, which)
        bars(surveyed, which)
    elif not len(traced.truth):
        st.info(
            "There is no truth to match on this picture. Choose “the detector's output” as truth in the sidebar, draw boxes in the "
            "laboratory, or measure over a set.",
            icon=":material/info:",
        )
    else:
        st.info(
            "No object of this picture has a one-to-one candidate: nothing to agree on.",
            icon=":material/info:",
        )
    if not traced.gap.isnan().all():
        gaps(traced)
        matchers(traced)
