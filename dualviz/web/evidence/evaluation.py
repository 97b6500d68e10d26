"""Evaluation: the present detector over a whole labelled set, either head, with NMS and without.

What does each path find, repeat and cost, and do the heads agree? The choice of set is in the link; a result stays until
another is made.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from dualviz.charts.drawn.words import three
from dualviz.charts.screen.gaps import gap_chart
from dualviz.charts.screen.picks import shares_chart
from dualviz.exports.shown import ShownEvaluation
from dualviz.pictures.archive import place_in, refuse_much, unpack
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.scenes import SAMPLE_FOLDER, random_scenes, write_scenes
from dualviz.study.evaluation import (
    CONFIDENCE,
    DUPLICATE,
    PATH_NAMES,
    SHOWN,
    Evaluation,
    PathResult,
    evaluate,
    has_pycocotools,
)
from dualviz.web import controls, link, markup, reading, session
from dualviz.web.chart import chart
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.web.uploads import tell_place
from dualviz.words import Labels, Sentence, _, joined, ngettext, said

SETS = Labels({"bundled": "the bundled smears", "random": "random smears", "own": "your own set"})
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
    files = [
        ("annotations.json", len(annotations)),
        *((one.name, one.getbuffer().nbytes) for one in pictures),
    ]
    refuse_much(files, "annotations.json")
    (folder / "annotations.json").write_bytes(annotations)
    home = folder / "pictures"
    home.mkdir(exist_ok=True)
    for one in pictures:
        (home / Path(one.name).name).write_bytes(one.getvalue())
    return reading.labelled_set(folder / "annotations.json", folder, tell_place, home)


def zipped_set(archive, folder: Path) -> CocoFolder:
    """The labelled set in an uploaded zip, in whatever form it lies there.

    Raises:
        ValueError: no zip, too large a one, no set in it, or one that names pictures outside of it.
    """
    unpack(archive, archive.name, folder)
    return reading.labelled_set(place_in(folder), folder, tell_place)[0]


def is_zip(annotations) -> bool:
    """Whether an upload holds a whole set."""
    return annotations is not None and annotations.name.lower().endswith(".zip")


def counted(items: range) -> Iterator[int]:
    """Go through the pictures and show how far it is."""
    bar = st.progress(0.0, _("{done} of {all} pictures", done=0, all=len(items)))
    for item in items:
        yield item
        done = item + 1
        bar.progress(done / len(items), _("{done} of {all} pictures", done=done, all=len(items)))
    bar.empty()


def run(subject: session.Subject, which: str, count: int, annotations, pictures) -> None:
    """Evaluate and keep the result until another one is made; what is wrong is one sentence."""
    with TemporaryDirectory() as name:
        folder, absent = Path(name), 0
        words: str | Sentence = Sentence("the bundled smears")
        try:
            if which == "own" and is_zip(annotations):
                labelled, words = zipped_set(annotations, folder), annotations.name
            elif which == "own":
                labelled, absent = uploaded_set(annotations.getvalue(), pictures, folder)
                words = annotations.name
            elif which == "random":
                labelled = rendered_set(count, folder)
                words = Sentence("{n} random smear", "{n} random smears", count)
            else:
                labelled = CocoFolder(SAMPLE_FOLDER / "truth.json", SAMPLE_FOLDER)
            made = evaluate(subject.detector, labelled, subject.size, counted, has_pycocotools())
        except (ValueError, KeyError, TypeError, OSError) as error:
            st.session_state.pop("evaluation", None)
            st.error(markup.plain(said(error).replace(f"{folder}/", "")), icon=":material/error:")
            return
    side = subject.side
    weights = session.weights(subject.detector_id)
    st.session_state["evaluation"] = (subject.detector.name, weights, side, words, absent, made)


def paths(made: Evaluation) -> None:
    """Either head, with NMS and without, and what that means."""
    columns = (_("AP"), _("AP50"), _("repeats a picture"), _("ms after the network"))
    rows = [
        {_("path"): PATH_NAMES[name]}
        | dict(zip(columns, (path.ap, path.ap50, path.duplicates, path.milliseconds)))
        for name, path in made.paths.items()
    ]
    table(rows, _("What each path finds, repeats and costs"), dict(zip(columns, (3, 3, 2, 2))))
    many, one, after = (made.paths[name] for name in ("one2many + NMS", "one2one", "one2one + NMS"))
    if many.ap == many.ap:
        st.markdown(joined(ap_words(many, one), time_words(made), repeat_words(one, after)))
    else:
        words = _("AP needs pycocotools: `{command}`.", command="pip install pycocotools")
        st.info(words, icon=":material/info:")
    st.caption(
        _(
            "AP: COCO's, IoU 0.50 to 0.95, confidence from {confidence}, NMS IoU 0.7. Time and repeats: at confidence {shown}; a repeat overlaps a better detection of its class by more than {duplicate}, whatever the truth, so NMS at 0.7 leaves none. Both heads share trunk and neck. For AP every path may name an anchor under several classes; where NMS only shows, it keeps an anchor's best class.",
            confidence=CONFIDENCE,
            shown=SHOWN,
            duplicate=DUPLICATE,
        )
    )


def ap_words(many: PathResult, one: PathResult) -> str:
    """The AP of the one-to-one head without NMS beside that of the one-to-many head with it."""
    given = {"one": f"{one.ap:.3f}", "many": f"{many.ap:.3f}", "by": f"{abs(one.ap - many.ap):.3f}"}
    if one.ap > many.ap:
        return _(
            "Without NMS the one-to-one head reaches **{one}** AP, {by} above the one-to-many head with NMS (**{many}**).",
            **given,
        )
    return _(
        "Without NMS the one-to-one head reaches **{one}** AP, {by} below the one-to-many head with NMS (**{many}**).",
        **given,
    )


def time_words(made: Evaluation) -> str:
    """What selection and NMS cost beside the network."""
    return _(
        "Selection costs it {selection} ms a picture, our NMS in Python {nms} ms; the network itself takes {network} ms for both heads (medians of {n}).",
        selection=f"{made.paths['one2one'].milliseconds:.2f}",
        nms=f"{made.paths['one2many + NMS'].milliseconds:.2f}",
        network=f"{made.network_milliseconds:.1f}",
        n=made.pictures,
    )


def repeat_words(one: PathResult, after: PathResult) -> str:
    """What the path through NMS changes for the one-to-one head, in a sentence."""
    gain = after.ap - one.ap
    given = {"repeats": f"{one.duplicates - after.duplicates:.2f}", "by": f"{abs(gain):.3f}"}
    if abs(gain) < 0.0005:
        return _(
            "With NMS as well it has {repeats} repeats a picture fewer and the same AP.", **given
        )
    if gain > 0:
        return _(
            "With NMS as well it has {repeats} repeats a picture fewer and {by} AP more.", **given
        )
    return _("With NMS as well it has {repeats} repeats a picture fewer and {by} AP less.", **given)


def agreement(made: Evaluation) -> None:
    """Top-1, 5, 10 and the distribution of the gap."""
    left, right = st.columns(2)
    with left:
        st.header(_("One-to-one picks in Top-1, 5, 10"))
        chart(
            shares_chart(made.alignment, session.colours()),
            "evaluation shares",
            _("Share of one-to-one picks inside the one-to-many Top-1, 5 and 10"),
        )
        st.caption(
            _(
                "Grey: the paper's Fig. 2(b), another detector on COCO. Compare the steps, not the heights."
            )
        )
    with right:
        st.header(_("Supervision gap of every object"))
        if not len(made.gap):
            st.info(_("No object of this set has a one-to-one pick: there is no gap."))
            return
        chart(
            gap_chart(made, session.colours()),
            "evaluation gaps",
            _("Histogram of the supervision gap, with floors and ceilings"),
        )
        gap, floor, ceiling = (
            three(float(values.mean())) for values in (made.gap, made.floor, made.ceiling)
        )
        st.caption(
            ngettext(
                "{n} object; means: gap {gap}, floor {floor}, ceiling {ceiling}. Where orange fills the dashed outline, picks are as good as they can be. Default metric (α 0.5, β 6, top 10), each head's own predictions.",
                "{n} objects; means: gap {gap}, floor {floor}, ceiling {ceiling}. Where orange fills the dashed outline, picks are as good as they can be. Default metric (α 0.5, β 6, top 10), each head's own predictions.",
                len(made.gap),
                gap=gap,
                floor=floor,
                ceiling=ceiling,
            )
        )


def view() -> None:
    """Choose a set, evaluate, and read the last result."""
    subject = session.current()
    st.title(_("How good is this detector, on every path?"))
    st.write(
        _(
            "**{detector}** goes over a whole labelled set: either head, with NMS and without, and how far the heads agree.",
            detector=markup.plain(subject.detector.name),
        )
    )
    left, right = st.columns((3, 2), vertical_alignment="bottom")
    with left:
        which = controls.one_of(_("Set"), SETS, "set", "random")
    count, annotations, pictures = 0, None, []
    with right:
        if which == "random":
            kept = link.bound("smears", 20, link.within(*SMEARS))
            count = st.number_input(_("Smears"), *SMEARS, step=1, **kept)
    if which == "own":
        left, right = st.columns(2)
        annotations = left.file_uploader(
            _("Annotations (COCO JSON), or a zip of the whole set"),
            key="evaluation annotations",
            help=_(
                "A zip may hold a set as YOLO, PASCAL VOC, COCO, Roboflow, CVAT or Label Studio write it."
            ),
        )
        if not is_zip(annotations):
            pictures = right.file_uploader(
                _("Pictures it names"), accept_multiple_files=True, key="evaluation pictures"
            )
        st.caption(
            _(
                "For large sets use the command: `{command}`.",
                command="python -m dualviz evaluate --detector NAME --annotations FILE --images FOLDER",
            )
        )
    ready = which != "own" or is_zip(annotations) or bool(annotations and pictures)
    if st.button(
        _("Evaluate"),
        type="primary",
        icon=":material/play_arrow:",
        disabled=not ready,
        key="evaluate",
    ):
        run(subject, which, int(count), annotations, pictures)
    if "evaluation" in st.session_state:
        result(*st.session_state["evaluation"])
    elif which != "own":
        words = _("Press Evaluate: the bundled detectors take about a tenth of a second a picture.")
        st.info(words, icon=":material/info:")


def result(
    name: str, weights: str, side: int, over: str | Sentence, absent: int, made: Evaluation
) -> None:
    """What was measured last, of what, over what."""
    shown = ShownEvaluation(made, name, str(over), weights, side)
    st.header(
        markup.plain(
            _("{detector} on {set}, {n} pictures", detector=shown.called, set=over, n=made.pictures)
        )
    )
    if absent:
        words = ngettext(
            "{n} more picture of the annotations was not uploaded and does not count.",
            "{n} more pictures of the annotations were not uploaded and do not count.",
            absent,
        )
        st.warning(words, icon=":material/warning:")
    for note in made.notes:
        st.info(markup.plain(str(note)), icon=":material/info:")
    paths(made)
    agreement(made)
    menu("evaluation", lambda: shown, shown.over)
