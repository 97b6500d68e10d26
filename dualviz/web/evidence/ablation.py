"""Ablation: the same short training with one thing changed. Are two heads needed, and must they want the same?"""

import math

import streamlit as st

from dualviz.agreement import TOP_K
from dualviz.charts.drawn.ablation import ap_row
from dualviz.charts.screen.ablation import ablation_chart
from dualviz.charts.screen.picks import picks_chart
from dualviz.pictures.dataset import set_words
from dualviz.study import ablation
from dualviz.study.ablation import ROWS, SHARED, Ablation, Measure, Row, Trained
from dualviz.study.evaluation import PATH_NAMES
from dualviz.web import markup, session
from dualviz.web.chart import chart
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import _, joined, ngettext, said


def measured() -> Ablation | None:
    """The runs, or a word on why there are none."""
    try:
        known = ablation.load_ablation(ablation.FILE)
    except ValueError as error:
        st.error(markup.plain(said(error)), icon=":material/error:")
        return None
    if known is None or not known.runs:
        words = _(
            "No run is measured yet: `{command}` trains and measures them, a few minutes each.",
            command=ablation.COMMAND,
        )
        st.info(words, icon=":material/info:")
        return None
    return known


# ── the figures ──


def share(k: int) -> Measure:
    """Percent of one-to-one picks in the one-to-many top, by place in `TOP_K`."""
    return lambda run: 100 * run.figures.alignment[k]


def common(k: int) -> Measure:
    """The same with the picks of every head by one metric, (0.5, 6)."""
    return lambda run: 100 * run.common[k]


def duplicates(path: str) -> Measure:
    """Duplicates a picture on a path."""
    return lambda run: run.figures.duplicates[path]


def heads_row(known: Ablation, row: Row) -> dict[str, str]:
    """What a row's heads repeat, and how far they agree."""
    cells = {_("taught"): str(row.title)}
    for path in ("one2one", "one2many raw"):
        name = _("repeats, {path}", path=PATH_NAMES[path])
        cells[name] = known.spread(row, duplicates(path)).words(2)
    for name, words in (("gap", _("gap")), ("floor", _("floor")), ("ceiling", _("ceiling"))):
        cells[words] = known.spread(row, lambda run, n=name: getattr(run.figures, n)).words(2)
    return cells


def picks_row(known: Ablation, row: Row) -> dict[str, str]:
    """Where a row's picks stand, by the metric it was taught by and by the common one."""
    cells = {_("taught"): str(row.title)}
    for place, k in enumerate(TOP_K):
        cells[f"Top-{k}, %"] = known.spread(row, share(place)).words()
        cells[_("Top-{k} by (0.5, 6), %", k=k)] = known.spread(row, common(place)).words()
    return cells


def matching_words(known: Ablation) -> str:
    """What Hungarian matching costs beside top 1; "" where neither was timed."""
    # the placebo has the consistent row's rule; that row stands first, and pays for what all of a picture's find at hand
    top, optimal = (
        known.spread(ROWS[name], lambda run: run.matching) for name in ("placebo", "hungarian")
    )
    if not top.seeds or not optimal.seeds:
        return ""
    return _(
        "To match a picture, top 1 took {top} ms of CPU time, Hungarian matching {hungarian} ms.",
        top=top.words(2),
        hungarian=optimal.words(2),
    )


def figures(known: Ablation) -> None:
    """All figures of all rows, as mean ± standard deviation."""
    st.header(_("All figures"))
    table([ap_row(known, row, "ap") for row in known.rows], _("What each path finds: AP in points"))
    table(
        [ap_row(known, row, "ap50") for row in known.rows],
        _("What each path finds: AP50 in points"),
    )
    table(
        [heads_row(known, row) for row in known.rows],
        _("What it repeats, and how far the heads agree"),
    )
    table(
        [picks_row(known, row) for row in known.rows],
        _("Picks inside the one-to-many first k, by each head's own metric and all by one"),
    )
    given = {
        "an anchor's best class": _("an anchor's best class"),
        "every class of an anchor": _("every class of an anchor"),
    }
    nms = str(known.recipe.get("nms", "?"))
    st.caption(
        joined(
            _(
                "Mean ± standard deviation over seeds, of one seed the figure itself; “—” where that head was not taught. Repeats: a picture, of detections above confidence 0.25 that overlap a better one of their class by more than 0.7. Top-k: one-to-one picks inside the one-to-many first k; gap: mean over objects, between floor and ceiling. Picks are those of the metric that the head was taught by, and beside it those of (0.5, 6) for every head. For AP, NMS was given {nms}, the selection without NMS every class.",
                nms=given.get(nms, nms),
            ),
            matching_words(known),
        )
    )


