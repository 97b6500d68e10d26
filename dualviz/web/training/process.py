"""The process of a run of one's own: `python -m dualviz.web.training.process FOLDER`, started by `dualviz.web.training.runs`.

While it waits in line it loads nothing that takes memory.
"""

import sys
from pathlib import Path

from dualviz.web.training import line


class Left(Exception):
    """It was asked to leave the line."""


def main(folder: Path) -> None:
    """Wait for the turn, work, and say how it ended; nothing where the run has a process already."""

    def waiting() -> None:
        if line.read(folder / "stop"):
            raise Left

    with line.present(folder) as alone:
        if not alone:
            return
        try:
            with line.turn(folder, waiting):
                from dualviz.web.training.work import work

                work(folder)
        except Left:
            from dualviz.web.training.work import leave

            leave(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
