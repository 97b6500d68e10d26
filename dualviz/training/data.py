"""What a training run sees: pictures of a folder and rendered smears, and what is done to both before the network.

Sample number i of a run is a pure function of the seed and of i. Workers, interruptions and resumed runs therefore see
the very same pictures.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dualviz.pictures import scenes
from dualviz.pictures.dataset import CocoFolder, Labelled
from dualviz.pictures.objects import listed
from dualviz.words import UserError

GREY = 114
LEAST_VISIBLE = 0.25  # of a box's area, below which a cropped object is no longer taught
LEAST_SIDE = 4  # pixels
TRAINED_FROM = (
    1_000_000  # seed of the first smear of a limited supply: far from those that are measured on
)
STRIDE = 32  # pixels: sides of a network's input are multiples of it


@dataclass(frozen=True)
class Recipe:
    """What happens to a picture on its way into the network; every share is a probability.

    Attributes:
        canvas_wh: width and height of the network's input in pixels, multiples of 32.
        grow_from: share of both sides that a run begins with; they grow to the whole until the closing phase.
        zoom: least and greatest scale of the picture against one that fills the canvas.
        mosaic: share of samples joined from four pictures.
        mixup: share of samples blended half and half with another.
        scenes: share of pictures rendered by `dualviz.pictures.scenes` instead of taken from the folder.
        supply: how many different ones there are, held in memory once rendered; 0: no two are the same.
        upside: whether up and down, and x and y, may be swapped: true for a microscope, not for a street.
        hue, saturation, brightness: greatest relative change of each.
    """

    canvas_wh: tuple[int, int] = (416, 320)
    grow_from: float = 1.0
    zoom: tuple[float, float] = (0.6, 1.5)
    mosaic: float = 0.5
    mixup: float = 0.0
    scenes: float = 0.0
    supply: int = 0
    upside: bool = True
    hue: float = 0.02
    saturation: float = 0.5
    brightness: float = 0.3

    def grown(self, progress: float) -> "Recipe":
        """Return the recipe at a share of the way to the closing phase: small pictures are quick, and teach much.

        >>> [Recipe((224, 192), grow_from=0.5).grown(share).canvas_wh for share in (0, 0.5, 1)]
        [(128, 96), (160, 160), (224, 192)]
        """
        share = self.grow_from + (1 - self.grow_from) * progress
        canvas = tuple(
            max(STRIDE, STRIDE * int(side * share / STRIDE + 0.5)) for side in self.canvas_wh
        )
        return replace(self, canvas_wh=canvas)

    def closing(self) -> "Recipe":
        """Return the recipe of the last phase: whole pictures, no mosaic, no mix-up, gentle zoom."""
        return replace(
            self,
            grow_from=1.0,
            zoom=(0.9, 1.15),
            mosaic=0.0,
            mixup=0.0,
            hue=self.hue / 2,
            saturation=self.saturation / 2,
            brightness=self.brightness / 2,
        )


class Samples(Dataset):
    """The endless stream of a run, cut to samples [start, stop): item j is sample number start + j, or the share's j-th.

    Args:
        folder: labelled pictures.
        recipe: for the samples before `closing_from`; its `closing()` for the others.
        closing_from: number of the first sample of the closing phase.
        scenes_from: number of the first sample in which rendered scenes take part.
        batch: samples that are seen together and so share one canvas.
        share: (place, count) of the process among those that share every batch: only its part of each is here.
    """

    def __init__(
        self,
        folder: CocoFolder,
        recipe: Recipe,
        seed: int,
        start: int,
        stop: int,
        closing_from: int,
        scenes_from: int = 0,
        batch: int = 1,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        known = {name.casefold() for name in folder.class_names}
        if recipe.scenes and not known >= {name.casefold() for name in scenes.CLASS_NAMES}:
            raise UserError(
                "rendered scenes show {scenes}, but {set} has {classes}: train without scenes",
                scenes=listed(scenes.CLASS_NAMES),
                set=folder.path,
                classes=listed(folder.class_names),
            )
        self.folder, self.recipe, self.closing = folder, recipe, recipe.closing()
        self.seed, self.start, self.stop = seed, start, stop
        self._supply: dict[int, Labelled] = {}
        self.closing_from, self.scenes_from, self.batch = closing_from, scenes_from, batch
        self.place, self.count = share

    def __len__(self) -> int:
        return (self.stop - self.start) // self.count

    def __getitem__(self, item: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        if not 0 <= item < len(self):
            raise IndexError(f"sample {item} of {len(self)}")
        part = self.batch // self.count
        number = self.start + item // part * self.batch + self.place * part + item % part
        rng = np.random.default_rng((self.seed, number))
        recipe = self._recipe(number)
        share = recipe.scenes if number >= self.scenes_from else 0.0
        image, boxes, labels, ignore = self._compose(recipe, share, rng)
        if rng.random() < recipe.mixup:
            other = self._compose(recipe, share, rng)
            image = ((image.astype(np.uint16) + other[0]) // 2).astype(np.uint8)
            boxes, labels, ignore = (
                np.concatenate(pair) for pair in zip((boxes, labels, ignore), other[1:])
            )
        image = _recolour(image, recipe, rng)
        return (
            torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))),
            torch.from_numpy(boxes),
            torch.from_numpy(labels),
            torch.from_numpy(ignore),
        )

    def _recipe(self, number: int) -> Recipe:
        if number >= self.closing_from:
            return self.closing
        return self.recipe.grown(number // self.batch * self.batch / self.closing_from)

    def _draw(self, share: float, rng: np.random.Generator) -> Labelled:
        if rng.random() >= share:
            return self.folder[int(rng.integers(len(self.folder)))]
        if not self.recipe.supply:
            return self._rendered(int(rng.integers(2**31)))
        seed = TRAINED_FROM + int(rng.integers(self.recipe.supply))
        if seed not in self._supply:
            self._supply[seed] = self._rendered(seed)
        return self._supply[seed]

    def _rendered(self, seed: int) -> Labelled:
        image, truth = scenes.render(scenes.random_scene(seed))
        truth = scenes.as_annotated(truth, (image.shape[1], image.shape[0]))
        truth = truth.for_classes(self.folder.class_names)
        return Labelled(image, truth.boxes.numpy(), truth.labels.numpy(), truth.ignore.numpy())

    def _compose(
        self, recipe: Recipe, share: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        width, height = recipe.canvas_wh
        canvas = np.full((height, width, 3), GREY, np.uint8)
        if rng.random() < recipe.mosaic:
            cx, cy = int(width * rng.uniform(0.3, 0.7)), int(height * rng.uniform(0.3, 0.7))
            tiles = [
                (0, 0, cx, cy),
                (cx, 0, width, cy),
                (0, cy, cx, height),
                (cx, cy, width, height),
            ]
        else:
            tiles = [(0, 0, width, height)]
        parts = []
        for x1, y1, x2, y2 in tiles:
            picture = self._draw(share, rng)
            zoom = rng.uniform(*recipe.zoom) * (0.75 if len(tiles) > 1 else 1.0)
            matrix = _placement(picture.image.shape[:2], recipe, (x1, y1, x2, y2), zoom, rng)
            canvas[y1:y2, x1:x2] = cv2.warpAffine(
                picture.image,
                matrix - np.array([[0, 0, x1], [0, 0, y1]]),
                (x2 - x1, y2 - y1),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=(GREY,) * 3,
            )
            parts.append(_move(picture, matrix, (x1, y1, x2, y2)))
        return canvas, *(np.concatenate(column) for column in zip(*parts))


def batches(samples: Samples, batch: int, workers: int) -> Iterator[tuple[Tensor, ...]]:
    """Batches in the order of the sample numbers, prepared by so many other processes (0: by this one).

    Each is images (B, 3, H, W) uint8, boxes (B, G, 4), labels (B, G) padded by −1, ignored boxes (B, I, 4).

    Raises:
        ValueError: a picture cannot be read.
    """
    # Processes are spawned: OpenCV's threads do not survive a fork.
    spawned = {"multiprocessing_context": "spawn", "prefetch_factor": 4, "worker_init_fn": _deaf}
    options = spawned if workers else {}
    try:
        yield from DataLoader(samples, batch, num_workers=workers, collate_fn=_collate, **options)
    except ValueError as error:
        if not workers:
            raise
        # another process's comes with its whole traceback, in English, the error's kind and sentence last
        last = str(error).strip().splitlines()[-1]
        raise ValueError(last.partition(": ")[2] or last) from None


def _deaf(_: int) -> None:
    """Ctrl-C reaches every process of a terminal; what becomes of the run is for the first one to say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _collate(items: list[tuple[Tensor, ...]]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Stack pictures; pad objects to the most crowded one. Ignored objects stand last, apart from the taught."""
    most = max((int((~ignore).sum()) for *_, ignore in items), default=0)
    spared = max((int(ignore.sum()) for *_, ignore in items), default=0)
    images = torch.stack([image for image, *_ in items])
    boxes, labels = torch.zeros(len(items), most, 4), torch.full((len(items), most), -1)
    ignored = torch.zeros(len(items), spared, 4)
    for row, (_, box, label, ignore) in enumerate(items):
        taught = ~ignore
        boxes[row, : taught.sum()], labels[row, : taught.sum()] = box[taught], label[taught]
        ignored[row, : ignore.sum()] = box[ignore]
    return images, boxes, labels, ignored


def _placement(
    size_hw: tuple[int, int],
    recipe: Recipe,
    tile: tuple[int, int, int, int],
    zoom: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Affine matrix (2, 3) from picture to canvas: flips, zoom against the canvas, then a random place in the tile."""
    height, width = size_hw
    matrix = np.eye(3)
    if rng.random() < 0.5:
        matrix = np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1.0]]) @ matrix
    if recipe.upside and rng.random() < 0.5:
        matrix = np.array([[1, 0, 0], [0, -1, height], [0, 0, 1.0]]) @ matrix
    if recipe.upside and rng.random() < 0.25:
        matrix = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]]) @ matrix
        height, width = width, height
    canvas_w, canvas_h = recipe.canvas_wh
    gain = zoom * min(canvas_w / width, canvas_h / height)
    matrix = np.diag([gain, gain, 1]) @ matrix
    x1, y1, x2, y2 = tile
    spare = np.array([x2 - x1 - width * gain, y2 - y1 - height * gain])
    matrix[:2, 2] += np.array([x1, y1]) + spare * rng.random(2)
    return matrix[:2]


