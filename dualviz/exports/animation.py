"""What moves, as a film: a slider's sweep, NMS step by step, or a training run, as WebM (VP9) or GIF.

Each frame is a figure of the catalogue, drawn anew for the moment and with its settings inside, so that a frame that is
stopped says what it shows. OpenCV brings the encoder for VP9, Pillow that for GIF: nothing else is needed.
"""

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

from dualviz.charts.page import page_for
from dualviz.exports.about import about, described
from dualviz.exports.address import Address
from dualviz.exports.moments import moments
from dualviz.exports.shown import ShownPicture
from dualviz.exports.views import VIEWS, Made, file_name
from dualviz.lab.knobs import KNOBS
from dualviz.study.replay import COMMAND, Replay
from dualviz.trace import trace_prediction
from dualviz.words import Labels, UserError

KINDS = ("webm", "gif")
MOVES = Labels(
    {
        "alpha": "α from 0.1 to 3",
        "beta": "β from 1 to 12",
        "r": "r from 0.1 to 10",
        "nms": "NMS step by step",
        "replay": "training, moment by moment",
    }
)
RANGE = {"alpha": (0.1, 3.0), "beta": (1.0, 12.0), "r": (0.1, 10.0)}  # even steps of the logarithm
VIEW = {"alpha": "stage", "beta": "stage", "r": "stage", "nms": "steps", "replay": "replay moment"}
LAST = 3  # times as long stands the last frame
PACE = (0.25, 30.0)  # frames a second
WIDTH = (240, 1920)  # pixels


class Film(NamedTuple):
    """What a film shows.

    Attributes:
        name: of its file, without ending.
        frames: uint8 (H, W, 3) RGB, all of a size, sides even.
        said: what it says of itself.
    """

    name: str
    frames: list[np.ndarray]
    said: dict[str, str]


def film(
    move: str,
    shown: ShownPicture,
    *,
    frames: int = 24,
    width: int = 960,
    replay: Replay | None = None,
    address: Address | None = None,
    progress: Callable[[float, str], None] = lambda share, name: None,
) -> Film:
    """Draw a film.

    Args:
        move: a key of `MOVES`.
        shown: the picture.
        frames: at most so many.
        width: of a frame, in pixels.
        replay: the run that "replay" shows.
        address: where the app shows the same.
        progress: told the share that is drawn, and what.

    Raises:
        ValueError: nothing moves: no candidate of NMS, or no run.
    """
    view = VIEWS[VIEW[move]]
    records = list(_records(move, shown, frames, replay))
    page = page_for("slide")
    drawn, settings = [], ""
    for place, record in enumerate(records):
        progress(place / len(records), str(MOVES[move]))
        figure = view.figure(record, page)
        settings = settings or figure.get_label().partition("\n")[2]
        drawn.append(_pixels(figure, width / page.width))
    progress(1.0, str(MOVES[move]))
    said = about(
        str(MOVES[move]), settings, view.source(records[0]), (address or Address()).link(view.page)
    )
    stem = file_name(view, shown).removesuffix(view.name.replace(" ", "-"))
    return Film(f"{stem}{move}", drawn, said)


def film_file(made: Film, kind: str, pace: float = 4.0) -> Made:
    """A film as a file.

    Args:
        made: from `film`.
        kind: "webm" or "gif"; a GIF says what it is in its comment, a WebM inside its frames.
        pace: frames a second; the last one stands three times as long.
    """
    if kind not in KINDS:
        raise ValueError(f"a film comes as {', '.join(KINDS)}, got {kind!r}")
    data = _gif(made, pace) if kind == "gif" else _webm(made.frames, pace)
    return Made(data, made.said)


def _records(move: str, shown: ShownPicture, frames: int, replay: Replay | None) -> Iterable[Any]:
    if move == "replay":
        if replay is None:
            raise UserError("no run is kept: fill the folder with {command}", command=COMMAND)
        return moments(replay, shown)
    if move == "nms":
        return _steps(shown, frames)
    return _sweep(move, shown, frames)


def _sweep(move: str, shown: ShownPicture, frames: int) -> Iterator[ShownPicture]:
    """The picture at values of a knob, in even steps of its logarithm; under the lock where r moves."""
    trace = shown.trace
    for value in np.geomspace(*RANGE[move], max(2, frames)):
        knobs = {move: KNOBS[move].clean(float(value))} | ({"locked": True} if move == "r" else {})
        setting = replace(trace.setting, **knobs)
        moved = trace_prediction(
            trace.image, trace.truth, trace.prediction, trace.class_names, setting
        )
        yield replace(shown, trace=moved)


def _steps(shown: ShownPicture, frames: int) -> Iterator[ShownPicture]:
    count = len(shown.detections.outputs["nms"].trace.scores)
    if not count:
        raise UserError("NMS has no candidate here: lower the confidence")
    for step in dict.fromkeys(np.linspace(0, count, max(2, frames)).round().astype(int).tolist()):
        yield replace(shown, detections=replace(shown.detections, step=step))


def _pixels(figure: Any, dpi: float) -> np.ndarray:
    """A figure as RGB with even sides, which VP9's colours need."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    height, width = (side - side % 2 for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[:height, :width])


def _gif(made: Film, pace: float) -> bytes:
    """A GIF that loops; one palette for all frames, so that what rests does not flicker."""
    together = Image.fromarray(np.concatenate(made.frames[:: max(1, len(made.frames) // 6)]))
    palette = together.quantize(255, method=Image.Quantize.MEDIANCUT)
    pictures = [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in made.frames
    ]
    times = [round(1000 / pace)] * (len(pictures) - 1) + [round(1000 * LAST / pace)]
    file = io.BytesIO()
    pictures[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=times,
        loop=0,
        comment=described(made.said).encode(),
        disposal=1,
    )
    return file.getvalue()


def _webm(frames: Sequence[np.ndarray], pace: float) -> bytes:
    """VP9 in WebM, which every browser plays."""
    height, width = frames[0].shape[:2]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.webm"
        with _silent():  # FFmpeg says on the error stream that the code is another, and writes VP9
            code = cv2.VideoWriter.fourcc(*"VP90")
            writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, pace, (width, height))
        if not writer.isOpened():
            raise UserError("this machine's OpenCV writes no VP9: take a GIF")
        for frame in (*frames, *frames[-1:] * (LAST - 1)):
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        writer.release()
        return path.read_bytes()


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what a library writes to the error stream itself off the terminal."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
