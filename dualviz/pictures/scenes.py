"""An endless supply of labelled blood smears: sliders and a seed go in, a micrograph and its exact truth come out.

Every cell is an absorbing body. Red cells add up their optical density, so overlapping ones darken and stay visible through
each other as under a microscope; white cells hide what is below. Colours, sizes and counts follow the photographs of BCCD
(https://github.com/Shenggan/BCCD_Dataset, 416 × 312 px); no pixel is taken from them.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from dualviz.pictures.images import read_image
from dualviz.pictures.truth import Truth, join_coco, read_truth, to_coco
from dualviz.words import Labels

CLASS_NAMES = ("RBC", "WBC", "Platelets")
RED, WHITE, PLATELET = range(3)
# What each slider may be; a page builds its controls from this table.
RANGES = {
    "red_cells": (0, 80),
    "white_cells": (0, 4),
    "platelets": (0, 20),
    "crowding": (0.0, 1.0),
    "overlap": (0.0, 0.9),
    "size": (0.5, 1.5),
    "blur": (0.0, 4.0),
    "stain": (0.4, 1.8),
    "seed": (0, 2**31 - 1),
    "width": (64, 2048),
    "height": (64, 2048),
}
MIN_VISIBLE = 0.15  # a body of which less can be seen is marked `ignore`
# How much wider and higher than the outline, on each side and as a share of the box, people draw boxes on BCCD: medians
# of a detector trained on the photographs alone over 600 rendered bodies, in the order of CLASS_NAMES.
ANNOTATORS_MARGIN = torch.tensor([[0.044, 0.030], [0.040, 0.028], [0.105, 0.070]])

ANGLES = np.linspace(0, 2 * np.pi, 720, endpoint=False, dtype=np.float32)
COMPASS = np.stack((np.cos(ANGLES), np.sin(ANGLES)))
# Optical density per channel (R, G, B) against the empty background: medians over the 205 training photographs.
RED_DENSITY = np.array([0.130, 0.300, 0.205], np.float32)
NUCLEUS_DENSITY = np.array([0.46, 0.80, -0.06], np.float32)
PLATELET_DENSITY = np.array([0.34, 0.44, -0.01], np.float32)
# White cells: how frequent, their radius in pixels, and the density of their cytoplasm.
WHITE_KINDS = {
    "neutrophil": (0.60, (45, 67), np.array([0.10, 0.25, 0.00], np.float32)),
    "eosinophil": (0.10, (48, 64), np.array([0.09, 0.33, 0.12], np.float32)),
    "monocyte": (0.12, (52, 72), np.array([0.19, 0.29, 0.01], np.float32)),
    "lymphocyte": (0.18, (31, 62), np.array([0.30, 0.28, -0.04], np.float32)),
}
BACKGROUND = np.array([201, 203, 198], np.float32)
# Red cells piled up darken less than in proportion, blue least so: they turn brown under the camera's curve.
SATURATION = np.array([1.8, 1.8, 2.4], np.float32)


@dataclass(frozen=True)
class Scene:
    """The sliders of one picture. The same sliders and seed give the same picture.

    Attributes:
        red_cells, white_cells, platelets: how many are placed (0 to 80, 4, 20); some may lie across the border.
        crowding: share of red cells that join the one before into a chain, 0 to 1.
        overlap: how deep joined cells lie on one another, 0 (rims touch) to 0.9 (nearly the same place).
        size: of all bodies, 1 is a red cell of 64 px as in the photographs; 0.5 to 1.5.
        blur: sigma of the defocus in pixels, 0 to 4.
        stain: strength of the dye, 0.4 (pale) to 1.8.
        seed: chooses places, shapes, shades and noise.
        width, height: of the picture in pixels, 64 to 2048.
    """

    red_cells: int = 16
    white_cells: int = 1
    platelets: int = 2
    crowding: float = 0.5
    overlap: float = 0.3
    size: float = 1.0
    blur: float = 0.6
    stain: float = 1.0
    seed: int = 0
    width: int = 416
    height: int = 312

    def __post_init__(self):
        for field in fields(self):
            value, (low, high) = getattr(self, field.name), RANGES[field.name]
            if not low <= value <= high or (isinstance(low, int) and value != int(value)):
                kind = "a whole number" if isinstance(low, int) else "a number"
                raise ValueError(f"{field.name} must be {kind} in [{low}, {high}], got {value}")


SAMPLES = {
    "crowded": Scene(red_cells=34, platelets=3, crowding=0.7, overlap=0.35, seed=7),
    "sparse": Scene(red_cells=10, platelets=3, crowding=0.2, overlap=0.1, seed=4),
    "overlapping": Scene(red_cells=20, white_cells=0, crowding=0.5, overlap=0.75, seed=5),
    "white-cells": Scene(red_cells=14, white_cells=3, platelets=4, overlap=0.2, seed=5),
}
# Few enough to be counted by eye, and yet our one-to-one head names one of them twice: where the Detections page opens.
STACK, RENDERED = "stacked", "rendered"  # what a link calls it, and the smear of its sliders
STACKED = Scene(red_cells=6, platelets=1, crowding=0.9, overlap=0.4, seed=687)
FINE = 2  # pixels that a bundled scene is shown with, per pixel that the network sees
FINE_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]
SAMPLE_FOLDER = Path(__file__).parents[2] / "assets" / "scenes"


CROWDS = Labels({"loose": "smears, loose", "mixed": "smears, mixed", "crowded": "smears, crowded"})
# What a crowding draws instead, each within its range; "mixed" is as drawn, spread a little wider than the photographs.
CROWDINGS: dict[str, dict[str, tuple[float, float]]] = {
    "loose": {"red_cells": (6, 15), "crowding": (0.0, 0.2), "overlap": (0.0, 0.15)},
    "mixed": {},
    "crowded": {"red_cells": (28, 40), "crowding": (0.6, 0.9), "overlap": (0.25, 0.6)},
}


def random_scene(seed: int, width: int = 416, height: int = 312, crowd: str = "mixed") -> Scene:
    """Draw all sliders at random: training data without end.

    Args:
        seed: of the drawing, and of the scene.
        width, height: in pixels.
        crowd: a key of `CROWDS`.
    """
    rng = np.random.default_rng((seed, 99))
    scene = Scene(
        red_cells=int(rng.integers(8, 40)),
        white_cells=int(rng.choice(4, p=[0.15, 0.6, 0.2, 0.05])),
        platelets=min(int(rng.poisson(1.8)), 8),
        crowding=float(rng.uniform(0.0, 0.9)),
        overlap=float(rng.beta(1.6, 2.6) * 0.9),
        size=float(rng.uniform(0.8, 1.25)),
        blur=float(rng.uniform(0.0, 1.3)),
        stain=float(rng.uniform(0.75, 1.3)),
        seed=seed,
        width=width,
        height=height,
    )
    others = np.random.default_rng((seed, 98))
    drawn: dict[str, Any] = {name: others.uniform(*ends) for name, ends in CROWDINGS[crowd].items()}
    if "red_cells" in drawn:
        drawn["red_cells"] = round(drawn["red_cells"])
    return replace(scene, **drawn)


def render(scene: Scene, fine: int = 1) -> tuple[np.ndarray, Truth]:
    """Paint a scene.

    Args:
        scene: what lies where, in its own pixels.
        fine: pixels painted per pixel of the scene, along each side: the same bodies under a sharper camera.

    Returns:
        image: uint8 (fine * height, fine * width, 3) RGB.
        truth: boxes around each body's whole outline, covered parts included, clipped to the picture; in the order red,
            white, platelets. A body of which less than 15 % of the area can be seen (the rest being outside the picture
            or under a white cell) is marked `ignore`; one with nothing to see is left out. A red cell under another red
            cell is seen through it and stays.
    """
    bodies = _place(scene)
    patches = [[_patch(body, scene, fine) for body in members] for members in bodies]
    density = _red_layer(scene, patches[RED], fine)
    for index, patch in enumerate(patches[WHITE]):
        _paint_white(density, patch, _white_kind(scene, index), _rng(scene, WHITE, index, 1))
    for index, patch in enumerate(patches[PLATELET]):
        _paint_platelet(density, patch, _rng(scene, PLATELET, index, 1))
    if (
        fine > 1
    ):  # how much of a body is seen is counted in the scene's own pixels, whatever is painted
        own = [[_patch(body, scene) for body in members] for members in bodies]
        return _photograph(density, scene, fine), _truth(scene, bodies, own)
    return _photograph(density, scene), _truth(scene, bodies, patches)


def write_samples(folder: Path) -> None:
    """Render `SAMPLES` into a folder: one JPEG each, the truth of all in `truth.json` (COCO), and in the folder `fine`
    the same scenes painted twice as fine.
    """
    named = {f"{name}.jpg": scene for name, scene in SAMPLES.items()}
    write_scenes(named.items(), folder, folder / "truth.json")
    (folder / "fine").mkdir(exist_ok=True)
    for name, scene in named.items():
        _, packed = cv2.imencode(".jpg", render(scene, FINE)[0][..., ::-1], FINE_JPEG)
        (folder / "fine" / name).write_bytes(packed.tobytes())


def random_scenes(
    count: int, seed: int = 0, crowd: str = "mixed", suffix: str = ".png"
) -> Iterator[tuple[str, Scene]]:
    """`random_scene` of so many seeds from `seed` on, with a file name each."""
    return (
        (f"smear-{number}{suffix}", random_scene(number, crowd=crowd))
        for number in range(seed, seed + count)
    )


def write_scenes(named: Iterable[tuple[str, Scene]], folder: Path, document: Path) -> None:
    """Render a labelled set: a picture each into `folder`, the exact boxes of all into `document` (COCO).

    Args:
        named: file name, its suffix the format, and scene.
        folder: made where it is not there yet, as is that of `document`.
        document: a JSON file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for image_id, (name, scene) in enumerate(named, 1):
        image, truth = render(scene)
        _, packed = cv2.imencode(Path(name).suffix, image[..., ::-1])
        (folder / name).write_bytes(packed.tobytes())
        parts.append(to_coco(truth, (scene.width, scene.height), name, image_id))
    document.write_text(json.dumps(join_coco(parts), indent=0) + "\n", encoding="utf-8")


