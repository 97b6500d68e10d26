"""Train and measure the rows of the ablation: one short recipe, several seeds, all else equal.

A seed has one trunk for all rows whose one-to-one head leaves it as it is: they ride on it together, and see the very
same features in every step. The others have a trunk of their own. Every run has its own folder; one that was finished is
not trained again, one that was interrupted goes on.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dualviz.pictures.folders import TO_TEACH, open_set
from dualviz.pictures.objects import listed
from dualviz.study.ablation import (
    ROWS,
    SHARED,
    Ablation,
    Row,
    load_ablation,
    save_ablation,
)
from dualviz.study.evaluation import need_pycocotools
from dualviz.training.data import Recipe
from dualviz.training.measuring import Judge, measured
from dualviz.training.run import Rider, Run, Teacher
from dualviz.training.state import machine
from dualviz.training.train import train
from dualviz.words import UserError

SNAPSHOTS = (
    12  # of every run and rider whose weights are kept: how a difference grows while it trains
)


@dataclass(frozen=True)
class Plan:
    """What all runs share.

    Attributes:
        annotations, images: training pictures, as in `Run`.
        judge, judge_images: the set that every run is measured on; none of its pictures is trained on.
        judge_smears: how many rendered smears join it.
        out: folder of the runs.
        pictures, width, height, grow_from: of a run; short on purpose.
        one2one_rate: of the heads that ride on a trunk; at 1 they would end far behind the one-to-many head of it. A head that
            its trunk feels learns at the trunk's rate, so that rows of different trunks differ in what is taught alone.
        scenes, supply: of its recipe: smears that join the set's pictures.
        keep_weights: whether weights and checkpoint of a run stay once it is measured.
    """

    annotations: str
    images: str | None
    judge: str
    judge_images: str | None
    out: str
    judge_smears: int = 400
    pictures: int = 20_000
    width: int = 256
    height: int = 192
    grow_from: float = 0.6
    one2one_rate: float = 12.0
    scenes: float = 0.5
    supply: int = 2000
    keep_weights: bool = False

    def run(self, trunk: str, seed: int) -> Run:
        """The run of a trunk, with all rows that share it: its riders cost little, and rows asked for later are there."""
        run = Run(
            self.annotations,
            self.images,
            str(Path(self.out) / f"{trunk}-{seed}"),
            pictures=self.pictures,
            one2one_rate=self.one2one_rate,
            seed=seed,
            snapshots=SNAPSHOTS * self.keep_weights,
            recipe=Recipe(
                canvas_wh=(self.width, self.height),
                grow_from=self.grow_from,
                scenes=self.scenes,
                supply=self.supply,
            ),
        )
        if trunk == SHARED:
            riding = [row for row in _rows(trunk) if "one2one" in row.heads]
            riders = tuple(map(Rider.of, riding))
            return replace(run, heads=("one2many",), riders=riders)
        row = ROWS[trunk]
        one2one = {"one2one": Teacher.of(row), "one2one_rate": 1.0, "detach_one2one": row.detached}
        return replace(run, heads=row.heads, **one2one)


def ablate(
    plan: Plan,
    rows: Iterable[Row],
    seeds: Iterable[int],
    device: str = "auto",
    known: Ablation | None = None,
) -> Iterator[Ablation]:
    """Train and measure every row from every seed; after each run comes all that is known by then.

    Args:
        plan: what all runs share.
        rows, seeds: each with each; rows that share a trunk come together.
        device: as for `train`.
        known: what was measured before.

    Raises:
        ValueError, dualviz.training.state.Stopped: as `train` and `evaluate`; and where `known` or the folder's runs
            are of another plan.
        ValueError: without pycocotools.
    """
    need_pycocotools()  # before hours of training, not after
    judged = open_set(plan.judge, plan.judge_images)
    taught = open_set(plan.annotations, plan.images, TO_TEACH)
    if tuple(judged.class_names) != tuple(taught.class_names):
        raise UserError(
            "{judged} has the classes {one}, {taught} teaches {other}: they must be the same",
            judged=judged.path,
            one=listed(judged.class_names),
            taught=taught.path,
            other=listed(taught.class_names),
        )
    judge = Judge(judged, plan.judge_smears)
    rows = list(rows)
    trunks = list(dict.fromkeys(row.trunk for row in rows))
    recipe = _recipe(plan.run(SHARED, 0))  # no trunk and no seed changes it
    none = whole = Ablation(recipe, taught.words, judge.words, "", ())
    if known:
        whole = none.joined(known)
    for seed in seeds:
        for trunk in trunks:
            run = plan.run(trunk, seed)
            result = Path(run.out) / "result.json"
            if not result.exists():
                train(run, resume=(result.with_name("last.pt")).exists(), device=device)
                made = tuple(measured(run, _rows(trunk), judge, device))
                save_ablation(replace(none, machine=machine(device), runs=made), result)
                if not plan.keep_weights:
                    for left in (result.with_name("last.pt"), *result.parent.glob("weights*")):
                        left.unlink()
            every = load_ablation(result)
            chosen = {row.name for row in rows}
            whole = whole.joined(
                replace(every, runs=tuple(one for one in every.runs if one.row in chosen))
            )
            yield whole


def _rows(trunk: str) -> list[Row]:
    return [row for row in ROWS.values() if row.trunk == trunk]


def _recipe(run: Run) -> dict[str, object]:
    """What all runs share, in the names of `Run` and `Recipe`, and what the paths with NMS are given for AP."""
    names = ("scale", "pictures", "batch", "learning_rate", "one2one_rate")
    names += ("weight_decay", "closing_from")
    fields = {name: getattr(run, name) for name in names} | asdict(run.recipe)
    # the NMS is as `evaluate` does it, and unlike that of figures made before it did
    fields |= {"nms": "every class of an anchor", "shared_trunk": True}
    return json.loads(json.dumps(fields))  # tuples as lists, as a file gives them back
