"""Claims about the plan of the browser's part: who may import whom."""

import re
from pathlib import Path

import pytest

from dualviz.lab import joined
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


def test_what_a_sheet_imports_stands_in_its_place(tmp_path: Path, monkeypatch) -> None:
    for name, text in {
        "kit/kit.css": '@import "./ground.css";\n@import "./late.css";\n',
        "kit/ground.css": ".a {\n}\n",
        "kit/late.css": ".b {\n}\n",
        "room/room.css": '/* a room */\n@import "../kit/late.css";\n.c {\n}\n',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(joined, "HERE", tmp_path)
    monkeypatch.setattr(joined, "_read", joined._read.__wrapped__)
    kit, late = ".a {\n}\n.b {\n}\n", ".b {\n}\n"
    assert joined.sheets("room/room.css") == f"{kit}/* a room */\n{late}.c {{\n}}\n"


@pytest.mark.parametrize("room", ["laboratory", "detections", "start", "lesson"])
def test_every_sheet_of_a_component_arrives(room: str) -> None:
    """What is left of an import would be an address that no page can reach."""
    assert "@import" not in joined.sheets(f"{room}/{room}.css")
