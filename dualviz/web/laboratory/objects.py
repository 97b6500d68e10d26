"""All objects of the picture, one by one: the supervision gap of each, and the anchors that four ways of matching give them."""

import streamlit as st

from dualviz.charts.drawn.words import agreement_words, flag, gap_words, object_name, three
from dualviz.charts.screen.gaps import gaps_chart
from dualviz.charts.screen.matchings import matchings_chart
from dualviz.study.alignment import Matching, differing, matchings
from dualviz.trace import DualTrace, Setting
from dualviz.web import controls, findings, link, session
from dualviz.web.chart import chart
from dualviz.web.markup import explained, plain
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import _, joined, ngettext

COMPETING = "overlapping"  # the bundled picture whose objects want the same anchors


def gaps(traced: DualTrace) -> int | None:
    """The gap of every object; returns the index of one that is to be opened, else None."""
    st.header(_("The supervision gap, object by object"))
    st.write(bound_words(traced.setting))
    picked = chart(
        gaps_chart(traced, session.colours()),
        "gaps",
        _("Supervision gap of every object between floor and ceiling"),
        choose=True,
    )
    diamonds = [p["customdata"] for p in picked.selection.points if "customdata" in p]
    left, right = st.columns((3, 2), vertical_alignment="center")
    with right:
        menu("gap", findings.shown_picture)
    with left:
        if not diamonds:
            st.caption(_("Choose a diamond to read it and to open that object in the laboratory."))
            return None
        g = int(diamonds[0][0] if isinstance(diamonds[0], list) else diamonds[0])
        if g >= len(traced.truth):
            return None
        st.markdown(f"**{plain(object_name(traced, g)).capitalize()}** {flag(traced, g)}")
        st.write(f"{gap_words(traced, g)} {agreement_words(traced, g)}")
        label = _("Open object {number} in the laboratory", number=g + 1)
        return g if st.button(label, icon=":material/science:", key="open object") else None


def bound_words(setting: Setting) -> str:
    """What the gap is, what its floor and ceiling are, and which pick reaches the floor."""
    if setting.shared and setting.mode == "paper":
        return _(
            "A adds up how differently an object's anchors are taught. It cannot reach 0 while several of its one-to-many positives have a target: its **floor** is what the other positives are taught, reached when the pick is the best of them; its **ceiling** is the greatest gap that any pick could give, a pick outside where there is one. The diamond is what this head really picks."
        )
    if setting.mode == "yolo26":
        return _(
            "A adds up how differently an object's anchors are taught, before conflicts. It cannot reach 0 while several of its one-to-many positives have a target: its **floor** and **ceiling** are the least and the greatest gap that any pick could give. By YOLO26's rules the one-to-one head keeps one of its seven and teaches it its own overlap, so the least gap need not be at the best positive. The diamond is its first choice; where another object takes it, the head keeps the next best that is left."
        )
    if setting.mode == "paper":
        return _(
            "A adds up how differently an object's anchors are taught. It cannot reach 0 while several of its one-to-many positives have a target: its **floor** and **ceiling** are the least and the greatest gap that any pick could give. With each head's own predictions a pick is taught by its own head's boxes, so the least gap need not be at the best positive. The diamond is what this head really picks."
        )
    return _(
        "A adds up how differently an object's anchors are taught. It cannot reach 0 while several of its one-to-many positives have a target: its **floor** and **ceiling** are the least and the greatest gap that any pick could give. By the rules of THU-MIG's 2024 code a pick is taught its own overlap, so the least gap need not be at the best positive. The diamond is what this head really picks."
    )


def matchers(traced: DualTrace) -> None:
    """Four ways to match, their totals, and the objects they do not agree on."""
    st.header(_("Is top-1 good enough? Hungarian, conflicts, and YOLO26's order"))
    ways = matchings(traced)
    apart = differing(ways)
    left, right = st.columns((2, 3))
    with right:
        name = _("Four ways to give every object an anchor")
        table([row(way, ways[0]) for way in ways], name, {_("Σ m"): 4})
        for way in ways:
            st.caption(explained(way.name, way.how))
        st.markdown(joined(*verdict(ways, apart)))
        wanted = _("Show the picture “Overlapping”")
        if not apart and st.button(wanted, icon=":material/image:", key="competing"):
            link.change(pic=COMPETING, truth=None)
            controls.forget_objects()
            st.rerun()
        menu("matchers", findings.shown_picture)
    with left:
        chart(
            matchings_chart(traced, ways, session.colours()),
            "matchings",
            _("Objects for which the ways of matching choose different anchors"),
        )


def row(way: Matching, first: Matching) -> dict[str, str | float]:
    """One way of matching in the table."""
    wanted = sorted({*way.objects.tolist(), *first.objects.tolist()})
    return {
        _("way"): str(way.name),
        _("Σ m"): way.total,
        _("matched"): len(set(way.objects.tolist())),
        _("without"): len(way.without),
        _("with two"): len(way.doubled),
        _("sharing"): way.shared,
        _("≠ top-1"): sum(way.of(g) != first.of(g) for g in wanted),
    }


def verdict(ways: list[Matching], apart: list[int]) -> list[str]:
    """What the table says about this picture, in sentences."""
    if not apart:
        return [
            _(
                "**All four choose the same anchors here**: no two objects want the same one. Conflicts come with deep overlap: try the picture “Overlapping”, or a rendered smear with more overlap."
            )
        ]
    top, code, late, best = ways
    sentences = [
        _(
            "**They differ on {n} of {all} objects.**",
            n=len(apart),
            all=len({*top.objects.tolist()}),
        )
    ]
    if top.shared:
        sentences.append(
            ngettext(
                "Top-1 alone lets {n} object share its anchor.",
                "Top-1 alone lets {n} objects share anchors.",
                top.shared,
            )
        )
        sentences.append(
            _("Settling conflicts afterwards leaves {n} without a teacher.", n=len(code.without))
            if code.without
            else _("Settling conflicts afterwards leaves none without a teacher.")
        )
    else:
        sentences.append(
            _(
                "No two objects want the same first anchor, but among the first seven some do, and an anchor goes to the object it overlaps most, even if another ranks it first."
            )
        )
    saved = len(code.without) - len(late.without)
    if saved > 0:
        sentences.append(_("Taking seven first saves {n} of them.", n=saved))
    share = late.total / best.total if best.total else 1.0
    sentences.append(
        _(
            "Hungarian collects the most that one anchor per object can, Σ m {total}; the greedy 7 → 1 reaches {share} of it without solving anything.",
            total=three(best.total),
            share=f"{share:.1%}",
        )
    )
    sentences.append(
        _(
            "The paper found top-1 as good as Hungarian matching with less training time (no table is given)."
        )
    )
    return sentences