TITLES = Labels(
    {
        "crowded": "Crowded",
        "overlapping": "Overlapping",
        "sparse": "Sparse",
        "white-cells": "White cells",
        "stacked": "Stacked",
    }
)


def title_of(name: str) -> str:
    """What a picture of the gallery is called, in the present language; another name as it stands, in words.

    >>> title_of("white-cells"), title_of("my-smear")
    ('White cells', 'My smear')
    """
    return TITLES.get(name, plain_title(name))


def plain_title(name: str) -> str:
    """A file's name in words, in no language.

    >>> plain_title("white-cells")
    'White cells'
    """
    return name.replace("-", " ").capitalize()


def gallery() -> dict[str, Callable[[], tuple[np.ndarray, Truth | None]]]:
    """The pictures that are always there: name → loader of (uint8 RGB picture, its truth or None).

    The rendered samples carry their truth; Matplotlib's sample portrait comes from the installed package and has none.
    """
    pictures = {name: lambda name=name: _load_sample(name) for name in SAMPLES}
    return {**pictures, "portrait": _load_portrait}


def shown(name: str) -> np.ndarray | None:
    """A picture of `gallery` as it is shown, uint8 RGB, finer than what the network sees of it; None: as it is."""
    path = SAMPLE_FOLDER / "fine" / f"{name}.jpg"
    return read_image(path.read_bytes(), path.name) if name in SAMPLES else None


