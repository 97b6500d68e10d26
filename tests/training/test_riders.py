"""Claims about one-to-one heads that ride on one trunk, and about what each of them is taught."""

import itertools
import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_blocks import block_set
from torch import Tensor

from dualviz.__main__ import main
from dualviz.assignment import assign
from dualviz.boxes import anchor_grid
from dualviz.detector import load_detector
from dualviz.detector.network import HEAD, DualDetector
from dualviz.loss import GAINS
from dualviz.pictures.dataset import CocoFolder
from dualviz.training import train as room
from dualviz.training.data import Recipe
from dualviz.training.run import Rider, Run, Teacher
from dualviz.training.state import State
from dualviz.training.train import losses_of, taught, train

DOUBLE = Rider("double", Teacher(1, 1.0, 12.0))
SEVEN = Rider("seven", Teacher(7, keep=1))
HUNGARIAN = Rider("hungarian", Teacher(hungarian=True))
PLACEBO = Rider("placebo", draw=1)
ALL = (DOUBLE, SEVEN, HUNGARIAN, PLACEBO)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Two small pictures of bright blocks, and a run of five steps over them without riders."""
    recipe = Recipe(canvas_wh=(96, 64))
    return Run(
        block_set(tmp_path), None, str(tmp_path / "out"), "pico", 10, 2, recipe=recipe, workers=0
    )


def ended(run: Run, name: str, **changes) -> dict:
    """The last checkpoint of a run with these changes, trained in a folder of its own."""
    changed = replace(run, out=f"{run.out}-{name}", **changes)
    train(changed, device="cpu")
    return torch.load(Path(changed.out) / "last.pt", weights_only=True)


def trunk(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """All but the own one-to-one head: batch norms' statistics too."""
    return {name: tensor for name, tensor in weights.items() if "one2one" not in name}


def rider(weights: dict[str, Tensor], place: int) -> dict[str, Tensor]:
    """One rider's weights out of all riders'."""
    start = f"{place}."
    return {n.removeprefix(start): t for n, t in weights.items() if n.startswith(start)}


