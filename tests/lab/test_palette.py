"""Claims about colours: the browser's palette is Python's, value by value, and no other file has one of its own."""

import re
from pathlib import Path

import pytest
from lab_reference import in_node, needs_node

from dualviz.charts import palette
from dualviz.charts.palette import DARK, LIGHT

LAB = Path(__file__).resolve().parents[2] / "dualviz" / "lab"
FIELDS = {"many": "one2many", "one": "one2one", "lost": "lost", "faint": "soft"}


@needs_node
def test_the_browser_has_pythons_colours() -> None:
    said = in_node(
        'console.log(JSON.stringify({ ...await import("../dualviz/lab/kit/palette.js") }));'
    )
    for ground, wanted in (("light", LIGHT), ("dark", DARK)):
        assert said["PALETTE"][ground] == {
            name: getattr(wanted, field) for name, field in FIELDS.items()
        }
    assert said["LIGHT_CASING"] == LIGHT.halo and said["DARK_CASING"] == LIGHT.truth
    assert said["DUPLICATE_INK"] == LIGHT.duplicate == DARK.duplicate
    assert said["FLAG_PLATE"] == palette.FLAG
    assert said["PLATE"] == palette.css_colour(LIGHT.halo, palette.PLATE_OPACITY).replace("0.", ".")
    assert said["CIVIDIS"] == palette.CIVIDIS
    assert [most / 255 for most in said["HEAT_OPACITY"]] == list(palette.HEAT_OPACITY)
    assert [tuple(stop) for stop in said["PUSH_STOPS"]] == list(palette.PUSH_STOPS)


@pytest.mark.parametrize("path", sorted(LAB.rglob("*.js")), ids=lambda path: path.name)
def test_no_module_has_a_colour_of_its_own(path: Path) -> None:
    if path.name != "palette.js":
        assert not re.findall(
            r"[\"'](?:#[0-9a-fA-F]{3,8}|rgba?\([\d.,]+\))[\"']", path.read_text(encoding="utf-8")
        )


def test_the_sheets_have_pythons_colours() -> None:
    kit, own = (
        (LAB / name).read_text().lower() for name in ("kit/ground.css", "detections/room.css")
    )
    for name, field in (("many", "one2many"), ("one", "one2one")):
        wanted = [getattr(ground, field).lower() for ground in (LIGHT, DARK, LIGHT)]  # paper last
        assert re.findall(rf"--dv-{name}: (.*?);", kit) == wanted
    assert re.findall(r"--dv-duplicate: (.*?);", own) == [LIGHT.duplicate.lower()]
    assert re.findall(r"--dv-flag: (.*?);", own) == [palette.FLAG]
    assert re.findall(r"--dv-on-flag: (.*?);", own) == [LIGHT.truth]
