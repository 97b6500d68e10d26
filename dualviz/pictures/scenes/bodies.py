"""What lies where: outlines of cells, the pixels round each, and the truth that follows from them."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from dualviz.pictures.scenes.scene import Scene
from dualviz.pictures.truth import Truth

CLASS_NAMES = ("RBC", "WBC", "Platelets")
RED, WHITE, PLATELET = range(3)
MIN_VISIBLE = 0.15  # a body of which less can be seen is marked `ignore`
# How much wider and higher than the outline, on each side and as a share of the box, people draw boxes on BCCD: medians
# of a detector trained on the photographs alone over 600 rendered bodies, in the order of CLASS_NAMES.
ANNOTATORS_MARGIN = torch.tensor([[0.044, 0.030], [0.040, 0.028], [0.105, 0.070]])

ANGLES = np.linspace(0, 2 * np.pi, 720, endpoint=False, dtype=np.float32)
COMPASS = np.stack((np.cos(ANGLES), np.sin(ANGLES)))
# White cells: how frequent they are, and their radius in pixels.
WHITE_KINDS = {
    "neutrophil": (0.60, (45, 67)),
    "eosinophil": (0.10, (48, 64)),
    "monocyte": (0.12, (52, 72)),
    "lymphocyte": (0.18, (31, 62)),
}


@dataclass(frozen=True)
class Body:
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
class Patch:
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


def patch_of(body: Body, scene: Scene, fine: int = 1, margin: int = 4) -> Patch:
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
    return Patch(where, fine, body.radius, dx, dy, distance, edge)


def stream(scene: Scene, *stream: int) -> np.random.Generator:
    """One independent stream a purpose, so that a slider changes only what it names (+ 1: NumPy drops zeros)."""
    return np.random.default_rng((scene.seed, *(part + 1 for part in stream)))


def white_kind(scene: Scene, index: int) -> str:
    frequency = [kind[0] for kind in WHITE_KINDS.values()]
    return str(stream(scene, WHITE, index, 2).choice(tuple(WHITE_KINDS), p=frequency))


def _body(rng, centre, radius: float, oblong: float, bumps: dict[int, float]) -> Body:
    """An ellipse of random stretch and direction with waves: `bumps` gives amplitude by waves per turn."""
    stretch = math.exp(rng.normal(0, oblong) / 2)
    turned = ANGLES - rng.uniform(0, math.pi)
    outline = radius / np.hypot(np.cos(turned) / stretch, np.sin(turned) * stretch)
    for waves, amplitude in bumps.items():
        phase, strength = rng.uniform(0, 2 * math.pi), rng.normal(0, amplitude)
        outline = outline * (1 + strength * np.cos(waves * ANGLES + phase))
    return Body(centre, radius, outline)


def placed(scene: Scene) -> tuple[list[Body], list[Body], list[Body]]:
    """White cells first, red cells round them, platelets into the gaps."""
    whites: list[Body] = []
    reds: list[Body] = []
    platelets: list[Body] = []
    for index in range(scene.white_cells):
        rng = stream(scene, WHITE, index, 0)
        radius = scene.size * rng.uniform(*WHITE_KINDS[white_kind(scene, index)][1])
        centre = _roomiest(_anywhere(scene, rng, 0.2 * radius, 12), radius, whites)
        whites.append(_body(rng, centre, radius, 0.10, {3: 0.025, 4: 0.015, 5: 0.012, 7: 0.008}))
    for index in range(scene.red_cells):
        rng, place = stream(scene, RED, index, 0), stream(scene, RED, index, 2)
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
        rng = stream(scene, PLATELET, index, 0)
        radius = scene.size * 10.5 * math.exp(rng.normal(0, 0.2))
        rivals = whites + reds if rng.random() < 0.8 else whites  # some lie on a red cell
        centre = _roomiest(_anywhere(scene, rng, -radius, 20), radius, rivals)
        waves = {2: 0.06, 3: 0.06, 4: 0.04, 5: 0.03}
        platelets.append(_body(rng, centre, radius, 0.2, waves))
    return reds, whites, platelets


def _anywhere(scene: Scene, rng, beyond: float, count: int) -> np.ndarray:
    """Random points (count, 2), up to `beyond` pixels outside the picture."""
    return rng.uniform(-beyond, np.array([scene.width, scene.height]) + beyond, (count, 2))


def _roomiest(spots: np.ndarray, radius: float, others: list[Body]) -> tuple[float, float]:
    """Of spots (N, 2) the one with the widest gap to the nearest body; 3 px is wide enough, then the first one wins."""
    centres = np.array([other.centre for other in others]).reshape(-1, 2)
    reach = np.array([other.radius for other in others]) + radius
    gaps = np.linalg.norm(spots[:, None] - centres, axis=-1) - reach
    return tuple(spots[gaps.min(1, initial=3.0).argmax()].tolist())


def truth_of(scene: Scene, bodies, patches) -> Truth:
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


def as_annotated(truth: Truth, image_wh: tuple[int, int]) -> Truth:
    """The truth of `render` with boxes as loose as BCCD's annotators draw them, clipped to the picture.

    Mixed into training beside the photographs, exact boxes would teach a second meaning of "box"; these do not.
    """
    margin = (truth.boxes[:, 2:] - truth.boxes[:, :2]) * ANNOTATORS_MARGIN[truth.labels]
    boxes = truth.boxes + torch.cat((-margin, margin), 1)
    limit = torch.tensor([*image_wh, *image_wh], dtype=torch.float32)
    return replace(truth, boxes=torch.minimum(boxes.clamp(min=0), limit))