def _load_sample(name: str) -> tuple[np.ndarray, Truth]:
    image = read_image((SAMPLE_FOLDER / f"{name}.jpg").read_bytes(), name)
    truth, size_wh = (SAMPLE_FOLDER / "truth.json").read_bytes(), (image.shape[1], image.shape[0])
    return image, read_truth(truth, "truth.json", size_wh, picture_name=f"{name}.jpg")


def _load_portrait() -> tuple[np.ndarray, None]:
    from matplotlib.cbook import get_sample_data  # slow to import, and only this picture needs it

    path = Path(get_sample_data("grace_hopper.jpg", asfileobj=False))
    return read_image(path.read_bytes(), path.name), None


def as_annotated(truth: Truth, image_wh: tuple[int, int]) -> Truth:
    """The truth of `render` with boxes as loose as BCCD's annotators draw them, clipped to the picture.

    Mixed into training beside the photographs, exact boxes would teach a second meaning of "box"; these do not.
    """
    margin = (truth.boxes[:, 2:] - truth.boxes[:, :2]) * ANNOTATORS_MARGIN[truth.labels]
    boxes = truth.boxes + torch.cat((-margin, margin), 1)
    limit = torch.tensor([*image_wh, *image_wh], dtype=torch.float32)
    return replace(truth, boxes=torch.minimum(boxes.clamp(min=0), limit))


