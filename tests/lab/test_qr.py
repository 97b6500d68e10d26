"""Claims about the browser's QR code: it is the one that segno draws with the same mask, and the easiest to read of the eight."""

import cv2
import numpy as np
import pytest
import segno
from lab_reference import in_node, needs_node

from dualviz.lab import joined_module

pytestmark = needs_node
HOLDS = {
    1: 14,
    2: 26,
    5: 84,
    7: 122,
    10: 213,
    20: 666,
    40: 2331,
}  # bytes by version, ISO/IEC 18004 table 7
FULL = [
    "é" + "x" * (count - 2) for count in HOLDS.values()
]  # segno fills what is left in its own way
ADDRESS = "https://class.example/dualviz/laboratory.html#pic=crowded&a=0.9&note=α"


@pytest.fixture(scope="module")
def codes(tmp_path_factory) -> list:
    module = tmp_path_factory.mktemp("qr") / "qr.mjs"
    module.write_text(joined_module("engine/qr.js") + "\nexport { qrCode };\n", encoding="utf-8")
    script = f"""
        const {{ qrCode }} = await import({str(module)!r});
        console.log(JSON.stringify(given.map(qrCode)));
    """
    return in_node(script, [*FULL, ADDRESS, "x" * 2332])


def drawn_with(text: str, mask: int) -> np.ndarray:
    """Segno's own code: bytes in UTF-8, correction M, the smallest version."""
    given = {"error": "m", "boost_error": False, "mode": "byte", "encoding": "utf-8", "eci": False}
    return np.array(segno.make(text, mask=mask, micro=False, **given).matrix).astype(bool)


def test_every_code_is_that_of_an_independent_encoder_with_one_of_its_masks(codes: list) -> None:
    for (version, text), rows in zip(zip(HOLDS, FULL), codes):
        ours = np.array(rows)
        assert len(ours) == 4 * version + 17
        assert any(np.array_equal(ours, drawn_with(text, mask)) for mask in range(8)), version


def test_a_camera_reads_an_address(codes: list) -> None:
    dark = np.pad(np.array(codes[-2]), 4)
    cells = np.where(dark, 0, 255).astype(np.uint8)
    read = [
        cv2.QRCodeDetector().detectAndDecode(np.kron(cells, np.ones((side, side), np.uint8)))[0]
        for side in (3, 4, 5)
    ]
    assert ADDRESS in read


def test_a_text_that_no_code_holds_gives_none(codes: list) -> None:
    assert codes[-1] is None
