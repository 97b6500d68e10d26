"""Server time of one rerun of the laboratory page after a release: `python tests/bench/bench_rerun.py`.

The script runs as Streamlit runs it, but without a browser; each run takes up a new α and recomputes everything in Python.
"""

import os
import sys
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
RUNS = 40


def main() -> None:
    """Print the median and the 95th percentile in milliseconds."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90).run()
    packed = app.session_state["laboratory-seed"]["bytes"]
    from dualviz import lab

    message = lab.clean_state() | {
        "claim": {"objects": [], "final": 0},
        "id": lab.header(packed)["id"],
    }
    taken = []
    for number in range(RUNS):
        knobs = message["knobs"] | {"alpha": 0.3 + number / 100}
        app.session_state["laboratory"] = {"state": message | {"knobs": knobs}}
        began = time.perf_counter()
        app.run()
        taken.append(1e3 * (time.perf_counter() - began))
    assert not app.exception
    taken.sort()
    print(
        f"rerun: median {median(taken):.0f} ms, p95 {taken[int(0.95 * RUNS)]:.0f} ms over {RUNS} runs"
    )


if __name__ == "__main__":
    main()
