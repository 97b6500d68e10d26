"""A smear as the camera sees it: optical densities added up, and the light through them.

Every function adds to `density`, float32 (H, W, 3).
"""

import math

import cv2
import numpy as np

from dualviz.pictures.scenes.bodies import (
    PLATELET,
    RED,
    WHITE,
    Patch,
    patch_of,
    placed,
    stream,
    truth_of,
    white_kind,
)
from dualviz.pictures.scenes.scene import Scene
from dualviz.pictures.truth import Truth

# Optical density per channel (R, G, B) against the empty background: medians over the 205 training photographs.
RED_DENSITY = np.array([0.130, 0.300, 0.205], np.float32)
NUCLEUS_DENSITY = np.array([0.46, 0.80, -0.06], np.float32)
PLATELET_DENSITY = np.array([0.34, 0.44, -0.01], np.float32)
CYTOPLASM_DENSITY = {  # of white cells
    "neutrophil": np.array([0.10, 0.25, 0.00], np.float32),
    "eosinophil": np.array([0.09, 0.33, 0.12], np.float32),
    "monocyte": np.array([0.19, 0.29, 0.01], np.float32),
    "lymphocyte": np.array([0.30, 0.28, -0.04], np.float32),
}
BACKGROUND = np.array([201, 203, 198], np.float32)
# Red cells piled up darken less than in proportion, blue least so: they turn brown under the camera's curve.
SATURATION = np.array([1.8, 1.8, 2.4], np.float32)


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
    bodies = placed(scene)
    patches = [[patch_of(body, scene, fine) for body in members] for members in bodies]
    density = _red_layer(scene, patches[RED], fine)
    for index, patch in enumerate(patches[WHITE]):
        _paint_white(density, patch, white_kind(scene, index), stream(scene, WHITE, index, 1))
    for index, patch in enumerate(patches[PLATELET]):
        _paint_platelet(density, patch, stream(scene, PLATELET, index, 1))
    if (
        fine > 1
    ):  # how much of a body is seen is counted in the scene's own pixels, whatever is painted
        own = [[patch_of(body, scene) for body in members] for members in bodies]
        return _photograph(density, scene, fine), truth_of(scene, bodies, own)
    return _photograph(density, scene), truth_of(scene, bodies, patches)


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


def _red_layer(scene: Scene, patches: list[Patch], fine: int = 1) -> np.ndarray:
    """All red cells as summed density."""
    density = np.zeros((fine * scene.height, fine * scene.width, 3), np.float32)
    picture = stream(scene, RED)
    warmth, paleness = picture.triangular(-0.15, 0.0, 0.5), picture.uniform(0, 1)
    for index, patch in enumerate(patches):
        rng = stream(scene, RED, index, 1)
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


def _paint_white(density: np.ndarray, patch: Patch, kind: str, rng) -> None:
    """A white cell: granular cytoplasm over whatever was there, and a lobed nucleus in it."""
    shape, fine = patch.distance.shape, patch.fine
    coarse = 0.16 if kind in ("neutrophil", "eosinophil") else 0.10
    granules = _grain(rng, shape, 1.1, fine) * coarse
    clouds = _grain(rng, shape, 7.0, fine) * 0.14
    strength = math.exp(rng.normal(0, 0.15)) * (0.75 + 0.35 * (patch.distance / patch.edge) ** 2)
    stained = strength * np.maximum(1 + granules + clouds, 0.2)
    cytoplasm = stained[..., None] * CYTOPLASM_DENSITY[kind]
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


def _paint_platelet(density: np.ndarray, patch: Patch, rng) -> None:
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
    rng = stream(scene, 3)
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