@dataclass(frozen=True)
class _Body:
    """A star-shaped outline: distances (720,) from the centre (x, y) in each direction of `ANGLES`, in pixels."""

    centre: tuple[float, float]
    radius: float
    outline: np.ndarray

    def box(self) -> tuple[float, float, float, float]:
        (x, y), rim = self.centre, COMPASS * self.outline
        (left, top), (right, bottom) = rim.min(1).tolist(), rim.max(1).tolist()
        return x + left, y + top, x + right, y + bottom

    def area(self) -> float:
        return float(0.5 * np.square(self.outline).sum() * (2 * np.pi / len(ANGLES)))


@dataclass(frozen=True)
class _Patch:
    """The pixels of the picture around one body, seen from its centre."""

    where: tuple[slice, slice]
    fine: int  # pixels per pixel of the scene; all lengths are in the scene's
    radius: float
    dx: np.ndarray  # (1, w)
    dy: np.ndarray  # (h, 1)
    distance: np.ndarray  # (h, w) to the centre
    edge: np.ndarray  # (h, w) distance of the outline in that direction

    @property
    def depth(self) -> np.ndarray:
        """How far inside the outline, in pixels; negative outside."""
        return self.edge - self.distance


def _patch(body: _Body, scene: Scene, fine: int = 1, margin: int = 4) -> _Patch:
    x1, y1, x2, y2 = body.box()
    left, right = np.clip((int(x1) - margin, int(x2) + margin + 1), 0, scene.width).tolist()
    top, bottom = np.clip((int(y1) - margin, int(y2) + margin + 1), 0, scene.height).tolist()
    columns, rows = (
        (np.arange(fine * low, fine * high, dtype=np.float32) + 0.5) / fine
        for low, high in ((left, right), (top, bottom))
    )
    dx = (columns - body.centre[0])[None, :]
    dy = (rows - body.centre[1])[:, None]
    across, down = np.broadcast_arrays(dx, dy)
    distance, degrees = cv2.cartToPolar(across, down, angleInDegrees=True)
    edge = body.outline[np.rint(degrees * (len(ANGLES) / 360)).astype(np.int32) % len(ANGLES)]
    where = slice(fine * top, fine * bottom), slice(fine * left, fine * right)
    return _Patch(where, fine, body.radius, dx, dy, distance, edge)


def _rng(scene: Scene, *stream: int) -> np.random.Generator:
    """One independent stream a purpose, so that a slider changes only what it names (+ 1: NumPy drops zeros)."""
    return np.random.default_rng((scene.seed, *(part + 1 for part in stream)))


def _white_kind(scene: Scene, index: int) -> str:
    frequency = [kind[0] for kind in WHITE_KINDS.values()]
    return str(_rng(scene, WHITE, index, 2).choice(tuple(WHITE_KINDS), p=frequency))


def _body(rng, centre, radius: float, oblong: float, bumps: dict[int, float]) -> _Body:
    """An ellipse of random stretch and direction with waves: `bumps` gives amplitude by waves per turn."""
    stretch = math.exp(rng.normal(0, oblong) / 2)
    turned = ANGLES - rng.uniform(0, math.pi)
    outline = radius / np.hypot(np.cos(turned) / stretch, np.sin(turned) * stretch)
    for waves, amplitude in bumps.items():
        phase, strength = rng.uniform(0, 2 * math.pi), rng.normal(0, amplitude)
        outline = outline * (1 + strength * np.cos(waves * ANGLES + phase))
    return _Body(centre, radius, outline)


