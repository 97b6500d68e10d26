"""Loss: the metric decides which region learns, the same loss teaches it. Who is pushed up, who down, and by how much?"""

from functools import partial

import streamlit as st

from dualviz.charts.drawn.pushes import LAYERS
from dualviz.charts.drawn.words import opposed_words
from dualviz.charts.palette import HEAD_NAMES
from dualviz.charts.screen.pushes import parts_chart, pushes_chart
from dualviz.charts.screen.trunk import trunk_drawing
from dualviz.detector.cells import grids
from dualviz.detector.network import HEADS
from dualviz.exports.subject import farthest
from dualviz.study.targets import PARTS, Targets
from dualviz.trace import DualTrace
from dualviz.web import controls, findings, frame, link, session
from dualviz.web.chart import chart
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import Labels, _

MEANINGS = Labels(
    {
        "push": "The gradient of the BCE by the logit z is σ(z) − t, score minus target. **Blue (△)** scores are pushed up, **red (▽)** down; white cells are left alone: background that already scores 0.",
        "bce": "How much each anchor still has to learn: −t·log p − (1 − t)·log(1 − p). It is least, but not 0, where p = t.",
        "target": "What each anchor is told to score. One-to-many selects up to k anchors per object, one-to-one a single one (by YOLO26's rules seven, of which it keeps the best that conflicts leave). By the rules of THU-MIG's 2024 code and of YOLO26 an anchor that several objects select goes to the one it overlaps most, so an object can end with more than it selected, or with none.",
        "opposed": "Anchors whose score the one-to-many head is taught to raise and the one-to-one head to lower: most are background to the one-to-one head, some its own positives that score above their target.",
    }
)


def choices(traced: DualTrace) -> tuple[str, int | None, int | None, int | None]:
    """Layer, level, class and object of the stage."""
    left, middle, right, last = st.columns((9, 5, 4, 4))
    with left:
        layer = controls.one_of(_("Cells show"), LAYERS, "cells", "push")
    names = [grid.name for grid in grids(traced.prediction)]
    levels = {"all": _("all")} | dict(zip(names, names))
    with middle:
        level = controls.one_of(_("Level"), levels, "cells-level", "all")
    with right:
        classes = ["all", *(traced.class_names[c] for c in traced.truth.labels.unique())]
        name = st.selectbox(
            _("Class"),
            classes,
            format_func=lambda name: _("strongest of all") if name == "all" else name,
            **link.bound("cells-class", "all", link.one_of(classes)),
        )
    with last:
        g = controls.look_at(traced.truth, partial(farthest, traced))
    label = None if name == "all" else traced.class_names.index(name)
    return layer, None if level == "all" else names.index(level), label, g


def sums(targets: dict[str, Targets]) -> None:
    """The loss as a sum, and how many scores go up and down."""
    st.header(_("What the sum is made of"))
    chart(parts_chart(targets, session.colours()), "loss parts", _("Loss of both heads by parts"))
    rows = []
    for head in HEADS:
        own = targets[head]
        up, down = own.gradient.clamp(max=0).sum(), own.gradient.clamp(min=0).sum()
        rows.append(
            {
                _("head"): HEAD_NAMES[head],
                _("positives"): int(own.positive.sum()),
                "Σ t": float(own.target.sum()),
                _("Σ pushes up"): float(up),
                _("Σ pushes down"): float(down),
                **{PARTS[part]: value for part, value in own.parts.items()},
                _("total"): float(own.loss.total),
            }
        )
    digits = {name: 3 for name in rows[0] if name != _("positives")}
    table(rows, _("Loss of both heads in numbers"), digits)
    if targets[HEADS[0]].edges == "DFL":
        words = _(
            "Both heads use the same terms: BCE on the classes of all anchors (gain 0.5), CIoU (7.5) and DFL (1.5) on the boxes of the positives, each weighted by its target and divided by Σ t (at least 1). Only the assignment differs. A batch in training divides by the Σ t of all its pictures."
        )
    else:
        words = _(
            "Both heads use the same terms: BCE on the classes of all anchors (gain 0.5), CIoU (7.5) and the distance of each side as a share of the input's width or height (L1, 1.5) on the boxes of the positives, each weighted by its target and divided by Σ t (at least 1). Only the assignment differs. A batch in training divides by the Σ t of all its pictures."
        )
    st.caption(words)


def detached(targets: dict[str, Targets]) -> None:
    """Why the one-to-one head runs on detached features."""
    st.header(_("Why the one-to-one head runs on detached features"))
    left, right = st.columns((3, 2))
    with left:
        st.image(
            trunk_drawing(session.colours(), frame.narrow()),
            width="stretch",
            alt=_("Gradients of the one-to-one head stop before the shared features"),
        )
    with right:
        st.markdown(opposed_words(targets))
        st.write(
            _(
                "Undetached, both gradients would meet in backbone and neck and could cancel in part. Whether that would cost accuracy is not measured on this page. THU-MIG's 2024 code detaches: backward, the one-to-one loss ends at its own convolutions. Trunk and neck learn from one-to-many alone, and the one-to-one head learns to read one winner from features made for many."
            )
        )
        st.caption(
            _(
                "Detaching is in THU-MIG's 2024 code (THU-MIG/yolov10), not in the paper's text. At inference nothing is detached: there are no gradients."
            )
        )


def view() -> None:
    """The stage of both heads, the sum it makes, and why one gradient is cut."""
    subject = session.current()
    traced = session.current_trace(subject)
    st.title(_("The score decides which region learns, the same loss teaches it"))
    for note in subject.notes:
        st.warning(note, icon=":material/warning:")
    st.write(
        _(
            "The matching metric hands out the targets; then every anchor of both heads is taught by the same BCE. “Soft target t” shows an island on the left where the right has a single cell, or none after a conflict; a push is what is still missing, so a trained head may be pushed down on its own positives; “Opposite pushes” shows the anchors that the heads pull apart."
        )
    )
    targets = findings.current_targets(subject)
    layer, level, label, g = choices(traced)
    st.caption(MEANINGS[layer])
    if not len(traced.truth):
        words = _(
            "No truth: every anchor is background, and every score is pushed down. Choose “the detector's output” as truth in the sidebar or draw boxes in the laboratory."
        )
        st.info(words, icon=":material/info:")
    chart(
        pushes_chart(traced, targets, layer, level, label, g),
        "pushes",
        _("{layer}, one-to-many beside one-to-one", layer=LAYERS[layer]),
    )
    chosen = {"layer": layer, "level": level, "label": label}
    menu("loss", partial(findings.shown_picture, g, loss=chosen))
    sums(targets)
    detached(targets)
