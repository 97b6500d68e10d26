"""Claims about pictures that never leave the browser: letterbox and payload are those of Python."""

import base64

import numpy as np
import pytest
import torch
from lab_reference import in_node, needs_node

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.lab.payload import header, payload
from dualviz.pictures.images import letterbox

pytestmark = needs_node
RNG = np.random.default_rng(3)


def picture(width: int, height: int) -> np.ndarray:
    """Smooth colours with noise and an edge: what resizing can get wrong shows."""
    x, y = np.meshgrid(np.linspace(0, 3, width), np.linspace(0, 5, height))
    waves = 128 + 90 * np.stack((np.sin(7 * x), np.cos(5 * y), np.sin(x * y)), -1)
    waves[:, width // 3 :] += RNG.normal(0, 20, (height, width - width // 3, 3))
    return waves.clip(0, 255).astype(np.uint8)


def sent(image: np.ndarray) -> str:
    rgba = np.concatenate((image, np.full_like(image[..., :1], 255)), -1)
    return base64.b64encode(rgba.tobytes()).decode()


@pytest.mark.parametrize(
    ("size_wh", "size"),
    [
        ((416, 312), 416),  # as it is
        ((640, 480), 416),  # smaller, by neighbours
        ((333, 251), 416),  # larger
        ((1000, 700), 320),  # below half: by means
        ((832, 624), 208),  # a whole number of pixels each
        ((2400, 40), 416),  # below half, not by the same factor both ways
        ((700, 900), 416),  # a mean that a float's last digit decides
        ((31, 500), 256),  # tall
        ((415, 313), 417),  # halves that go to the even number
        ((200, 101), 100),  # 50.5 is 50
    ],
)
def test_the_browser_s_letterbox_is_python_s(size_wh, size) -> None:
    image = picture(*size_wh)
    script = """
        const { letterbox } = await import("../dualviz/lab/network/letterbox.js");
        const rgba = Uint8Array.from(Buffer.from(given.rgba, "base64"));
        const box = letterbox(rgba, given.width, given.height, given.size, 32);
        const levels = Uint8Array.from(box.input, (value) => Math.round(255 * value));
        console.log(JSON.stringify({ ...box, input: Buffer.from(levels).toString("base64") }));
    """
    given = {"rgba": sent(image), "width": size_wh[0], "height": size_wh[1], "size": size}
    said = in_node(script, given)
    wanted = letterbox(image, size)
    assert (said["height"], said["width"]) == wanted.picture.shape[:2]
    assert said["gain"] == wanted.gain and tuple(said["pad"]) == wanted.pad
    levels = np.frombuffer(base64.b64decode(said["input"]), np.uint8).reshape(3, said["height"], -1)
    np.testing.assert_array_equal(levels.transpose(1, 2, 0), wanted.picture)


@pytest.mark.parametrize("classes", [3, 20, 80])
def test_what_the_browser_packs_reads_as_what_python_packs(classes: int) -> None:
    image = picture(500, 333)
    box = letterbox(image, 416)
    high, wide = box.picture.shape[:2]
    strides = (8, 16, 32)
    points, level = anchor_grid((high, wide), strides)
    heads, raw = {}, []
    for name in ("one2many", "one2one"):
        sides = torch.rand(len(level), 4) * 6
        scores = torch.rand(len(level), classes) ** 8 * (torch.arange(classes) % 3 == 0)
        reach = sides * torch.tensor(strides, dtype=torch.float32)[level, None]
        corners = torch.cat((points - reach[:, :2], points + reach[:, 2:]), 1)
        heads[name] = HeadPrediction(box.to_picture(corners), scores)
        raw.append({"sides": sides.flatten().tolist(), "scores": scores.flatten().tolist()})
    prediction = DualPrediction(
        **heads,
        anchor_points=box.to_picture(points),
        level=level,
        strides=strides,
        network_size_hw=(high, wide),
    )
    names = [f"c{label}" for label in range(classes)]
    best = torch.stack([head.scores.amax(0) for head in heads.values()]).amax(0)
    carried = None if classes <= 20 else (best > 0.01).nonzero().squeeze(1).tolist()
    packed = payload(image, prediction, names, carried, "a picture", "pico", weights="0123456789ab")
    script = """
        const { pack, withSeed } = await import("../dualviz/lab/network/pack.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const wanted = unpack(base64Bytes(given.payload));
        const heads = given.heads.map(({ sides, scores }) => ({ sides: Float32Array.from(sides), scores: Float32Array.from(scores) }));
        const detector = { name: "pico", weights: "0123456789ab", classNames: given.names, strides: [8, 16, 32] };
        const picture = { bytes: wanted.picture.bytes, type: wanted.picture.type, width: 500, height: 333 };
        const bytes = withSeed(pack(picture, given.box, heads, detector, "a picture"), { rev: 4 });
        const made = unpack(bytes);
        const arrays = (one) => [one.anchorPoints, one.level, ...one.heads.flatMap(({ boxes, scores }) => [boxes, scores]), one.picture.bytes];
        console.log(JSON.stringify({
            alike: arrays(made).map((array, i) => Buffer.compare(Buffer.from(array.buffer, array.byteOffset, array.byteLength),
                Buffer.from(arrays(wanted)[i].slice().buffer)) === 0),
            plain: [made, wanted].map(({ name, detector, weights, anchors, quantum, levels, classes, classNames, picture: { type, width, height } }) =>
                ({ name, detector, weights, anchors, quantum, levels, classes, classNames, type, width, height })),
            seed: made.seed,
        }));
    """
    given = {
        "payload": base64.b64encode(packed).decode(),
        "heads": raw,
        "names": names,
        "box": {"width": wide, "height": high, "gain": box.gain, "pad": box.pad},
    }
    said = in_node(script, given)
    assert said["alike"] == [True] * 7
    made, wanted = said["plain"]
    assert made == wanted and made["classes"][0]["label"] == header(packed)["classes"][0]
    assert said["seed"] == {"rev": 4}
