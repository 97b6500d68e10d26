"""Claims about what the laboratory is sent of a detector of many classes: what its objects need, and little more."""

from types import SimpleNamespace

import pytest
import torch

from dualviz import lab
from dualviz.web import session

CLASSES = 365
SCORES = torch.zeros(10, CLASSES)
SCORES[:, 7], SCORES[:, 300], SCORES[:, 41], SCORES[:, 5] = 0.9, 0.8, 0.7, 0.6


def carried(monkeypatch: pytest.MonkeyPatch, labels: list[int], drawn=None, **given) -> tuple:
    """The classes that are packed for objects of these labels."""
    head = SimpleNamespace(scores=SCORES)
    subject = SimpleNamespace(
        detector=SimpleNamespace(class_names=[str(c) for c in range(CLASSES)], name=""),
        prediction=SimpleNamespace(one2one=head, one2many=head),
        truth=SimpleNamespace(labels=torch.tensor(labels, dtype=torch.int64)),
        picture=SimpleNamespace(name=""),
        detector_id="",
        size=None,
    )
    monkeypatch.setattr(session, "_drawn", lambda *_: drawn)
    monkeypatch.setattr(session, "_packed", lambda *given: given[-1])
    monkeypatch.setattr(lab, "named", lambda packed, *_: packed)
    return session.packed(subject, **given)


def test_the_classes_of_the_objects_are_carried_and_at_least_three(monkeypatch) -> None:
    assert carried(monkeypatch, [1, 2, 3, 4, 4]) == (1, 2, 3, 4)
    assert carried(monkeypatch, [2]) == (2, 7, 300), "the best-scored fill up"
    assert carried(monkeypatch, []) == (7, 41, 300)
    drawn = (None, torch.tensor([11, 12, 13]))
    assert carried(monkeypatch, [2], drawn) == (2, 11, 12, 13), "another comes when it is drawn"
    assert len(carried(monkeypatch, [2], least=10)) == 10
    assert carried(monkeypatch, [2], every=True) == (2, 5, 7, 41, 300)