def _place(scene: Scene) -> tuple[list[_Body], list[_Body], list[_Body]]:
    """White cells first, red cells round them, platelets into the gaps."""
    whites: list[_Body] = []
    reds: list[_Body] = []
    platelets: list[_Body] = []
    for index in range(scene.white_cells):
        rng = _rng(scene, WHITE, index, 0)
        radius = scene.size * rng.uniform(*WHITE_KINDS[_white_kind(scene, index)][1])
        centre = _roomiest(_anywhere(scene, rng, 0.2 * radius, 12), radius, whites)
        whites.append(_body(rng, centre, radius, 0.10, {3: 0.025, 4: 0.015, 5: 0.012, 7: 0.008}))
    for index in range(scene.red_cells):
        rng, place = _rng(scene, RED, index, 0), _rng(scene, RED, index, 2)
        radius = scene.size * 32 * math.exp(rng.normal(0, 0.09))
        if place.random() < scene.crowding and reds:
            apart = (1 - scene.overlap * place.uniform(0.75, 1.1)) * (radius + reds[-1].radius)
            turn = place.uniform(0, 2 * np.pi, 10)
            spots = reds[-1].centre + apart * np.stack((np.cos(turn), np.sin(turn)), -1)
            kept = np.clip(spots, 0, (scene.width, scene.height))
            inside = (spots == kept).all(1)
            spots = spots[inside] if inside.any() else kept
            centre = _roomiest(spots, radius, whites + reds[:-1])
        else:
            centre = _roomiest(_anywhere(scene, place, 0.5 * radius, 14), radius, whites + reds)
        waves = {2: 0.02, 3: 0.028, 4: 0.015, 5: 0.01}
        if rng.random() < 0.06:  # crenated: the rim is scalloped
            waves[int(rng.integers(9, 14))] = 0.025
        reds.append(_body(rng, centre, radius, 0.13, waves))
    for index in range(scene.platelets):
        rng = _rng(scene, PLATELET, index, 0)
        radius = scene.size * 10.5 * math.exp(rng.normal(0, 0.2))
        rivals = whites + reds if rng.random() < 0.8 else whites  # some lie on a red cell
        centre = _roomiest(_anywhere(scene, rng, -radius, 20), radius, rivals)
        waves = {2: 0.06, 3: 0.06, 4: 0.04, 5: 0.03}
        platelets.append(_body(rng, centre, radius, 0.2, waves))
    return reds, whites, platelets


def _anywhere(scene: Scene, rng, beyond: float, count: int) -> np.ndarray:
    """Random points (count, 2), up to `beyond` pixels outside the picture."""
    return rng.uniform(-beyond, np.array([scene.width, scene.height]) + beyond, (count, 2))


def _roomiest(spots: np.ndarray, radius: float, others: list[_Body]) -> tuple[float, float]:
    """Of spots (N, 2) the one with the widest gap to the nearest body; 3 px is wide enough, then the first one wins."""
    centres = np.array([other.centre for other in others]).reshape(-1, 2)
    reach = np.array([other.radius for other in others]) + radius
    gaps = np.linalg.norm(spots[:, None] - centres, axis=-1) - reach
    return tuple(spots[gaps.min(1, initial=3.0).argmax()].tolist())


# ── paint: every function adds to `density`, float32 (H, W, 3) ──


def _soft(depth: np.ndarray, width: float) -> np.ndarray:
    """0 where `depth` is at most 0, rising smoothly to 1 at `width`: a body fades out exactly at its outline."""
    x = np.clip(depth / width, 0, 1)
    return x * x * (3 - 2 * x)


def _grain(rng, shape: tuple[int, ...], sigma: float, fine: int = 1) -> np.ndarray:
    """Smooth noise of zero mean and unit deviation; the same grain at every `fine`, which divides both sides of `shape`."""
    coarse = shape[0] // fine, shape[1] // fine
    noise = cv2.GaussianBlur(rng.standard_normal(coarse, np.float32), (0, 0), sigma)
    if fine > 1:
        noise = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return noise * (2 * math.sqrt(math.pi) * sigma)


