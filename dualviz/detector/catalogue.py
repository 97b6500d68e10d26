"""What can be loaded by name: the bundled weights, and the official ones once they lie in a weights folder.

DualViz never downloads weights by itself: it says where they come from and under which licence, and fetches them when asked
to (`dualviz.detector.download`). A file that was laid into the cache folder by hand counts as well.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from dualviz.words import UserError

BUNDLED_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "weights"
FOLDERS_VARIABLE = "DUALVIZ_WEIGHTS"
CACHE_VARIABLE = "DUALVIZ_CACHE"


@dataclass(frozen=True)
class Entry:
    """One detector of the catalogue.

    Attributes:
        name: what `load_detector` is given.
        title: what a page shows.
        files: file names that are looked for, best first.
        sources: where the file comes from: addresses, the authors' first, or words where it is bundled.
        licence: of the weights.
    """

    name: str
    title: str
    files: tuple[str, ...]
    sources: tuple[str, ...]
    licence: str

    @property
    def scale(self) -> str:
        """Of an official entry: the name of its network's scale, a key of `SCALES`."""
        return self.name.removeprefix("yolov10")


BUNDLED = tuple(
    Entry(
        name,
        title,
        (f"{name}.safetensors",),
        ("trained by this project, see assets/README.md",),
        "MIT",
    )
    for name, title in (
        ("pico-cells", "Blood cells (pico)"),
        ("pico-photos", "Photographs (micro)"),
    )
)
OFFICIAL = tuple(
    Entry(
        f"yolov10{scale}",
        f"YOLOv10-{scale.upper()} (COCO)",
        (f"yolov10{scale}.pt", f"yolov10{scale}.safetensors"),
        (
            f"https://github.com/THU-MIG/yolov10/releases/download/v1.1/yolov10{scale}.pt",
            f"https://huggingface.co/jameslahm/yolov10{scale}/resolve/main/model.safetensors",
        ),
        "AGPL-3.0",
    )
    for scale in "nsmblx"
) + tuple(
    Entry(
        f"yolo26{scale}",
        f"YOLO26-{scale.upper()} (COCO)",
        (f"yolo26{scale}.pt", f"yolo26{scale}.safetensors"),
        (f"https://github.com/ultralytics/assets/releases/download/v8.4.0/yolo26{scale}.pt",),
        "AGPL-3.0",
    )
    for scale in "nsmlx"
)


def cache_folder() -> Path:
    """Where fetched weights lie: the folder that DUALVIZ_CACHE names, or else `dualviz` among this system's caches."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "dualviz"


def weights_folders() -> list[Path]:
    """Where weights are looked for: the folders in DUALVIZ_WEIGHTS (separated as in PATH), the cache, then the bundled."""
    named = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    return [Path(folder) for folder in named if folder] + [cache_folder(), BUNDLED_FOLDER]


def find_file(entry: Entry) -> Path | None:
    """The entry's weights, or None where no folder has them."""
    candidates = (folder / file for folder in weights_folders() for file in entry.files)
    return next((path for path in candidates if path.is_file()), None)


def available() -> list[Entry]:
    """The detectors that can be loaded right now, the bundled first."""
    folders = filter(Path.is_dir, weights_folders())
    here = {path.name for folder in folders for path in folder.iterdir()}
    return [
        entry for entry in BUNDLED + OFFICIAL if here.intersection(entry.files) and find_file(entry)
    ]


def present(name: str) -> Entry:
    """The detector of this name where its weights are here, else the first that can be loaded."""
    entries = BUNDLED + OFFICIAL
    named = [entry for entry in entries if entry.name == name]
    return next(entry for entry in (*named, *entries) if find_file(entry))


def find_weights(name_or_path: str | Path) -> Path:
    """The file that a name or a path means.

    Raises:
        ValueError: nothing of this name. The sentence says where the weights come from and where to put them.
    """
    path = Path(name_or_path)
    if path.is_file():
        return path
    for entry in BUNDLED + OFFICIAL:
        if str(name_or_path) in (entry.name, *entry.files):
            if file := find_file(entry):
                return file
            raise UserError(
                "{name} is not on this machine: `python -m dualviz weights {name}` fetches it ({source}, {licence}); or lay "
                "{file} into {folder}, or into a folder named in {variable}",
                name=entry.name,
                source=entry.sources[0],
                licence=entry.licence,
                file=entry.files[0],
                folder=cache_folder(),
                variable=FOLDERS_VARIABLE,
            )
    names = ", ".join(entry.name for entry in BUNDLED + OFFICIAL)
    raise UserError(
        "no detector and no file is called '{given}', expected a path or one of {names}",
        given=name_or_path,
        names=names,
    )