def picks(known: Ablation) -> None:
    """Where the picks are, with a consistent metric and without, beside the paper's."""
    st.header(_("Where are the one-to-one picks in the one-to-many order?"))
    chart(
        picks_chart(known, session.colours()),
        "ablation picks",
        _("Share of one-to-one picks inside the one-to-many Top-1, 5 and 10, ours and the paper's"),
    )
    st.caption(
        _(
            "Both heads taught; the one-to-many metric is (0.5, 6), the one-to-one head's is named. Grey: the paper's Fig. 2(b), YOLOv8-S on COCO. Compare full with hollow, not orange with grey."
        )
    )


def rate_words(recipe: dict[str, object]) -> str:
    """At which rate everything learns, and the one-to-one heads beside it."""
    factor = recipe.get("one2one_rate", 1.0)
    return f"{recipe.get('learning_rate', '?')}; × {factor:g}"


def behind_words(known: Ablation) -> str:
    """How far the consistent one-to-one head ends from the one-to-many head of its own trunk; "" where no run has both."""
    row = ROWS["consistent"]
    lead = known.spread(row, lambda run: run.points("one2many + NMS") - run.points("one2one"))
    if not lead.seeds:
        return ""
    return ngettext(
        "In the one run of the consistent row the one-to-many head with NMS ends {points} AP above the one-to-one head beside it.",
        "In the {n} runs of the consistent row the one-to-many head with NMS ends {points} AP above the one-to-one head beside it.",
        lead.seeds,
        points=lead.words(),
    )


def recipe(known: Ablation) -> None:
    """What all runs share, from the file, and what follows from it for the reader."""
    st.header(_("What all runs share, and what they cannot tell"))
    recipe, minutes = known.recipe, [run.minutes for run in known.runs]
    canvas, pictures = recipe.get("canvas_wh"), recipe.get("pictures")
    given = (
        (_("Network, from random weights"), str(recipe.get("scale", "?"))),
        (_("Samples"), f"{pictures:,}" if isinstance(pictures, int) else "?"),
        (
            _("Size of a sample, px"),
            f"{canvas[0]} × {canvas[1]}" if isinstance(canvas, list) else "?",
        ),
        (_("Batch"), str(recipe.get("batch", "?"))),
        (_("Learning rate; one-to-one heads learn"), rate_words(recipe)),
        (_("Pictures from the smear renderer"), f"{recipe.get('scenes', 0):.0%}"),
        (_("Trained on"), set_words(known.trained_on)),
        (_("Measured on"), set_words(known.measured_on)),
        (_("Minutes a run"), f"{min(minutes):.1f} – {max(minutes):.1f}"),
        (_("Machine"), known.machine),
    )
    rows = [{_("what"): name, _("value"): value} for name, value in given]
    table(rows, _("Every run is the same but for its row"))
    st.markdown(
        joined(
            _(
                "**Read directions, not heights**: these are short runs of a small network on few pictures of blood cells, the paper's are long runs of YOLOv8-S on COCO. In a pair the one-to-one head reads features it may not change, and it may need longer than these runs last."
            ),
            behind_words(known),
        )
    )
    if known.shared:
        st.markdown(
            _(
                "Rows whose one-to-one head leaves the trunk as it is were trained **on one trunk a seed, side by side**: their features and their one-to-many head are the very same, bit for bit, and their minutes are those of all together."
            )
        )
        if apart := [str(row.title) for row in known.rows if row.trunk != SHARED]:
            st.markdown(_("A trunk of their own: {rows}.", rows="; ".join(apart)))
    st.markdown(
        _(
            "That r changes no ranking is exact; that it changes no training is not quite: THU-MIG's 2024 code divides by the best metric + 10⁻⁹, and at r = 2 an early metric is small enough to feel it, so its soft targets begin lower."
        )
    )


