"""Ablation: the same short training with one thing changed. Are two heads needed, and must they want the same?"""

import math
from functools import partial

import streamlit as st

from dualviz.agreement import TOP_K
from dualviz.charts.palette import PATH_NAMES
from dualviz.charts.screen.ablation import ablation_chart
from dualviz.charts.screen.picks import picks_chart
from dualviz.study import ablation
from dualviz.study.ablation import (
    ROWS,
    SHARED,
    Ablation,
    Measure,
    Row,
    Trained,
)
from dualviz.web import session
from dualviz.web.evidence.claims import claims
from dualviz.web.takeaway import menu

PLAIN = {"displayModeBar": False}
COLUMNS = ("one2one", "one2one + NMS", "one2many + NMS", "one2many raw")  # of the tables


# ── the figures ──


def share(k: int) -> Measure:
    """Percent of one-to-one picks in the one-to-many top, by place in `TOP_K`."""
    return lambda run: 100 * run.figures.alignment[k]


def duplicates(path: str) -> Measure:
    """Duplicates a picture on a path."""
    return lambda run: run.figures.duplicates[path]


def ap_row(known: Ablation, row: Row) -> dict[str, str]:
    """What each path of a row finds."""
    cells = {"taught": row.title}
    for of, name in (("ap", "AP"), ("ap50", "AP50")):
        for path in COLUMNS:
            measure = partial(Trained.points, path=path, of=of)
            cells[f"{name} {PATH_NAMES[path]}"] = known.spread(row, measure).words()
    return cells


def heads_row(known: Ablation, row: Row) -> dict[str, str]:
    """What a row's heads repeat, and how far they agree."""
    cells = {"taught": row.title}
    for path in ("one2one", "one2many raw"):
        cells[f"repeats {PATH_NAMES[path]}"] = known.spread(row, duplicates(path)).words(2)
    for place, k in enumerate(TOP_K):
        cells[f"Top-{k}, %"] = known.spread(row, share(place)).words()
    for name in ("gap", "floor", "ceiling"):
        cells[name] = known.spread(row, lambda run, n=name: getattr(run.figures, n)).words(2)
    return cells


def figures(known: Ablation) -> None:
    """All figures of all rows, as mean ± standard deviation."""
    st.subheader("All figures")
    pinned = {"taught": st.column_config.TextColumn(width=270, pinned=True)}
    st.markdown("**What each path finds**, AP and AP50 in points")
    st.dataframe([ap_row(known, row) for row in known.rows], hide_index=True, column_config=pinned)
    st.markdown("**What it repeats, and how far the heads agree**")
    st.dataframe(
        [heads_row(known, row) for row in known.rows], hide_index=True, column_config=pinned
    )
    st.caption(
        "Mean ± standard deviation over seeds; “—” where that head was not taught. Repeats: a picture, of detections above confidence 0.25 that overlap a better one of their class by more than 0.7. "
        "Top-k: one-to-one picks inside the one-to-many first k; gap: mean over objects, between floor and ceiling. Picks are those of "
        f"the metric that the head was taught by. For AP, NMS was given {known.recipe.get('nms', '?')}, the selection without NMS every class."
    )


def picks(known: Ablation) -> None:
    """Where the picks are, with a consistent metric and without, beside the paper's."""
    st.markdown("**Where are the one-to-one picks in the one-to-many order?**")
    st.plotly_chart(
        picks_chart(known, session.colours()),
        key="ablation picks",
        config=PLAIN,
        alt="Share of one-to-one picks inside the one-to-many Top-1, 5 and 10, ours and the paper's",
    )
    st.caption(
        "Both heads taught; the one-to-many metric is (0.5, 6), the one-to-one head's is named. Grey: the paper's Fig. 2(b), YOLOv8-S on "
        "COCO. Compare full with hollow, not orange with grey."
    )


# ── the page ──


