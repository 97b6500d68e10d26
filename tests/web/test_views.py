"""Claims about rows of buttons: where they do not fit beside one another they stand in rows, and none is cut."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_row_of_buttons_may_break() -> None:
    rows, cut = 0, []
    for file in sorted((ROOT / "dualviz" / "web").rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(getattr(call, "func", None), "attr", "")
            rows += name in ("segmented_control", "row", "one_of")  # of `controls`
            if name == "segmented_control" and not any(one.arg == "wrap" for one in call.keywords):
                cut.append(f"{file.name}:{call.lineno}")
    assert rows > 5 and cut == []
