"""Evaluation: the present detector over a whole labelled set, either head, with NMS and without.

What does each path find, repeat and cost, and do the heads agree? The choice of set is in the link; a result stays until
another is made.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from dualviz.charts.drawn.words import three
from dualviz.charts.palette import PATH_NAMES
from dualviz.charts.screen.gaps import gap_chart
from dualviz.charts.screen.picks import shares_chart
from dualviz.exports.shown import ShownEvaluation
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.names import Names
from dualviz.pictures.objects import cut
from dualviz.pictures.scenes import SAMPLE_FOLDER, random_scenes, write_scenes
from dualviz.study.evaluation import (
    CONFIDENCE,
    DUPLICATE,
    SHOWN,
    Evaluation,
    PathResult,
    evaluate,
    has_pycocotools,
)
from dualviz.web import link, markup, session
from dualviz.web.takeaway import menu

PLAIN = {"displayModeBar": False}
SETS = {"bundled": "the bundled smears", "random": "random smears", "own": "your own set"}
SMEARS = (1, 500)


def rendered_set(count: int, folder: Path) -> CocoFolder:
    """Random smears with their exact truth, written as a COCO set."""
    write_scenes(random_scenes(count), folder, folder / "set.json")
    return CocoFolder(folder / "set.json", folder)


def uploaded_set(annotations: bytes, pictures: list, folder: Path) -> tuple[CocoFolder, int]:
    """The uploaded pictures of an uploaded COCO file, and how many listed ones were not uploaded.

    Raises:
        ValueError: no COCO, or none of its pictures is among the uploads.
    """
    try:
        document = json.loads(annotations)
        given = {Path(file.name).name: file for file in pictures}
        there, records = Names(given), document["images"]
        found = [there.find(str(record["file_name"])) for record in records]
        kept = [
            record | {"file_name": name} for record, name in zip(records, found) if name is not None
        ]
        left_out = {str(r["id"]) for r, name in zip(records, found) if name is None}
        listed = [e for e in document["annotations"] if str(e.get("image_id")) not in left_out]
        names = [record["file_name"] for record in kept]
        if not kept:
            first = ", ".join(cut(record["file_name"]) for record in records[:3]) or "none"
            raise ValueError(
                f"none of the {len(pictures)} pictures is named in the annotations, which list {first} …"
            )
        if len(set(names)) < len(names):
            raise ValueError("two pictures of the annotations have the same file name")
        text = json.dumps(document | {"images": kept, "annotations": listed})
        (folder / "annotations.json").write_text(text, encoding="utf-8")
        for name in names:
            (folder / name).write_bytes(given[name].getvalue())
        return CocoFolder(folder / "annotations.json", folder), len(records) - len(kept)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"the annotations must be COCO JSON with images, categories and annotations: {error!r}"
        ) from None


def counted(items: range) -> Iterator[int]:
    """Go through the pictures and show how far it is."""
    bar = st.progress(0.0, f"0 of {len(items)} pictures")
    for item in items:
        yield item
        done = item + 1
        bar.progress(done / len(items), f"{done} of {len(items)} pictures")
    bar.empty()


def run(subject: session.Subject, which: str, count: int, annotations, pictures) -> None:
    """Evaluate and keep the result until another one is made; what is wrong is one sentence."""
    with TemporaryDirectory() as name:
        folder, absent, words = Path(name), 0, SETS[which]
        try:
            if which == "own":
                labelled, absent = uploaded_set(annotations.getvalue(), pictures, folder)
                words = annotations.name
            elif which == "random":
                labelled, words = rendered_set(count, folder), f"{count} random smears"
            else:
                labelled = CocoFolder(SAMPLE_FOLDER / "truth.json", SAMPLE_FOLDER)
            made = evaluate(subject.detector, labelled, subject.size, counted, has_pycocotools())
        except (ValueError, KeyError, TypeError) as error:
            st.session_state.pop("evaluation", None)
            st.error(markup.plain(str(error).replace(f"{folder}/", "")), icon=":material/error:")
            return
    size = subject.size or subject.detector.size
    st.session_state["evaluation"] = (f"{subject.detector.name} at {size} px", words, absent, made)


def table(made: Evaluation) -> None:
    """Either head, with NMS and without, and what that means."""
    rows = [
        {
            "path": PATH_NAMES[name],
            "AP": path.ap,
            "AP50": path.ap50,
            "repeats a picture": path.duplicates,
            "ms after the network": path.milliseconds,
        }
        for name, path in made.paths.items()
    ]
    formats = ("%.3f", "%.3f", "%.2f", "%.2f")
    columns = {
        name: st.column_config.NumberColumn(format=form)
        for name, form in zip(list(rows[0])[1:], formats)
    }
    st.dataframe(rows, hide_index=True, column_config=columns)
    many, one, after = (made.paths[name] for name in ("one2many + NMS", "one2one", "one2one + NMS"))
    if many.ap == many.ap:
        st.markdown(
            f"Without NMS the one-to-one head reaches **{one.ap:.3f}** AP, {abs(one.ap - many.ap):.3f} "
            f"{'above' if one.ap > many.ap else 'below'} the one-to-many head with NMS (**{many.ap:.3f}**). Selection costs it "
            f"{one.milliseconds:.2f} ms a picture, our NMS in Python {many.milliseconds:.2f} ms; the network itself takes "
            f"{made.network_milliseconds:.1f} ms for both heads (medians of {made.pictures}). "
            + nms_words(one, after)
        )
    else:
        st.info("AP needs pycocotools: `pip install pycocotools`.", icon=":material/info:")
    st.caption(
        f"AP: COCO's, IoU 0.50 to 0.95, confidence from {CONFIDENCE}, NMS IoU 0.7. Time and repeats: at confidence {SHOWN}; a repeat "
        f"overlaps a better detection of its class by more than {DUPLICATE}, whatever the truth, so NMS at 0.7 leaves none. Both heads "
        "share trunk and neck. For AP every path may name an anchor under several classes; where NMS only shows, it keeps an anchor's best class."
    )


def nms_words(one: PathResult, after: PathResult) -> str:
    """What the path through NMS changes for the one-to-one head, in a sentence."""
    gain, removed = after.ap - one.ap, one.duplicates - after.duplicates
    if abs(gain) < 0.0005:
        change = "the same AP"
    else:
        change = f"{abs(gain):.3f} AP {'more' if gain > 0 else 'less'}"
    return f"With NMS as well it has {removed:.2f} repeats a picture fewer and {change}."


def agreement(made: Evaluation) -> None:
    """Top-1, 5, 10 and the distribution of the gap."""
    left, right = st.columns(2)
    with left:
        st.subheader("One-to-one picks in Top-1, 5, 10")
        st.plotly_chart(
            shares_chart(made.alignment, session.colours()),
            key="evaluation shares",
            config=PLAIN,
            alt="Share of one-to-one picks inside the one-to-many Top-1, 5 and 10",
        )
        st.caption(
            "Grey: the paper's Fig. 2(b), another detector on COCO. Compare the steps, not the heights."
        )
    with right:
        st.subheader("Supervision gap of every object")
        if not len(made.gap):
            st.info("No object of this set has a one-to-one pick: there is no gap.")
            return
        st.plotly_chart(
            gap_chart(made, session.colours()),
            key="evaluation gaps",
            config=PLAIN,
            alt="Histogram of the supervision gap, with floors and ceilings",
        )
        means = [three(float(values.mean())) for values in (made.gap, made.floor, made.ceiling)]
        st.caption(
            f"{len(made.gap)} objects; means: gap {means[0]}, floor {means[1]}, ceiling {means[2]}. Where orange fills the dashed outline, "
            "picks are as good as they can be. Default metric (α 0.5, β 6, top 10), each head's own predictions."
        )


def view() -> None:
    """Choose a set, evaluate, and read the last result."""
    subject = session.current()
    st.subheader("How good is this detector, on every path?")
    st.write(
        f"**{markup.plain(subject.detector.name)}** goes over a whole labelled set: either head, with NMS and without, and how far the heads agree."
    )
    left, right = st.columns((3, 2), vertical_alignment="bottom")
    with left:
        which = st.segmented_control(
            "Set",
            list(SETS),
            format_func=SETS.get,
            required=True,
            **link.bound("set", "random", link.one_of(SETS)),
        )
    count, annotations, pictures = 0, None, []
    with right:
        if which == "random":
            kept = link.bound("smears", 20, link.within(*SMEARS))
            count = st.number_input("Smears", *SMEARS, step=1, **kept)
    if which == "own":
        left, right = st.columns(2)
        annotations = left.file_uploader("Annotations (COCO JSON)", key="evaluation annotations")
        pictures = right.file_uploader(
            "Pictures it names", accept_multiple_files=True, key="evaluation pictures"
        )
        st.caption(
            "For large sets use the command: `python -m dualviz evaluate --detector NAME --annotations FILE --images FOLDER`."
        )
    ready = which != "own" or bool(annotations and pictures)
    if st.button("Evaluate", type="primary", icon=":material/play_arrow:", disabled=not ready):
        run(subject, which, int(count), annotations, pictures)
    if "evaluation" in st.session_state:
        detector, over, absent, made = st.session_state["evaluation"]
        st.subheader(
            markup.plain(f"{detector} on {over}")
            + ("" if str(made.pictures) in over else f", {made.pictures} pictures")
        )
        if absent:
            st.warning(
                f"{absent} more pictures of the annotations were not uploaded and do not count.",
                icon=":material/warning:",
            )
        for note in made.notes:
            st.info(markup.plain(note), icon=":material/info:")
        table(made)
        agreement(made)
        menu("evaluation", partial(ShownEvaluation, made, detector, over))
    elif which != "own":
        st.info(
            "Press Evaluate: the bundled detectors take about a tenth of a second a picture.",
            icon=":material/info:",
        )