def _red_layer(scene: Scene, patches: list[_Patch], fine: int = 1) -> np.ndarray:
    """All red cells as summed density."""
    density = np.zeros((fine * scene.height, fine * scene.width, 3), np.float32)
    picture = _rng(scene, RED)
    warmth, paleness = picture.triangular(-0.15, 0.0, 0.5), picture.uniform(0, 1)
    for index, patch in enumerate(patches):
        rng = _rng(scene, RED, index, 1)
        pallor = min(max(rng.normal(0.4 + 0.4 * paleness, 0.3), 0.0), 1.0)
        width, slope = rng.uniform(0.35, 0.75), rng.uniform(0.5, 1.2)
        thick = min(max(rng.normal(1.0, 0.2), 0.35), 1.4)
        off_x, off_y = rng.normal(0, 0.08 * patch.radius, 2).tolist()
        dent = np.sqrt((patch.dx - off_x) ** 2 + (patch.dy - off_y) ** 2) / (patch.edge * width)
        profile = 1 - pallor * _soft(1 + slope / 2 - dent, slope)
        rim = np.square((patch.distance / patch.edge - 0.9) / 0.09)
        profile += rng.uniform(0, 0.14) * np.exp(-rim)
        tilt_x, tilt_y = (rng.normal(0, 0.12, 2) / patch.radius).tolist()
        inside = _soft(patch.depth, 3.6)
        profile *= thick * (1 + tilt_x * patch.dx + tilt_y * patch.dy) * inside
        tint = RED_DENSITY * np.exp(
            np.array([0.3, 0.0, 1.0], np.float32) * (warmth + rng.normal(0, 0.06))
        )
        density[patch.where] *= 1 - 0.25 * inside[..., None]  # pressed flat under another
        density[patch.where] += profile[..., None] * tint
    ceiling = SATURATION * RED_DENSITY
    return ceiling * (1 - np.exp(density / -ceiling))


def _paint_white(density: np.ndarray, patch: _Patch, kind: str, rng) -> None:
    """A white cell: granular cytoplasm over whatever was there, and a lobed nucleus in it."""
    shape, fine = patch.distance.shape, patch.fine
    coarse = 0.16 if kind in ("neutrophil", "eosinophil") else 0.10
    granules = _grain(rng, shape, 1.1, fine) * coarse
    clouds = _grain(rng, shape, 7.0, fine) * 0.14
    strength = math.exp(rng.normal(0, 0.15)) * (0.75 + 0.35 * (patch.distance / patch.edge) ** 2)
    stained = strength * np.maximum(1 + granules + clouds, 0.2)
    cytoplasm = stained[..., None] * WHITE_KINDS[kind][2]
    nucleus = _nucleus(rng, kind, patch.dx / patch.radius, patch.dy / patch.radius, fine)
    texture = 1 + 0.07 * _grain(rng, shape, 2.2, fine) + 0.10 * _grain(rng, shape, 6.0, fine)
    chromatin = (math.exp(rng.normal(0, 0.12)) * texture)[..., None] * NUCLEUS_DENSITY
    painted = cytoplasm + (chromatin - cytoplasm) * nucleus[..., None]
    density[patch.where] += (painted - density[patch.where]) * _soft(patch.depth, 5.0)[..., None]


def _nucleus(rng, kind: str, x: np.ndarray, y: np.ndarray, fine: int = 1) -> np.ndarray:
    """0..1: round lobes strung on an arc that melt together where they meet; `x`, `y` in radii of the cell."""
    if kind == "lymphocyte":
        places, sizes = rng.normal(0, 0.06, (1, 2)), rng.uniform(0.72, 0.86, 1)
    else:
        lobes, spread, scale = {
            "neutrophil": (int(rng.integers(3, 6)), 1.15, 1.0),
            "eosinophil": (2, 1.9, 1.25),
            "monocyte": (4, 0.5, 1.1),
        }[kind]
        turn = rng.uniform(0, 2 * np.pi) + spread * np.arange(lobes) + rng.normal(0, 0.15, lobes)
        arc = np.stack((np.cos(turn), np.sin(turn)), -1) * rng.uniform(0.36, 0.50, (lobes, 1))
        places = arc + rng.normal(0, 0.05, 2)
        sizes = scale * rng.uniform(0.24, 0.33, lobes)
    field = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    for (px, py), size in zip(places.tolist(), sizes.tolist()):
        stretch, turn = math.exp(rng.normal(0, 0.16)), rng.uniform(0, math.pi)
        across = (x - px) * math.cos(turn) + (y - py) * math.sin(turn)
        along = (y - py) * math.cos(turn) - (x - px) * math.sin(turn)
        square = (across / stretch) ** 2 + (along * stretch) ** 2
        field += np.exp(3.0 * (1 - square / size**2))  # 1 on the rim of a lone lobe
    field += 0.10 * _grain(rng, field.shape, 5.0, fine)
    return _soft(np.log(np.maximum(field, 1e-6)) + 0.5, 1.0)


