"""AP of a detector on random rendered smears: `python tests/bench/measure_scenes.py WEIGHTS [SCENES]`.

Given weights that were trained on photographs only, this says how real the renderings look to a detector.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tqdm import tqdm

from dualviz.detector import load_detector
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.scenes import random_scenes, write_scenes
from dualviz.study.evaluation import evaluate

FIRST_SEED = 10_000  # training draws its seeds from all of 0..2³¹


def main(weights: str, count: int = 100) -> None:
    """Render a set with its exact truth into a temporary folder and evaluate all paths on it."""
    with tempfile.TemporaryDirectory() as place:
        document = Path(place) / "scenes.json"
        write_scenes(random_scenes(count, FIRST_SEED), document.with_suffix(""), document)
        result = evaluate(load_detector(weights), CocoFolder(document), progress=tqdm)
    for name, path in result.paths.items():
        print(f"{name}: AP {path.ap:.3f}, AP50 {path.ap50:.3f} on {count} scenes")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
