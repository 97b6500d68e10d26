"""A labelled set as a detector sees it: its pictures, what both heads predict, and the truth in the detector's classes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dualviz.detector import Detector, DualPrediction
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.objects import listed
from dualviz.pictures.truth import Truth, match_classes
from dualviz.study.timing import clock
from dualviz.words import Sentence, UserError


@dataclass(frozen=True)
class Seen:
    """One picture of a set.

    Attributes:
        name: of the picture.
        image: uint8 (H, W, 3) RGB.
        prediction: of both heads.
        truth: in the detector's classes; objects marked `ignore` are among them.
        milliseconds: of both heads' forward pass.
    """

    name: str
    image: np.ndarray
    prediction: DualPrediction
    truth: Truth
    milliseconds: float = 0.0

    @property
    def taught(self) -> Truth:
        """The objects that count."""
        return self.truth.taught


def seen(
    detector: Detector,
    folder: CocoFolder,
    size: int | None = None,
    progress: Callable = iter,
    places: Sequence[int] | None = None,
) -> Iterator[Seen]:
    """Run the pictures of a set through both heads: all, or those at some `places`.

    Raises:
        ValueError: where no object of the set has a class that the detector knows.
    """
    to_detector, _notes = shared_classes(folder, detector)
    now = clock(detector.device)
    for index in progress(range(len(folder)) if places is None else places):
        labelled = folder[index]
        known = np.isin(labelled.labels, [*to_detector])
        labels = [to_detector[own] for own in labelled.labels[known].tolist()]
        truth = Truth(
            torch.from_numpy(labelled.boxes[known]),
            torch.tensor(labels, dtype=torch.int64),
            tuple(detector.class_names),
            torch.from_numpy(labelled.ignore[known]),
        )
        name = str(folder.records[index].get("file_name", index))
        began = now()
        prediction = detector.predict(labelled.image, size)
        spent = 1e3 * (now() - began)
        yield Seen(name, labelled.image, prediction, truth, spent)


def shared_classes(
    folder: CocoFolder, detector: Detector
) -> tuple[dict[int, int], tuple[Sentence, ...]]:
    """The detector's label of every class of the set that has objects to find, and a sentence on those it does not know.

    Raises:
        ValueError: where it knows none, or where two of the set's classes are one to it.
    """
    names = [folder.class_names[own] for own in folder.used]
    matched: Mapping[str, int | None] = match_classes(names, detector.class_names)
    if folder.by_number:
        last = len(detector.class_names)
        matched = {name: int(name) if int(name) < last else None for name in names}
    shared: dict[int, int] = {}
    unknown: list[str] = []
    for own, name in zip(folder.used, names):
        label = matched[name]
        known = "" if label is None else detector.class_names[label]
        if label is None or (known != name and known in names):
            unknown.append(name)
        elif label in shared.values():
            raise UserError(
                "{set} has two classes that are {name} to the detector",
                set=folder.path,
                name=known,
            )
        else:
            shared[own] = label
    if not shared:
        raise UserError(
            "{set} has classes the detector does not know: {unknown}; it knows {classes}",
            set=folder.path,
            unknown=listed(unknown),
            classes=listed(detector.class_names),
        )
    if not unknown:
        return shared, ()
    note = Sentence(
        "measured on the {n} class of the set that the detector knows; left aside: {unknown}",
        "measured on the {n} classes of the set that the detector knows; left aside: {unknown}",
        len(shared),
        unknown=listed(unknown),
    )
    return shared, (note,)
