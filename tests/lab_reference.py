"""Cases for the laboratory's maths, what Python makes of them, and how an answer from a browser is held against it.

Used in node (lab/test_engine.py) and in a real browser (browser/test_lab_cases.py): the same cases, the same judge.
"""

import base64
import json
import math
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.lab import check, payload, state
from dualviz.pictures.truth import Truth
from dualviz.trace import DualTrace, trace_prediction

TESTS = Path(__file__).parent
NODE = shutil.which(os.environ.get("NODE", "node"))
STRIDES = (8, 16, 32)
NEAR_TIE = 1e-9  # keys closer than this may stand in either order

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


def in_node(script: str, given: object = None) -> object:
    """Run a module script in node beside this file; `given` is its constant `given`, what it prints comes back."""
    text = f"const given = JSON.parse((await import('node:fs')).readFileSync(0, 'utf8'));\n{script}"
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", text],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        cwd=TESTS,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Case:
    """One picture's predictions, truth, knobs and chosen object."""

    prediction: DualPrediction
    boxes: Tensor
    labels: Tensor
    knobs: dict
    chosen: int
    size_hw: tuple[int, int]

    @property
    def classes(self) -> int:
        return self.prediction.one2many.scores.shape[-1]

    def packed(self, shown: np.ndarray | None = None) -> bytes:
        blank = np.zeros((*self.size_hw, 3), np.uint8)
        return payload(blank, self.prediction, names(self.classes), shown=shown)

    def sent(self) -> dict:
        return {
            "payload": base64.b64encode(self.packed()).decode(),
            "truth": {"boxes": self.boxes.tolist(), "labels": self.labels.tolist()},
            "knobs": self.knobs,
            "object": self.chosen,
        }

    def traced(self) -> DualTrace:
        ignore = torch.zeros(len(self.labels), dtype=torch.bool)
        truth = Truth(self.boxes, self.labels, names(self.classes), ignore)
        setting = state.setting_of(self.knobs)
        blank = np.zeros((*self.size_hw, 3), np.uint8)
        return trace_prediction(blank, truth, self.prediction, names(self.classes), setting)


def names(classes: int) -> tuple[str, ...]:
    return tuple(f"kind {label}" for label in range(classes))


KINDS = (
    "random",
    "ties",
    "zeros",
    "same",
    "single",
    "none",
    "silent",
    "twins",
    "tiny",
    "flat",
    "empty",
    "small",
    "crowd",
)
GAINS = (1.0, 0.75, 1.37)
EXPONENTS = [
    (0.5, 6.0),
    (0.01, 20.0),
    (20.0, 0.01),
    (1.0, 1.0),
    (20.0, 20.0),
    (0.01, 0.01),
    (0.25, 3.0),
]