def _paint_platelet(density: np.ndarray, patch: _Patch, rng) -> None:
    """A platelet: a small ragged purple body, densest in the middle."""
    grain = 1 + 0.3 * _grain(rng, patch.distance.shape, 2.0, patch.fine)
    shade = math.exp(rng.normal(-0.3, 0.3)) * (1.15 - 0.75 * (patch.distance / patch.edge) ** 2)
    added = (
        np.maximum(shade * grain, 0.1)[..., None] * PLATELET_DENSITY - 0.5 * density[patch.where]
    )
    density[patch.where] += added * _soft(patch.depth, 5.0)[..., None]


def _photograph(density: np.ndarray, scene: Scene, fine: int = 1) -> np.ndarray:
    """Light through the smear, the lens and the sensor: absorption, uneven light, focus, fringes, dust and noise.

    The lens blurs and shifts by pixels of the scene; the sensor by its own, of which a fine one has more.
    """
    rng = _rng(scene, 3)
    height, width = density.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    slope = rng.normal(0, 0.012, 2).tolist()
    light = 1 + slope[0] * x + slope[1] * y - rng.uniform(0.0, 0.05) * (x * x + y * y)
    tone = BACKGROUND + np.float32(rng.normal(0, 2.0) + rng.normal(0, 1.0, 3))
    image = np.exp(-scene.stain * density)
    image *= light[..., None] * tone
    image = np.asarray(
        cv2.GaussianBlur(image, (0, 0), math.hypot(0.55, fine * scene.blur)), np.float32
    )
    # a bright seam round dark bodies: diffraction and the camera's sharpening
    image += rng.uniform(0.2, 0.5) * (image - cv2.GaussianBlur(image, (0, 0), 2.6 * fine))
    for channel, direction in ((0, 1), (2, -1)):  # red and blue are focused a little apart
        step = direction * 0.5 * fine
        shift = np.array([[1, 0, step], [0, 1, step]], np.float32)
        image[..., channel] = cv2.warpAffine(
            image[..., channel], shift, (width, height), borderMode=cv2.BORDER_REPLICATE
        )
    side = 7 * fine
    ring = np.zeros((side, side, 1), np.float32)
    cv2.circle(ring, (side // 2, side // 2), 2 * fine, 0.10, fine, cv2.LINE_AA)
    for _ in range(rng.integers(3, 9)):  # dust on the sensor
        left, top = int(rng.integers(0, scene.width - 7)), int(rng.integers(0, scene.height - 7))
        image[fine * top : fine * top + side, fine * left : fine * left + side] *= 1 - ring
    image += _grain(rng, (height, width), 0.7)[..., None]
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _truth(scene: Scene, bodies, patches) -> Truth:
    """Boxes, and what can be seen of each body, from the topmost (platelets, then the last white cell) down."""
    shares: list[list[float]] = [[], [], []]
    covered = np.zeros((scene.height, scene.width), bool)
    for label in (PLATELET, WHITE, RED):
        for body, patch in zip(reversed(bodies[label]), reversed(patches[label])):
            inside = patch.depth > 0
            seen = np.count_nonzero(inside & ~covered[patch.where]) / body.area()
            shares[label].insert(0, seen)
            if label == WHITE:  # nothing else is dense enough to hide what is below
                covered[patch.where] |= inside
    annotations = [
        (np.clip(body.box(), 0, [scene.width, scene.height] * 2), label, share < MIN_VISIBLE)
        for label in (RED, WHITE, PLATELET)
        for body, share in zip(bodies[label], shares[label])
        if share > 0
    ]
    return Truth(
        torch.tensor(
            np.array([box for box, _, _ in annotations]).reshape(-1, 4), dtype=torch.float32
        ),
        torch.tensor([label for _, label, _ in annotations], dtype=torch.int64),
        CLASS_NAMES,
        torch.tensor([ignore for _, _, ignore in annotations], dtype=torch.bool),
    )
