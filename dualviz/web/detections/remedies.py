"""What each remedy of the clinic costs and gains over a whole set, and with which head the libraries answer."""

from functools import partial

import streamlit as st

from dualviz.exports.studies import ShownRemedies
from dualviz.study import paper
from dualviz.study.evaluation import PATH_NAMES, has_pycocotools
from dualviz.study.remedies import REMEDIES, Remedies, compare
from dualviz.web import controls, link, session
from dualviz.web.detections.sets import measured
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import _


def view(subject: session.Subject) -> None:
    """Two questions that the pair on the picture raises, answered when they are asked."""
    _default_head(subject)
    with st.expander(
        _("What would each remedy cost over a whole set?"),
        icon=":material/healing:",
        key="remedies part",
        on_change=partial(link.open_part, "remedies part"),
    ) as part:
        if part.open:
            _remedies(subject)


def _remedies(subject: session.Subject) -> None:
    confidence = controls.outputs_setting("conf")
    precise = has_pycocotools()

    def over_folder(folder, progress) -> Remedies:
        return compare(subject.detector, folder, confidence, subject.size, progress, precise)

    result = measured("remedies", subject, lambda pictures: None, over_folder)
    if result is None:
        return
    made: Remedies = result.made
    rows = [
        {
            _("remedy"): words,
            _("confidence"): f"{made.outcomes[name].confidence:.2f}",
            _("duplicates a picture"): made.outcomes[name].duplicates / made.pictures,
            _("missed a picture"): made.outcomes[name].missed / made.pictures,
            _("false a picture"): made.outcomes[name].false / made.pictures,
            "AP": made.outcomes[name].ap,
        }
        for name, words in REMEDIES.items()
    ]
    digits = dict.fromkeys(list(rows[0])[2:5], 2) | {"AP": 3}
    table(rows, _("Remedies over {over}", over=result.over), digits)
    st.markdown(remedy_words(made))
    st.caption(
        _(
            "{detector} on {over}: {pictures} pictures, {objects} objects; counted above confidence {conf}, matched at IoU 0.5. AP: COCO's, over all scores above 0.001, or above the raised confidence.",
            detector=subject.detector.name,
            over=result.over,
            pictures=made.pictures,
            objects=made.objects,
            conf=f"{made.outcomes['none'].confidence:.2f}",
        )
    )
    names = (subject.detector.name, result.over, session.weights(subject.detector_id))
    side = subject.side
    menu("remedies", partial(ShownRemedies, made, *names, side), result.over)


def remedy_words(made: Remedies) -> str:
    """The verdict: what NMS after the one-to-one head changes, and what a confidence that leaves as few duplicates does."""
    plain, nms, raised = (made.outcomes[name] for name in ("none", "nms", "confidence"))
    words = _(
        "**NMS after the one-to-one head** takes the duplicates from {before} to {after} and costs {lost} found objects.",
        before=plain.duplicates,
        after=nms.duplicates,
        lost=plain.found - nms.found,
    )
    if raised.confidence > plain.confidence:
        words += " " + _(
            "**A confidence of {conf}** leaves as few ({left}) and costs {lost} found objects.",
            conf=f"{raised.confidence:.2f}",
            left=raised.duplicates,
            lost=plain.found - raised.found,
        )
    if plain.ap == plain.ap:
        words += " " + _(
            "In AP: {none} as it is, {nms} with NMS, {conf} with the raised confidence.",
            none=f"{plain.ap:.3f}",
            nms=f"{nms.ap:.3f}",
            conf=f"{raised.ap:.3f}",
        )
    return words


def _default_head(subject: session.Subject) -> None:
    """With which head each library answers, and why the default changed; in full where the detector is a YOLO26."""
    with st.expander(
        _("Which head does a library answer with?"),
        icon=":material/help:",
        key="default head part",
        expanded=subject.detector.family == "YOLO26",
    ):
        lines = (
            _("**THU-MIG's 2024 code** (YOLOv10): the one-to-one head, no NMS."),
            _(
                "**ultralytics before 8.4.142** (YOLO26, YOLOv10): the one-to-one head, no NMS; `end2end=False` asked for the other."
            ),
            _(
                "**ultralytics from 8.4.142 on** (pull request 26066): the one-to-many head with NMS, from the same checkpoint, in predictions and exports; `nms=False` asks for the one-to-one head. Fusing keeps only the head that was asked for."
            ),
        )
        st.markdown("\n".join(f"- {line}" for line in lines))
        st.markdown(
            _(
                "What speaks for the flip is accuracy: by its authors' figures every YOLO26 scores higher with the one-to-many head and NMS. What speaks against it is the step that the one-to-one head saves. DualViz always shows both."
            )
        )
        many, one = PATH_NAMES["one2many + NMS"], PATH_NAMES["one2one"]
        rows = [{_("size"): row.name, many: row.ap_with_nms, one: row.ap} for row in paper.YOLO26]
        table(rows, _("YOLO26, COCO AP"), {many: 1, one: 1})
        st.caption(_("The authors' figures, not measured here."))
