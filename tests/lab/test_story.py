"""Claims about the object that the laboratory opens on: a rule, held on thirty pictures, the same in both languages."""

import base64
from functools import cache

import pytest
from lab_reference import in_node, needs_node

from dualviz.charts.drawn.words import pick_rank
from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.exports.address import FIRST_PICTURE
from dualviz.exports.shown import story_object
from dualviz.lab import payload
from dualviz.pictures.scenes import SAMPLES, gallery, random_scene, render
from dualviz.pictures.truth import truth_from_boxes
from dualviz.trace import DualTrace, Setting, trace_prediction

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
PICTURES = 30


@cache
def traces() -> dict[str, DualTrace]:
    """The bundled scenes and random ones under the bundled detector, without objects that are hardly seen."""
    detector = load_detector(available()[0].name, "cpu")
    pictures = {name: gallery()[name] for name in SAMPLES}
    for seed in range(PICTURES - len(SAMPLES)):
        pictures[f"seed {seed}"] = lambda seed=seed: render(random_scene(seed))
    made = {}
    for name, load in pictures.items():
        image, truth = load()
        own = truth.for_classes(detector.class_names)
        kept = truth_from_boxes(
            own.boxes[~own.ignore].tolist(), own.labels[~own.ignore].tolist(), detector.class_names
        )
        names = detector.class_names
        made[name] = trace_prediction(image, kept, detector.predict(image), names, Setting())
    return made


def test_the_first_picture_opens_on_its_third_object() -> None:
    trace = traces()[FIRST_PICTURE]
    assert FIRST_PICTURE == "sparse" and story_object(trace) == 2 and pick_rank(trace, 2) == 7


def test_on_thirty_pictures_the_first_object_has_a_story_to_tell() -> None:
    told = 0
    for name, trace in traces().items():
        g = story_object(trace)
        height, width = trace.image.shape[:2]
        x1, y1, x2, y2 = trace.truth.boxes[g].tolist()
        pick = trace.one2one.assignment.candidates[g, 0]
        assert float(trace.one2one.p[g, pick]) > 0.25, f"{name}: the head has found it"
        assert 1 < pick_rank(trace, g) <= 10, f"{name}: the heads differ, and not by much"
        assert x1 > 1 and y1 > 1 and x2 < width - 1 and y2 < height - 1, f"{name}: it is whole"
        told += not trace.one2many.assignment.contested[g].any()
    assert len(traces()) == PICTURES and told >= 0.9 * PICTURES


@needs_node
def test_the_browser_opens_on_the_same_object() -> None:
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        console.log(JSON.stringify(given.map(({ payload, truth }) => {
            const engine = createEngine(unpack(base64Bytes(payload)));
            engine.setTruth(truth);
            return engine.storyObject({});
        })));
    """
    sent = [
        {
            "payload": base64.b64encode(
                payload(trace.image, trace.prediction, trace.class_names)
            ).decode(),
            "truth": {
                "boxes": trace.truth.boxes.tolist(),
                "labels": trace.truth.labels.tolist(),
            },
        }
        for trace in traces().values()
    ]
    assert in_node(script, sent) == [story_object(trace) for trace in traces().values()]
