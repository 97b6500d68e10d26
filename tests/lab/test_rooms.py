"""Claims about the plan of the browser's part: who may import whom."""

import re
from pathlib import Path

import pytest

from dualviz.lab.joined import joined_module

LAB = Path(__file__).resolve().parents[2] / "dualviz" / "lab"
MAY_IMPORT = {
    "engine": {"engine"},
    "kit": {"engine", "kit"},
    "laboratory": {"engine", "kit", "laboratory"},
    "detections": {"engine", "kit", "detections"},
    "start": {"engine", "kit", "start"},
    "quiz": {"kit", "quiz"},
    "network": {"engine", "network"},
    "site": {"engine", "kit", "network", "laboratory", "detections", "start", "lesson", "site"},
    "alone": {"engine", "kit", "network", "laboratory", "detections", "lesson", "alone"},
    "lesson": {"engine", "kit", "laboratory", "detections", "lesson"},
}


def rooms_of(name: str, source: str) -> set[str]:
    """Rooms that a module, named from lab/ on, imports from."""
    found = re.findall(r'\bfrom "(\.\.?)/(?:([\w-]+)/)?[\w-]+\.\w+"', source)
    assert len(found) == len(re.findall(r"^import\b", source, re.MULTILINE)), name
    return {name.split("/")[0] if up == "." else room for up, room in found}


@pytest.mark.parametrize("path", sorted(LAB.rglob("*.js")), ids=lambda path: path.name)
def test_the_engine_draws_nothing_and_the_components_do_not_know_each_other(path: Path) -> None:
    name = path.relative_to(LAB).as_posix()
    assert rooms_of(name, path.read_text(encoding="utf-8")) <= MAY_IMPORT[name.split("/")[0]]


def test_what_imports_across_is_seen() -> None:
    line = 'import { createStage } from "../laboratory/stage.js";\n'
    assert rooms_of("detections/panels.js", line) == {"laboratory"}
    assert rooms_of("detections/panels.js", line.replace("../laboratory", ".")) == {"detections"}
    assert rooms_of("engine/a.js", 'import T from "./t.json" with { type: "json" };') == {"engine"}


@pytest.mark.parametrize("room", ["laboratory", "detections", "start", "lesson"])
def test_what_a_component_imports_is_there(room: str) -> None:
    assert joined_module(f"{room}/{room}.js").count("export default") == 1
