"""`python -m dualviz evaluate`: measure both heads of a detector on a labelled set."""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dualviz.commands.arguments import add_measured_set, drawing_to_write, file_to_write
from dualviz.commands.printed import printed
from dualviz.detector import load_detector, processes
from dualviz.detector.catalogue import find_weights
from dualviz.exports.about import weights_hash
from dualviz.exports.shown import ShownEvaluation
from dualviz.exports.views import VIEWS, Paper, view_bytes
from dualviz.pictures.folders import open_set
from dualviz.study.evaluation import PATH_NAMES, Evaluation, evaluate
from dualviz.words import _, ngettext


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz evaluate`."""
    add_measured_set(parser)
    add = parser.add_argument
    add("--csv", type=file_to_write, help=_("also write table and gaps here"))
    add(
        "--json",
        type=file_to_write,
        help=_("also write the few numbers that are kept here"),
    )
    add(
        "--figure",
        type=drawing_to_write,
        help=_("also draw the gap's distribution: .png, .svg or .pdf"),
    )


def run(chosen: argparse.Namespace) -> None:
    """Measure, alone or with the other processes of `torchrun`; print, write table and figure where asked."""
    folder = open_set(chosen.annotations, chosen.images)
    with processes.together(chosen.device) as where:
        detector = load_detector(chosen.detector, str(where))
        result = evaluate(detector, folder, chosen.size, progress=_bar)
    if not processes.first():
        return
    for note in result.notes:
        print(note, file=sys.stderr)
    print(_table(result, detector.device.type))
    weights, side = weights_hash(chosen.detector), chosen.size or detector.size
    shown = ShownEvaluation(result, detector.name, folder.path.name, weights, side)
    if chosen.csv:
        chosen.csv.write_bytes(view_bytes(VIEWS["evaluation"], shown, "csv"))
    if chosen.json:
        chosen.json.write_text(json.dumps(kept(result, chosen), indent=1) + "\n", encoding="utf-8")
    if chosen.figure:
        from dualviz.charts.print import figure_note  # brings Matplotlib

        if note := figure_note():
            print(note, file=sys.stderr)
        kind = chosen.figure.suffix.removeprefix(".").lower()
        chosen.figure.write_bytes(view_bytes(VIEWS["evaluation"], shown, kind, Paper("column")))


def _bar(items: Sequence[int]) -> Iterable[int]:
    return tqdm(items, unit="picture", disable=not processes.first())


def kept(result: Evaluation, chosen: argparse.Namespace) -> dict[str, Any]:
    """What a file keeps of a measurement: its numbers, over how much, of which weights, and the command.

    Raises:
        OSError: the weights cannot be read again.
    """
    weights = find_weights(chosen.detector)
    return {
        "command": f"python -m dualviz evaluate --detector {weights.name} "
        f"--annotations {Path(chosen.annotations).name} --json {chosen.json.name}",
        "weights": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "pictures": result.pictures,
        "objects": len(result.gap),
        **asdict(result.figures),
    }


def _table(result: Evaluation, device: str) -> str:
    rows = [
        (
            PATH_NAMES[name],
            f"{path.ap:.3f}",
            f"{path.ap50:.3f}",
            f"{path.duplicates:.2f}",
            f"{path.milliseconds:.2f}",
        )
        for name, path in result.paths.items()
    ]
    lines = [printed([_("path"), "AP", "AP50", _("repeats"), "ms"], rows)]
    shares = " / ".join(f"{share:.1%}" for share in result.alignment)
    lines += [
        _("one-to-one picks inside the one-to-many top 1 / 5 / 10: {shares}", shares=shares),
        ngettext(
            "supervision gap: {gap}, floor {floor}, ceiling {ceiling} over {n} object",
            "supervision gap: mean {gap}, floor {floor}, ceiling {ceiling} over {n} objects",
            len(result.gap),
            gap=f"{result.gap.mean():.2f}",
            floor=f"{result.floor.mean():.2f}",
            ceiling=f"{result.ceiling.mean():.2f}",
        ),
        _(
            "network, both heads: {time} ms a picture on {device} (median of {n})",
            time=f"{result.network_milliseconds:.1f}",
            device=device,
            n=result.pictures,
        ),
    ]
    return "\n".join(lines)