def _move(
    picture: Labelled, matrix: np.ndarray, tile: tuple[int, int, int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Carry boxes through the matrix, clip them to the tile and drop what is hardly visible any more."""
    corners = picture.boxes.reshape(-1, 2, 2) @ matrix[:, :2].T + matrix[:, 2]
    boxes = np.concatenate((corners.min(1), corners.max(1)), 1)
    clipped = np.clip(boxes, [tile[0], tile[1]] * 2, [tile[2], tile[3]] * 2)
    side, before = clipped[:, 2:] - clipped[:, :2], (boxes[:, 2:] - boxes[:, :2]).prod(1)
    keep = (side.min(1, initial=np.inf) >= LEAST_SIDE) & (side.prod(1) >= LEAST_VISIBLE * before)
    return clipped[keep].astype(np.float32), picture.labels[keep], picture.ignore[keep]


def _recolour(image: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """Change hue, saturation and brightness by a random factor each, through one look-up table a channel."""
    gain = 1 + rng.uniform(-1, 1, 3) * (recipe.hue, recipe.saturation, recipe.brightness)
    ramp = np.arange(256)
    tables = (
        ((ramp + (gain[0] - 1) * 180) % 180).astype(np.uint8),
        np.clip(ramp * gain[1], 0, 255).astype(np.uint8),
        np.clip(ramp * gain[2], 0, 255).astype(np.uint8),
    )
    channels = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV))
    turned = cv2.merge([cv2.LUT(c, table) for c, table in zip(channels, tables)])
    return cv2.cvtColor(turned, cv2.COLOR_HSV2RGB)