def own(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The own one-to-one head, named as a rider is."""
    start = f"model.{HEAD}.one2one_"
    return {n.removeprefix(start): t for n, t in weights.items() if n.startswith(start)}


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[k], right[k]) for k in left)


# ── the trunk does not feel its riders, nor they each other ──


def test_the_trunk_and_its_head_are_bit_equal_whatever_rides_on_them(run: Run) -> None:
    alone = ended(run, "alone", heads=("one2many",))
    others = {
        "own": ended(run, "own"),
        "other": ended(run, "other", one2one=Teacher(1, 0.5, 2.0)),
        "one": ended(run, "one", heads=("one2many",), riders=(DOUBLE,)),
        "all": ended(run, "all", riders=ALL),
    }
    for name, state in others.items():
        for kind in ("network", "average"):
            assert same(trunk(alone[kind]), trunk(state[kind])), (name, kind)
    assert any("running_var" in name for name in trunk(alone["network"]))
    begun = DualDetector("pico", 1).state_dict()
    assert not same(trunk(begun), trunk(alone["network"]))
    felt = ended(run, "felt", detach_one2one=False)
    assert not same(trunk(alone["network"]), trunk(felt["network"]))


def test_a_rider_ends_with_the_same_weights_whoever_else_rides(run: Run) -> None:
    all_of_them = ended(run, "all", riders=ALL)
    for place, one in enumerate(ALL):
        alone = ended(run, one.name, heads=("one2many",), riders=(one,))
        for kind in ("riders", "riders_average"):
            assert same(rider(alone[kind], 0), rider(all_of_them[kind], place)), one.name


def test_one_to_one_heads_move_by_their_rate_and_the_trunk_by_the_runs(run: Run) -> None:
    first = replace(run, pictures=run.batch)  # AdamW's first step is as long as its rate
    folder, cpu = CocoFolder(run.annotations), torch.device("cpu")
    torch.manual_seed(run.seed)
    begun = State(replace(first, riders=(PLACEBO,)), folder, cpu)
    weights = {"own": own(begun.network.state_dict()), "rider": begun.riders[0].state_dict()}
    moved: dict[float, dict[str, Tensor]] = {}
    for rate in (1.0, 4.0):
        state = ended(first, f"rate-{rate:g}", one2one_rate=rate, riders=(PLACEBO,))
        after = {"own": own(state["network"]), "rider": rider(state["riders"], 0)}
        bias = "cv3.0.2.bias"  # without weight decay
        moved[rate] = {name: after[name][bias] - weights[name][bias] for name in after}
        moved[rate] |= trunk(state["network"])
    for name in ("own", "rider"):
        torch.testing.assert_close(moved[4.0].pop(name), 4 * moved[1.0].pop(name))
    assert same(moved[1.0], moved[4.0])


def test_a_rider_taught_as_the_own_head_is_the_own_head_and_other_first_weights_are_another(
    run: Run,
) -> None:
    twin = Rider("twin")
    state = ended(run, "twin", riders=(twin, PLACEBO))
    assert same(rider(state["riders"], 0), own(state["network"]))
    assert same(rider(state["riders_average"], 0), own(state["average"]))
    assert not same(rider(state["riders"], 1), own(state["network"]))
    folder, cpu = CocoFolder(run.annotations), torch.device("cpu")

    def first(seed: int, *riders: Rider) -> list[dict[str, Tensor]]:
        torch.manual_seed(seed)
        begun = State(replace(run, seed=seed, riders=riders), folder, cpu)
        found = torch.rand(1)  # what the run draws next does not depend on its riders
        return [own(begun.network.state_dict()), {"next": found}] + [
            head.state_dict() for head in begun.riders
        ]

    network, drawn, same_weights, other, further = first(0, twin, PLACEBO, Rider("b", draw=2))
    assert same(network, same_weights)
    apart = [other, further, first(1)[0], first(1, PLACEBO)[2]]
    for left, right in itertools.combinations([network, *apart], 2):
        assert not torch.equal(left["cv2.0.0.conv.weight"], right["cv2.0.0.conv.weight"])
    assert same(other, first(0, PLACEBO)[2]) and same(drawn, first(0)[1])


def test_an_interrupted_run_resumes_with_all_its_riders(run: Run, monkeypatch) -> None:
    whole = ended(run, "whole", riders=ALL)
    real, calls = room.losses_of, itertools.count(1)

    def pulled(*given):
        if next(calls) == 4:
            raise InterruptedError
        return real(*given)

    broken = replace(run, out=run.out + "-broken", riders=ALL)
    monkeypatch.setattr(room, "losses_of", pulled)
    with pytest.raises(InterruptedError):
        train(broken, device="cpu", save_every=0)
    monkeypatch.setattr(room, "losses_of", real)
    for riders, words in (
        (ALL[:3], r"riders\.placebo\.name = placebo, not None"),
        ((*ALL, Rider("more")), r"riders\.more\.name = None, not more"),
        ((replace(DOUBLE, draw=2), *ALL[1:]), r"riders\.double\.draw = 0, not 2"),
        ((), r"riders\.double\.name = double, not None"),
    ):
        with pytest.raises(ValueError, match=f"was trained with {words}$"):
            train(replace(broken, riders=riders), resume=True, device="cpu")
    train(broken, resume=True, device="cpu")
    resumed = torch.load(Path(broken.out) / "last.pt", weights_only=True)
    for kind in ("network", "average", "riders", "riders_average"):
        assert same(whole[kind], resumed[kind]), kind
    for name in ("", *(one.name for one in ALL)):
        files = [replace(run, out=f"{run.out}-{out}").weights(name) for out in ("whole", "broken")]
        assert files[0].read_bytes()[-5000:] == files[1].read_bytes()[-5000:]


# ── each rider is a detector ──


def test_a_rider_s_file_opens_as_a_detector_with_its_head_on_the_run_s_trunk(run: Run) -> None:
    made = replace(run, riders=(DOUBLE, PLACEBO))
    first = load_detector(train(made, device="cpu"), device="cpu", fuse=False).network.state_dict()
    state = torch.load(Path(made.out) / "last.pt", weights_only=True)
    for place, one in enumerate(made.riders):
        detector = load_detector(made.weights(one.name), device="cpu", fuse=False)
        found = detector.network.state_dict()
        assert same(trunk(first), trunk(found)) and detector.class_names == ("block",)
        for name, tensor in rider(state["riders_average"], place).items():
            if not name.endswith("num_batches_tracked"):
                assert torch.equal(tensor.half().float(), own(found)[name]), name
    assert not same(own(first), own(found))


def test_the_command_trains_riders_and_says_which_setting_it_does_not_know(
    run: Run, capsys
) -> None:
    command = ["train", "--annotations", run.annotations, "--out", run.out, "--pictures", "2"]
    command += ["--batch", "2", "--width", "96", "--height", "64", "--workers", "0"]
    command += ["--device", "cpu", "--rider", "seven", "topk=7", "keep=1"]
    for wrong, words in (
        ("r=2", "other has 'r=2', expected some of"),
        ("topk=many", "other has 'topk=many', expected some of"),
        ("alpha=0", "must be positive"),
    ):
        assert main([*command, "--rider", "other", wrong]) == 1
        assert words in capsys.readouterr().err and not Path(run.out).exists()
    assert not main([*command, "--rider", "other", "alpha=1", "beta=12", "draw=1"])
    said = capsys.readouterr().out
    assert all(f"weights-{name}.safetensors" in said for name in ("seven", "other"))
    assert load_detector(Path(run.out) / "weights-other.safetensors", "cpu").scale == "pico"
    log = json.loads((Path(run.out) / "log.jsonl").read_text())
    assert log["seven_cls"] > 0 and log["other_box"] != log["one2one_box"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: Rider("one2one"), "name must be"),
        (lambda: Rider("../up"), "name must be"),
        (lambda: Rider("a", draw=-1), "draw must be at least 0"),
        (lambda: Teacher(0), "topk must be at least 1"),
        (lambda: Teacher(keep=0), "keep must be at least 1"),
        (lambda: Teacher(7, hungarian=True), "no topk"),
        (lambda: Run("a", None, "b", riders=(Rider("a"), Rider("a"))), "different names, got a"),
    ],
)
def test_what_cannot_ride_is_refused_at_once(made, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made()


# ── what each head is taught ──


def crowd(seed: int, objects: int = 5) -> tuple[Tensor, ...]:
    """Scores, boxes, points, true boxes and labels of one picture whose objects lie over each other; one is padding."""
    draw = torch.Generator().manual_seed(seed)
    points, _ = anchor_grid((32, 32), (8, 16, 32))
    near = 4 * torch.rand((objects, 2), generator=draw)
    truth = torch.cat((near + 2, near + 26), 1)
    boxes = torch.tensor([2.0, 2, 28, 28]) + 4 * torch.rand((len(points), 4), generator=draw)
    scores = torch.rand((len(points), 2), generator=draw)
    labels = torch.randint(0, 2, (objects,), generator=draw)
    labels[-1] = -1
    return scores[None], boxes[None], points, truth[None], labels[None]


def ends(assignment) -> list[int]:
    """Positives that each object ends with, counted in what the loss reads."""
    objects = assignment.target_gt[assignment.target_gt >= 0]
    return torch.bincount(objects, minlength=assignment.positives.shape[-1]).tolist()


def test_keep_and_hungarian_give_every_object_of_a_crowd_one_anchor_and_top_1_does_not() -> None:
    rules = {"top": Teacher(1), "seven": SEVEN.teacher, "hungarian": HUNGARIAN.teacher}
    found = {
        name: [ends(taught(rule, *crowd(seed))) for seed in range(20)]
        for name, rule in rules.items()
    }
    assert all(each == [1, 1, 1, 1, 0] for each in found["hungarian"])
    assert all(max(each) == 1 for each in found["seven"])
    assert any(min(each[:4]) == 0 for each in found["top"])
    assert max(max(ends(taught(Teacher(7), *crowd(seed)))) for seed in range(20)) > 1


@pytest.mark.parametrize("seed", range(5))
def test_hungarian_collects_the_largest_sum_of_metrics(seed: int) -> None:
    """Against every choice of anchors; the soft target of a pick is its overlap, as of a top-1 pick."""
    given = crowd(seed, objects=4)
    dense = assign(*given, topk=len(given[2]), alpha=0.5, beta=6.0, conflicts=False)
    table = torch.zeros(4, len(given[2]), dtype=torch.float64)
    for g, (anchors, keys) in enumerate(
        zip(dense.candidates[0], dense.candidate_log_metrics[0], strict=True)
    ):
        table[g, anchors[anchors >= 0]] = keys[anchors >= 0].exp()
    best = max(
        sum(float(table[g, a]) for g, a in enumerate(anchors))
        for anchors in itertools.permutations(range(len(given[2])), 3)
    )
    made = taught(HUNGARIAN.teacher, *given)
    where = (made.target_gt[0] >= 0).nonzero().squeeze(1)
    owners = made.target_gt[0, where]
    assert float(table[owners, where].sum()) == pytest.approx(best)
    for g, a in zip(owners.tolist(), where.tolist(), strict=True):
        u = dense.candidate_overlaps[0, g][dense.candidates[0, g] == a]
        label = given[4][0, g]
        assert float(made.target_scores[0, a, label]) == pytest.approx(float(u), rel=1e-5)
        assert torch.equal(made.target_boxes[0, a], given[3][0, g])
    assert int((made.target_scores > 0).sum()) == 3
    assert made.positives.tolist() == [[1, 1, 1, 0]] and not made.unmatched.any()


def test_hungarian_is_top_1_where_nobody_contests_and_nothing_where_there_are_no_objects() -> None:
    for seed in range(5):
        scores, boxes, points, truth, labels = crowd(seed)
        alone = (scores, boxes, points, truth[:, :1], labels[:, :1])
        left, right = taught(HUNGARIAN.teacher, *alone), taught(Teacher(1), *alone)
        for name in ("target_gt", "target_scores", "target_boxes", "positives", "unmatched"):
            assert torch.equal(getattr(left, name), getattr(right, name)), name
        none = taught(HUNGARIAN.teacher, scores, boxes, points, truth[:, :0], labels[:, :0])
        assert (none.target_gt == -1).all() and not none.target_scores.any()


def test_in_every_step_a_one_to_one_head_has_at_most_one_positive_an_object(
    run: Run, monkeypatch
) -> None:
    seen: dict[Teacher, list[int]] = {}

    def watched(teacher: Teacher, *given):
        made = taught(teacher, *given)
        seen.setdefault(teacher, []).append(int(made.positives.max()))
        return made

    monkeypatch.setattr(room, "taught", watched)
    train(replace(run, riders=ALL), device="cpu")
    many = seen.pop(run.one2many)
    assert max(many) == 10 and len(many) == run.steps
    assert set(seen) == {run.one2one, *(one.teacher for one in ALL)}
    assert all(set(counts) == {1} for counts in seen.values())


def batch_of(run: Run, ignored: Iterable[Iterable[float]]) -> tuple[Tensor, ...]:
    """A noisy picture without objects to learn, with regions that are not judged."""
    images = torch.randint(0, 255, (1, 3, 64, 96), dtype=torch.uint8)
    spared = torch.tensor(list(ignored)).reshape(1, -1, 4)
    return images, torch.zeros(1, 0, 4), torch.zeros(1, 0, dtype=torch.long), spared


@pytest.mark.parametrize(
    ("ignored", "count"),
    [([], 126), ([(0.0, 0.0, 48.0, 64.0)], 64), ([(-1.0, -1.0, 97.0, 65.0)], 0)],
)
def test_background_inside_an_ignored_region_teaches_no_head(run: Run, ignored, count: int) -> None:
    """What is left to learn is every anchor outside it: of 8 × 12, 4 × 6 and 2 × 3 those whose centre is not inside."""
    torch.manual_seed(0)
    made = State(replace(run, riders=(SEVEN,)), CocoFolder(run.annotations), torch.device("cpu"))
    network, batch = made.network.eval(), batch_of(run, ignored)
    made.riders.eval()
    losses = losses_of(network, made.riding, made.run, *batch)
    with torch.no_grad():
        output = network(batch[0].float() / 255, made.riding)
    points, _ = network.anchors((64, 96))
    left = torch.ones(len(points), dtype=torch.bool)
    for x1, y1, x2, y2 in ignored:
        x, y = points.T
        left &= ~((x > x1) & (x < x2) & (y > y1) & (y < y2))
    assert losses.keys() == {"one2many", "one2one", "seven"} and int(left.sum()) == count
    for name, loss in losses.items():
        wanted = -(1 - output[name]["scores"][0, left]).log().sum() * GAINS["cls"]
        assert float(loss.cls.detach()) == pytest.approx(float(wanted), rel=1e-4), name


# ── a step, and the last phase ──


def test_each_part_s_gradient_is_cut_to_the_limit_by_its_own_norm(run: Run, monkeypatch) -> None:
    made = replace(run, riders=ALL)
    names = ("trunk", "one2one", *(one.name for one in ALL))

    def norms(limit: float) -> dict[str, float]:
        monkeypatch.setattr(room, "STEEPEST", limit)
        torch.manual_seed(0)
        state = State(made, CocoFolder(run.annotations), torch.device("cpu"))
        picture = torch.randint(0, 255, (2, 3, 64, 96), dtype=torch.uint8)
        boxes = torch.tensor([[[20.0, 16.0, 60.0, 48.0]]]).expand(2, 1, 4)
        room.learn(state, (picture, boxes, torch.zeros(2, 1, dtype=torch.long), boxes[:, :0]))
        return {
            name: math.hypot(*(float(p.grad.norm()) for p in part if p.grad is not None))
            for name, part in state.parts.items()
        }

    free = norms(math.inf)
    assert tuple(free) == names and min(free.values()) > 0
    limit = sorted(free.values())[len(free) // 2]
    cut = norms(limit)
    for name in names:
        assert cut[name] == pytest.approx(min(free[name], limit), rel=1e-3), name
    assert min(free.values()) < limit < max(free.values())


def test_the_parts_are_all_that_learns_each_once(run: Run) -> None:
    state = State(replace(run, riders=ALL), CocoFolder(run.annotations), torch.device("cpu"))
    parts = [id(p) for part in state.parts.values() for p in part if p.requires_grad]
    taught_ones = [id(p) for group in state.optimizer.param_groups for p in group["params"]]
    assert sorted(parts) == sorted(taught_ones) and len(set(parts)) == len(parts)


def test_the_closing_phase_shows_whole_pictures_only(run: Run, monkeypatch) -> None:
    """Before it every sample is a mosaic of four pictures with a block each, in it every sample is one picture."""
    real, objects = room.losses_of, []

    def watched(network, riders, run, images, boxes, labels, ignored):
        objects.append(int((labels >= 0).sum(1).max()))
        return real(network, riders, run, images, boxes, labels, ignored)

    monkeypatch.setattr(room, "losses_of", watched)
    mosaic = replace(run.recipe, mosaic=1.0)
    train(replace(run, pictures=20, recipe=mosaic, closing_from=0.6), device="cpu")
    assert len(objects) == 10
    assert min(objects[:6]) > 1 and max(objects[6:]) == 1
