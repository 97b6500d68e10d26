"""A labelled set small enough to be learnt by heart: two noisy pictures with one bright block each."""

import json
from pathlib import Path

import cv2
import numpy as np


def block_set(folder: Path) -> str:
    """Write blocks/0.png, blocks/1.png (96 x 64) and blocks.json (COCO) into a folder; the path of the last."""
    (folder / "blocks").mkdir()
    rng = np.random.default_rng(0)
    document = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "block"}]}
    for number in range(2):
        picture = rng.integers(40, 80, (64, 96, 3)).astype(np.uint8)
        picture[16:48, 20:60] = 240
        cv2.imwrite(str(folder / "blocks" / f"{number}.png"), picture)
        document["images"].append({"id": number, "file_name": f"{number}.png"})
        document["annotations"].append(
            {"id": number + 1, "image_id": number, "category_id": 1, "bbox": [20, 16, 40, 32]}
        )
    file = folder / "blocks.json"
    file.write_text(json.dumps(document))
    return str(file)