def make_case(seed: int) -> Case:
    """Predictions scattered about crowded objects; every kind of degeneration comes round."""
    rng = torch.Generator().manual_seed(seed)
    kind = KINDS[seed % len(KINDS)]
    size_hw = [(96, 96), (64, 128), (160, 160), (32, 32)][seed % 4]
    height, width = size_hw
    points, level = anchor_grid(size_hw, STRIDES)
    gain = GAINS[seed // 5 % len(GAINS)]  # picture pixels a network pixel
    objects, classes = (0 if kind == "empty" else 1 + seed % 9), 1 + seed % 3
    centre = torch.rand(objects, 2, generator=rng) * torch.tensor([width, height])
    half = torch.rand(objects, 2, generator=rng) * width / 4 + 4
    boxes = torch.cat((centre - half, centre + half), -1)
    if kind == "twins":
        boxes[1::3] = boxes[::3][: len(boxes[1::3])]
        boxes[2::3] = boxes[::3][: len(boxes[2::3])] + torch.tensor([-2.0, -2.0, 4.0, 4.0])
    if kind == "single":  # one anchor point of the finest level and no other
        boxes[:, :] = torch.tensor([0.5, 0.5, 7.5, 7.5])
    if kind == "none":  # between anchor points, and one with its border on them
        boxes[:, :] = torch.tensor([5.0, 5.0, 11.0, 11.0])
        boxes[0] = torch.tensor([4.0, 4.0, 12.0, 12.0])
    if kind == "crowd":  # all in one place: each wants what the others want
        middle = torch.tensor([width, height]) / 2 + torch.randn(objects, 2, generator=rng) * 3
        boxes = torch.cat((middle - width / 4, middle + width / 4), -1)
    if kind == "small":  # sides of 2 to 22 network pixels, close together
        middle = torch.tensor([width, height]) / 2 + torch.randn(objects, 2, generator=rng) * 6
        half = torch.rand(objects, 2, generator=rng) * 10 + 1
        boxes = torch.cat((middle - half, middle + half), -1)
    labels = torch.randint(classes, (objects,), generator=rng)

    def head(spread: float) -> HeadPrediction:
        near = (
            torch.cdist(points, centre).argmin(-1) if objects else torch.zeros(len(points)).long()
        )
        about = boxes[near] if objects else torch.cat((points - 8, points + 8), -1)
        found = about + torch.randn(len(points), 4, generator=rng) * spread
        scores = torch.rand(len(points), classes, generator=rng) ** 3
        if kind in ("ties", "twins"):
            found, scores = (found / 8).round() * 8, (scores * 4).round() / 4
        if kind == "zeros":
            scores[torch.rand(scores.shape, generator=rng) < 0.5] = 0
            found[torch.rand(len(points), generator=rng) < 0.3] += 1000
        if kind == "same":
            found, scores = found[:1].expand(len(points), 4).clone(), torch.full_like(scores, 0.25)
        if kind == "silent":
            scores = torch.zeros_like(scores)
        if kind == "tiny":
            scores = scores * 1e-30
        if kind == "flat":  # boxes without area, and inside out
            found[::2, 2:] = found[::2, :2]
            found[1::4] = found[1::4].flip(-1)
        return HeadPrediction((found * gain).contiguous(), scores.contiguous())

    alpha, beta = EXPONENTS[seed % len(EXPONENTS)]
    alpha1, beta1 = EXPONENTS[seed // 2 % len(EXPONENTS)]
    knobs = {
        "alpha": alpha,
        "beta": beta,
        "r": [1.0, 0.01, 20.0, 3.0, 0.5][seed % 5],
        "k": [10, 1, 30, 3][seed // 3 % 4],
        "locked": seed // 2 % 2 == 0,
        "alpha1": alpha1,
        "beta1": beta1,
        "shared": seed // 5 % 2 == 0,
        "mode": ["code", "paper", "yolo26"][seed // 4 % 3],
    }
    many, one = head(4.0), head(6.0)
    prediction = DualPrediction(many, one, points * gain, level, STRIDES, size_hw)
    picture_hw = (round(height * gain), round(width * gain))
    return Case(
        prediction, boxes * gain, labels, knobs, objects - 1 if seed % 6 else -1, picture_hw
    )


CASES = range(300)


@cache
def traced(seed: int) -> DualTrace:
    return make_case(seed).traced()


def near_ties(keys: np.ndarray) -> bool:
    steps = -np.diff(np.sort(keys[np.isfinite(keys)])[::-1])
    return bool(((steps > 0) & (steps < NEAR_TIE)).any())


def number(value: float | None) -> float:
    return math.nan if value is None else value


def differences(case: Case, trace: DualTrace, said: dict) -> None:
    """Metric, ranks, top-k, conflicts, targets, correlations and gap of one answer against the trace and SciPy."""
    G = len(case.labels)
    heads = (trace.one2many, trace.one2one)
    loose = [any(near_ties(head.log_metric[g].numpy()) for g in range(G)) for head in heads]
    for h, head in enumerate(heads):
        given, mine = head.assignment, said["heads"][h]
        if loose[h]:
            continue  # the sets below need one order; ranks are held against keys instead
        assert mine["owner"] == given.target_gt.tolist()
        target = given.target_scores.max(-1).values if G else torch.zeros(len(mine["target"]))
        np.testing.assert_allclose(mine["target"], target, rtol=2e-6, atol=1e-12)
        for g in range(G):
            answer = said["each"][g]["heads"][h]
            row = [a for a in given.candidates[g].tolist() if a >= 0]
            assert answer["picks"] == row
            assert answer["candidates"] == int((head.rank[g] > 0).sum())
            own = given.candidate_targets[g, : len(row)]
            np.testing.assert_allclose(answer["own"], own, rtol=2e-6, atol=1e-12)
            assert answer["lostTo"] == given.lost_to[g, : len(row)].tolist()
            if trace.setting.rules.conflicts:
                assert [kept == 1 for kept in answer["kept"]] == [
                    int(given.target_gt[a]) == g for a in row
                ]
            assert answer["unmatched"] == bool(given.unmatched[g])
            assert sum(answer["kept"]) + len(answer["gained"]) == int(given.positives[g])
    for g in range(G):
        alignment = trace.agreement.top_k_alignment[g].tolist()
        if not any(loose):
            said_top = [number(value) for value in said["each"][g]["alignment"]]
            np.testing.assert_array_equal(said_top, alignment)
    if not any(loose):
        assert check.disagreements(said["claim"], trace) == []
    if case.chosen < 0:
        assert said["selected"] is None
        return
    selected_differences(trace, said["selected"], case.chosen, any(loose))


def selected_differences(trace: DualTrace, said: dict, g: int, loose: bool) -> None:
    """Compare the chosen object's figures; `loose` where two keys of the case nearly tie."""
    heads = (trace.one2many, trace.one2one)
    anchors = trace.prior[g].nonzero().squeeze(1)
    assert said["anchors"] == anchors.tolist()
    pairs = []
    for mine, head in zip(said["heads"], heads):
        np.testing.assert_array_equal(mine["p"], head.p[g, anchors])
        np.testing.assert_allclose(mine["u"], head.overlaps[g, anchors], rtol=1e-12, atol=1e-15)
        wanted = head.log_metric[g, anchors].numpy()
        keys = np.array([-math.inf if key is None else key for key in mine["logM"]])
        np.testing.assert_allclose(keys, wanted, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(mine["m"], np.exp(wanted), rtol=1e-8)
        order = wanted[mine["order"]]
        assert (np.diff(order) < NEAR_TIE).all() and np.isfinite(order).all()
        if not loose:
            assert mine["rank"] == head.rank[g, anchors].tolist()
            targets = head.assignment.object_targets[g, anchors]
            np.testing.assert_allclose(mine["t"], targets, rtol=2e-6, atol=1e-12)
        pairs.append(keys)
    both = np.isfinite(pairs[0]) & np.isfinite(pairs[1])
    assert said["common"] == both.sum()
    if both.sum() >= 2 and not loose:
        a, b = pairs[0][both], pairs[1][both]
        constant = len(set(a)) == 1 or len(set(b)) == 1
        rho, tau = (
            (math.nan, math.nan)
            if constant
            else (stats.spearmanr(a, b)[0], stats.kendalltau(a, b)[0])
        )
        np.testing.assert_allclose(number(said["spearman"]), rho, rtol=0, atol=1e-12)
        np.testing.assert_allclose(number(said["kendall"]), tau, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            number(said["spearman"]), trace.agreement.spearman[g], atol=1e-12
        )
        np.testing.assert_allclose(number(said["kendall"]), trace.agreement.kendall[g], atol=1e-12)
    if both.sum() < 2:
        assert said["spearman"] is None and said["kendall"] is None
    if not loose:
        gap = [number(said["gap"][name]) for name in ("floor", "value", "ceiling")]
        wanted = [trace.gap_bounds[0][g], trace.gap[g], trace.gap_bounds[1][g]]
        np.testing.assert_allclose(gap, wanted, rtol=2e-6, atol=1e-6)
