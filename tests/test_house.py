"""The plan of the house, held against the imports: a room may call the floors below it, never one above."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MATHS = ("boxes", "matching", "assignment", "agreement", "postprocess", "loss")
# From the ground up. A room may import rooms before it, never one after it.
PLAN = (
    *MATHS,
    "words",
    "pictures",
    "detector",
    "trace",
    "study",
    "training",
    "charts",
    "lessons",
    "lab",
    "exports",
    "web",
    "commands",
    "__main__",
    "app",
)
ORDER = {room: place for place, room in enumerate(PLAN)}
MAY_IMPORT = {
    "torch",
    "numpy",
    "scipy",
    "math",
    "dataclasses",
    "typing",
    "collections",
    "enum",
    "functools",
    "itertools",
}
SHOWING = {"lab", "web", "app"}  # rooms that may know Streamlit
APART = {"training": {"commands", "web/training"}}  # rooms that only these may import


def rooms_imported(source: str) -> set[str]:
    """Rooms of this house that a source text imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "dualviz":
                names = [f"dualviz.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("dualviz.")}
    return found


def complaints(room: str, source: str, folder: str = "") -> list[str]:
    """What a room's imports do against the plan; `folder` is the file's, where that is one within the room."""
    bad = []
    for other in sorted(rooms_imported(source) - {room}):
        if other not in ORDER:
            bad.append(f"{room} imports {other}, which has no place in the plan")
        elif ORDER[other] > ORDER[room]:
            bad.append(f"{room} calls upstairs: {other}")
        elif other in APART and not APART[other] & {room, folder}:
            bad.append(f"{room} imports {other}, which is apart")
    return bad


def sources() -> list[tuple[str, Path]]:
    files = [("app", ROOT / "app.py")]
    for path in sorted((ROOT / "dualviz").rglob("*.py")):
        inner = path.relative_to(ROOT / "dualviz").parts
        if inner != ("__init__.py",):
            files.append((inner[0].removesuffix(".py"), path))
    return files


@pytest.mark.parametrize(("room", "path"), sources(), ids=lambda value: str(value).split("/")[-1])
def test_imports_only_go_down(room: str, path: Path) -> None:
    assert room in ORDER, f"{path.name} has no place in the plan"
    folder = "" if room == "app" else path.parent.relative_to(ROOT / "dualviz").as_posix()
    assert complaints(room, path.read_text(encoding="utf-8"), folder) == []


@pytest.mark.parametrize(
    "path", [path for room, path in sources() if room in MATHS], ids=lambda path: path.name
)
def test_maths_knows_no_pictures_files_or_pages(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tops = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            tops.add(node.module.split(".")[0])
    assert tops <= MAY_IMPORT | {"dualviz"}


def test_no_room_imports_code_under_another_licence_and_streamlit_stays_upstairs() -> None:
    for room, path in sources():
        text = path.read_text()
        assert "import ultralytics" not in text, path
        if room not in SHOWING:
            assert "import streamlit" not in text, path


def test_this_test_can_fail() -> None:
    assert complaints("boxes", "from dualviz.trace import trace") == ["boxes calls upstairs: trace"]
    assert complaints("matching", "def f():\n    import dualviz.detector.network") == [
        "matching calls upstairs: detector"
    ]
    assert complaints("exports", "from dualviz import training") == [
        "exports imports training, which is apart"
    ]
    assert complaints("web", "from dualviz import training", "web/pages") == [
        "web imports training, which is apart"
    ]
    assert complaints("web", "from dualviz import training", "web/training") == []
    assert complaints("trace", "from dualviz import boxes, utils") == [
        "trace imports utils, which has no place in the plan"
    ]


CHARTS = ROOT / "dualviz" / "charts"


def charts_imported(source: str) -> set[str]:
    """Folders of the charts that a source text imports from, wherever in it."""
    folders = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        folders |= {
            name.split(".")[2]
            for name in names
            if name.startswith("dualviz.charts.") and name.count(".") >= 2
        }
    return folders & {"drawn", "print", "screen"}


def test_screen_and_print_never_import_each_other_and_what_both_draw_imports_neither() -> None:
    for folder, forbidden in (
        ("screen", {"print"}),
        ("print", {"screen"}),
        ("drawn", {"screen", "print"}),
    ):
        files = list((CHARTS / folder).glob("*.py"))
        assert files, folder
        for path in files:
            assert not charts_imported(path.read_text()) & forbidden, path


def test_an_import_between_the_charts_is_seen() -> None:
    assert charts_imported("from dualviz.charts import print as sheets") == {"print"}
    assert charts_imported("def f():\n    import dualviz.charts.screen.maps") == {"screen"}
    assert charts_imported("from dualviz.charts.palette import LIGHT") == set()


def test_the_top_level_is_the_design_cards() -> None:
    """Of what is committed: figures, smears and runs that the README's commands write beside the code are the user's."""
    try:
        listed = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout of git: what belongs to it is not known")
    shown = {name.split("/")[0] for name in listed if not name.startswith(".")}
    design = {"app.py", "requirements.txt", "README.md", "LICENSE", "dualviz", "assets", "tests"}
    assert shown == design