def recipe_words(known: Ablation) -> str:
    """What all runs share, from the file, and what follows from it for the reader."""
    recipe, minutes = known.recipe, [run.minutes for run in known.runs]
    canvas = recipe.get("canvas_wh")
    at = f" at {canvas[0]} × {canvas[1]} px" if canvas else ""
    seen = recipe.get("pictures")
    parts = (
        f"the network `{recipe.get('scale', '?')}` from random weights",
        f"{seen:,} samples{at} in batches of {recipe.get('batch', '?')}" if seen else "",
        f"trained on {known.trained_on}, measured on {known.measured_on}",
        f"{min(minutes):.1f} to {max(minutes):.1f} minutes a run ({known.machine})",
    )
    return (
        f"**Every run is the same but for its row**: {'; '.join(part for part in parts if part)}. "
        "**Read directions, not heights**: these are short runs of a small network on few pictures of blood cells, the paper's are long "
        "runs of YOLOv8-S on COCO. In a pair the one-to-one head reads features it may not change; it may need longer than these runs last, which "
        f"they cannot tell (the Training page shows a longer one). {shared_words(known)}That r changes no ranking is exact; that it changes no training is not quite: THU-MIG's 2024 code divides by "
        "the best metric + 10⁻⁹, and at r = 2 an early metric is small enough to feel it, so its soft targets begin lower."
    )


def shared_words(known: Ablation) -> str:
    """Which rows have one trunk, and what follows from it; "" where every run has its own."""
    if not known.shared:
        return ""
    apart = "; ".join(row.title for row in known.rows if row.trunk != SHARED)
    return (
        "Rows whose one-to-one head leaves the trunk as it is were trained **on one trunk a seed, side by side**: their features and their "
        "one-to-many head are the very same, bit for bit, and their minutes are those of all together"
        + (f". A trunk of their own: {apart}. " if apart else ". ")
    )


def absent_words(known: Ablation) -> str:
    """Rows that no run has, with the command; "" for none, and for results to which no run can be added any more."""
    done = {row.name for row in known.rows}
    absent = [row for name, row in ROWS.items() if name not in done]
    if not absent or not known.shared:
        return ""
    titles = "; ".join(row.title for row in absent)
    return f"Not trained yet: {titles}. `{ablation.COMMAND} --rows {' '.join(row.name for row in absent)}` trains them."


def shown(known: Ablation) -> None:
    """The whole lesson."""
    seeds = sorted({run.seed for run in known.runs})
    left, right = st.columns((3, 2), gap="medium")
    with left:
        st.plotly_chart(
            ablation_chart(known, session.colours()),
            key="ablation chart",
            config=PLAIN,
            alt="AP of every row with mean and standard deviation, and the paper's AP beside it",
        )
        st.caption(
            f"{len(known.runs)} runs, seed{'s' * (len(seeds) != 1)} {', '.join(map(str, seeds))}. Solid: mean ± 1 standard deviation; hollow: "
            "single runs. (α, β) are the one-to-one head's; the one-to-many head's are (0.5, 6). Grey, on its own axis: the paper's AP for "
            "the same change, in the shape of the path it reads (Tables 3 and 4)."
        )
    with right:
        st.markdown(
            "**What to look for.** In the rows with both heads: how far is the diamond, which needs no NMS, behind the circle? Does it "
            "stand further right than where it was taught alone? Is the inconsistent metric left of the consistent ones by more than its bar?"
        )
        if not math.isnan(known.spread(ROWS["consistent"], share(0)).mean):
            picks(known)
        menu("ablation", lambda: known)
    if absent := absent_words(known):
        st.info(absent, icon=":material/info:")
    claims(known)
    figures(known)
    st.markdown(recipe_words(known))


def view() -> None:
    """The runs that are measured, or how to measure them."""
    st.subheader("Are two heads needed, and must they want the same?")
    st.write(
        "A trained detector cannot say what its second head was good for. So we trained it again and again by one short recipe, each time with "
        "one thing changed: which heads are taught, and how the one-to-one head chooses its anchor."
    )
    try:
        measured = ablation.load_ablation(ablation.FILE)
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return
    if measured is None or not measured.runs:
        st.info(
            f"No run is measured yet: `{ablation.COMMAND}` trains and measures them, a few minutes each.",
            icon=":material/info:",
        )
    else:
        shown(measured)
