"""AP of a detector on random rendered smears: `python tests/bench/measure_scenes.py WEIGHTS [SCENES]`.

Given weights that were trained on photographs only, this says how real the renderings look to a detector.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
from tqdm import tqdm

from dualviz.dataset import CocoFolder
from dualviz.detector import load_detector
from dualviz.evaluation import evaluate
from dualviz.scenes import random_scene, render
from dualviz.truth import to_coco

FIRST_SEED = 10_000  # training draws its seeds from all of 0..2³¹


def main(weights: str, count: int = 100) -> None:
    """Render a set with its exact truth into a temporary folder and evaluate all paths on it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "scenes"
        folder.mkdir()
        parts = []
        for number in range(count):
            image, truth = render(random_scene(FIRST_SEED + number))
            cv2.imwrite(str(folder / f"{number}.png"), image[..., ::-1])
            size_wh = image.shape[1], image.shape[0]
            parts.append(to_coco(truth, size_wh, f"{number}.png", number + 1))
        document = parts[0] | {
            key: [item for part in parts for item in part[key]] for key in ("images", "annotations")
        }
        folder.with_suffix(".json").write_text(json.dumps(document))
        result = evaluate(
            load_detector(weights), CocoFolder(folder.with_suffix(".json")), progress=tqdm
        )
    for name, path in result.paths.items():
        print(f"{name}: AP {path.ap:.3f}, AP50 {path.ap50:.3f} on {count} scenes")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
