"""Train and measure the rows of the ablation: one short recipe, several seeds, all else equal.

Every run has its own folder; one that was finished is not trained again, one that was interrupted goes on.
"""

import json
import math
import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from dualviz.ablation import Ablation, Row, Trained
from dualviz.dataset import CocoFolder
from dualviz.detector import load_detector
from dualviz.evaluation import Figures, evaluate
from dualviz.trace import Setting
from dualviz.training.data import Recipe
from dualviz.training.train import Run, Teacher, train


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
    plan: Plan, rows: Iterable[Row], seeds: Iterable[int], device: str = "auto"
) -> Iterator[Ablation]:
    """Train and measure every row from every seed; what is known so far comes after each run.

    Raises:
        ValueError, dualviz.training.train.Stopped: as `train` and `evaluate`.
    """
    judge = CocoFolder(plan.judge, plan.judge_images)
    trained_on = CocoFolder(plan.annotations, plan.images)
    rows = list(rows)
    for seed in seeds:
        for row in rows:
            _measured(plan.run(row, seed), row, judge, device)
            yield Ablation(
                _recipe(plan.run(row, seed)),
                _words(trained_on),
                _words(judge),
                f"{platform.machine()}, {torch.get_num_threads()} CPU thread(s), torch {torch.__version__}",
                tuple(_finished(plan)),
            )


def _measured(run: Run, row: Row, judge: CocoFolder, device: str) -> None:
    """Train and measure one run, agreement by the metrics it was taught by, unless its result lies there."""
    out = Path(run.out)
    if (out / "result.json").exists():
        return
    weights = train(run, resume=(out / "last.pt").exists(), device=device)
    own = Setting(locked=False, alpha_one2one=row.alpha, beta_one2one=row.beta)
    made = evaluate(load_detector(weights, device), judge, setting=own)
    figures = _taught(made.figures, row)
    minutes = json.loads((out / "log.jsonl").read_text().splitlines()[-1])["seconds"] / 60
    result = {"row": row.name, "seed": run.seed, "minutes": minutes, "figures": figures.as_json()}
    (out / "result.json").write_text(json.dumps(result, allow_nan=False) + "\n")


def _finished(plan: Plan) -> Iterator[Trained]:
    """Every result in the folder, of this call and of earlier ones."""
    for path in sorted(Path(plan.out).glob("*/result.json")):
        read = json.loads(path.read_text())
        yield Trained(
            read["row"], read["seed"], read["minutes"], Figures.from_json(read["figures"])
        )


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
    """What all runs share, in the names of `Run` and `Recipe`."""
    names = ("scale", "pictures", "batch", "learning_rate", "weight_decay", "closing_from")
    return {name: getattr(run, name) for name in names} | asdict(run.recipe)


def _words(folder: CocoFolder) -> str:
    name = " ".join(re.split(r"[\\/]", str(folder.path.with_suffix("")))[-2:])
    return f"{name}, {len(folder)} pictures"