def absent_words(known: Ablation) -> str:
    """Rows that no run has, with the command; "" for none, and for results to which no run can be added any more."""
    done = {row.name for row in known.rows}
    absent = [row for name, row in ROWS.items() if name not in done]
    if not absent or not known.shared:
        return ""
    return _(
        "Not trained yet: {rows}. `{command}` trains them.",
        rows="; ".join(str(row.title) for row in absent),
        command=f"{ablation.COMMAND} --rows {' '.join(row.name for row in absent)}",
    )


def runs_words(known: Ablation) -> str:
    """How many runs there are, from which seeds, and how they are drawn; rows with fewer seeds are named."""
    seeds = {row: known.seeds(row) for row in known.rows}
    every = sorted({seed for each in seeds.values() for seed in each})
    words = [
        _(
            "{runs} from {seeds}.",
            runs=ngettext("{n} run", "{n} runs", len(known.runs)),
            seeds=ngettext(
                "seed {seeds}", "seeds {seeds}", len(every), seeds=", ".join(map(str, every))
            ),
        )
    ]
    fewer = [
        f"{row.title} ({', '.join(map(str, each))})"
        for row, each in seeds.items()
        if len(each) < len(every)
    ]
    if fewer:
        words.append(_("Fewer seeds: {rows}.", rows="; ".join(fewer)))
    if max(map(len, seeds.values())) > 1:
        words.append(
            _("Solid: mean, with ± 1 standard deviation from two runs on; hollow: single runs.")
        )
    else:
        words.append(_("A row has one run, so no deviation is known: differences may be chance."))
    return joined(*words)


def look_words(known: Ablation) -> str:
    """What to look for, with chance named where it was measured."""
    words = _(
        "**What to look for.** In the rows with both heads: how far is the diamond, which needs no NMS, behind the circle? Does it stand further right than where it was taught alone? Is the inconsistent metric left of the consistent ones?"
    )
    chance = known.differences(ROWS["placebo"], ROWS["consistent"], Trained.points)
    if chance:
        more = ngettext(
            "Other first weights alone moved the diamond by {most} AP in the one run that tried them: less than that says nothing.",
            "Other first weights alone moved the diamond by up to {most} AP in a run: less than that says nothing of one run.",
            len(chance),
            most=f"{max(map(abs, chance.values())):.1f}",
        )
        words = joined(words, more)
    return words


def shown(known: Ablation) -> None:
    """Every run as a chart, every figure as a number, and what all runs share."""
    left, right = st.columns((3, 2), gap="medium")
    with left:
        chart(
            ablation_chart(known, session.colours()),
            "ablation chart",
            _("AP of every row with mean and standard deviation, and the paper's AP beside it"),
        )
        st.caption(
            joined(
                runs_words(known),
                _(
                    "(α, β) are the one-to-one head's; the one-to-many head's are (0.5, 6). Grey, on its own axis: the paper's AP for the same change, in the shape of the path it reads (Tables 3 and 4)."
                ),
            )
        )
    with right:
        st.markdown(look_words(known))
        if not math.isnan(known.spread(ROWS["consistent"], share(0)).mean):
            picks(known)
        menu("ablation", lambda: known)
    if absent := absent_words(known):
        st.info(absent, icon=":material/info:")
    figures(known)
    recipe(known)


def view() -> None:
    """The runs that are measured, or how to measure them."""
    st.title(_("Are two heads needed, and must they want the same?"))
    st.write(
        _(
            "A trained detector cannot say what its second head was good for. So we trained it again and again by one short recipe, each time with one thing changed: which heads are taught, and how the one-to-one head chooses its anchor."
        )
    )
    if known := measured():
        shown(known)
