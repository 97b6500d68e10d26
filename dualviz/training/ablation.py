"""Train and measure the rows of the ablation: one short recipe, several seeds, all else equal.

Every run has its own folder; one that was finished is not trained again, one that was interrupted goes on.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dualviz.detector import load_detector
from dualviz.pictures.dataset import CocoFolder
from dualviz.study.ablation import Ablation, Row, Trained, load_ablation, save_ablation
from dualviz.study.evaluation import Figures, evaluate, need_pycocotools
from dualviz.trace import Setting
from dualviz.training.data import Recipe
from dualviz.training.run import Run, Teacher
from dualviz.training.state import machine
from dualviz.training.train import train


@dataclass(frozen=True)
class Plan:
    """What all runs share.

    Attributes:
        annotations, images: training pictures, as in `Run`.
        judge, judge_images: the set that every run is measured on; none of its pictures is trained on.
        out: folder of the runs.
        pictures, width, height: of a run; short on purpose.
    """

    annotations: str
    images: str | None
    judge: str
    judge_images: str | None
    out: str
    pictures: int = 12_000
    width: int = 256
    height: int = 192

    def run(self, row: Row, seed: int) -> Run:
        """One run of a row."""
        return Run(
            self.annotations,
            self.images,
            str(Path(self.out) / f"{row.name}-{seed}"),
            pictures=self.pictures,
            seed=seed,
            recipe=Recipe(canvas_wh=(self.width, self.height)),
            heads=row.heads,
            one2one=Teacher(row.topk, row.alpha, row.beta, row.keep),
        )


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
        rows, seeds: each with each.
        device: as for `train`.
        known: what was measured before.

    Raises:
        ValueError, dualviz.training.state.Stopped: as `train` and `evaluate`; and where `known` or the folder's runs
            are of another plan.
        ModuleNotFoundError: without pycocotools.
    """
    need_pycocotools()  # before hours of training, not after
    judge = CocoFolder(plan.judge, plan.judge_images)
    taught = CocoFolder(plan.annotations, plan.images)
    if unknown := set(judge.class_names) - set(taught.class_names):
        raise ValueError(f"{judge.path} has classes that {taught.path} does not teach: {unknown}")
    rows = list(rows)
    recipe = _recipe(plan.run(rows[0], 0))  # no row and no seed changes it
    none = whole = Ablation(recipe, taught.words, judge.words, "", ())
    if known:
        whole = none.joined(known)
    for seed in seeds:
        for row in rows:
            run = plan.run(row, seed)
            result = Path(run.out) / "result.json"
            if not result.exists():
                made = _measured(run, row, judge, device)
                save_ablation(replace(none, machine=machine(device), runs=(made,)), result)
            whole = whole.joined(load_ablation(result))
            yield whole


def _measured(run: Run, row: Row, judge: CocoFolder, device: str) -> Trained:
    """Train and measure one run, agreement by the metrics it was taught by."""
    out = Path(run.out)
    weights = train(run, resume=(out / "last.pt").exists(), device=device)
    own = Setting(locked=False, alpha_one2one=row.alpha, beta_one2one=row.beta)
    made = evaluate(load_detector(weights, device), judge, setting=own)
    minutes = json.loads((out / "log.jsonl").read_text().splitlines()[-1])["seconds"] / 60
    return Trained(row.name, run.seed, minutes, _taught(made.figures, row))


def _taught(figures: Figures, row: Row) -> Figures:
    """Strike out what a head says that was never taught, and agreement where there is only one."""
    if len(row.heads) > 1:
        return figures
    kept = {
        name: {
            path: value if path.split()[0] in row.heads else math.nan
            for path, value in getattr(figures, name).items()
        }
        for name in ("ap", "ap50", "duplicates")
    }
    none = {"gap": math.nan, "floor": math.nan, "ceiling": math.nan}
    return replace(figures, **kept, **none, alignment=(math.nan,) * 3)


def _recipe(run: Run) -> dict[str, object]:
    """What all runs share, in the names of `Run` and `Recipe`, and what the paths with NMS are given for AP."""
    names = ("scale", "pictures", "batch", "learning_rate", "weight_decay", "closing_from")
    fields = {name: getattr(run, name) for name in names} | asdict(run.recipe)
    fields["nms"] = (
        "every class of an anchor"  # as `evaluate` does, and unlike figures made before it did
    )
    return json.loads(json.dumps(fields))  # tuples as lists, as a file gives them back
