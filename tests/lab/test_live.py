"""Claims about a picture that moves: who is who from one to the next, and where what lay in a drawn box went."""

import base64

import numpy as np
from lab_reference import in_node, needs_node

pytestmark = needs_node


def test_objects_keep_their_place_while_they_are_seen() -> None:
    script = """
        const { followed, placeOf } = await import("../dualviz/lab/engine/follow.js");
        const before = { boxes: [[0, 0, 10, 10], [50, 0, 60, 10], [100, 0, 110, 10]], labels: [0, 0, 1] };
        const found = {
            boxes: [[101, 0, 111, 10], [2, 0, 12, 10], [200, 0, 210, 10], [1, 0, 11, 10], [50, 0, 60, 10], [300, 0, 310, 10]],
            labels: [1, 0, 2, 0, 1, 2],
        };
        const empty = { boxes: [], labels: [] };
        console.log(JSON.stringify({
            now: followed(before, found, 4), held: followed(before, found, 0), fresh: followed(empty, found, 2), none: followed(before, empty, 0),
            place: placeOf([0, 0, 10, 10], 0, found), away: placeOf([50, 0, 60, 10], 0, found), nowhere: placeOf([0, 0, 1, 1], 0, empty),
        }));
    """
    said = in_node(script, {})
    nearer, far = [1, 0, 11, 10], [2, 0, 12, 10]
    # Object 1 is the nearer of two, object 2 (its box is of another class now) is gone, 3 moved up; then what is sure and new.
    assert said["held"] == {"boxes": [nearer, [101, 0, 111, 10]], "labels": [0, 1]}
    assert said["now"]["boxes"] == [nearer, [101, 0, 111, 10], far, [200, 0, 210, 10]]
    assert said["now"]["labels"] == [0, 1, 0, 2]
    assert said["fresh"] == {"boxes": [[101, 0, 111, 10], far], "labels": [1, 0]}
    assert said["none"] == {"boxes": [], "labels": []}
    assert (said["place"], said["away"], said["nowhere"]) == (3, -1, -1)


def test_a_drawn_box_goes_where_its_pixels_go_and_stays_where_they_are_gone() -> None:
    rng = np.random.default_rng(4)
    field = np.kron(rng.integers(40, 220, (60, 70)), np.ones((5, 5))).astype(np.uint8)
    ways = [(0, 0), (7, -3), (20, 4), (33, 11), (33, 11), (21, 11)]

    def seen(picture: np.ndarray) -> str:
        rgba = np.repeat(picture[..., None], 4, -1)
        return base64.b64encode(np.ascontiguousarray(rgba).tobytes()).decode()

    pictures = [
        seen(field[60 - y : 240 - y, 60 - x : 260 - x] // 2 + 20 * i)
        for i, (x, y) in enumerate(ways)
    ]
    pictures.append(seen(np.full((180, 200), 90, np.uint8)))
    script = """
        const { createPatch } = await import("../dualviz/lab/network/patch.js");
        const pictures = given.pictures.map((text) => ({ rgba: Uint8Array.from(Buffer.from(text, "base64")), width: 200, height: 180 }));
        const next = createPatch(pictures[0], [50.5, 40, 110, 90.25]);
        console.log(JSON.stringify(pictures.slice(1).map(next)));
    """
    boxes = in_node(script, {"pictures": pictures})
    wanted = [[50.5 + x, 40 + y, 110 + x, 90.25 + y] for x, y in ways[1:]]
    assert boxes == [*wanted, wanted[-1]]
