"""Labelled sets as other programs leave them: which files of a folder are pictures, truth and class names.

YOLO's folders (`data.yaml`, as ultralytics and Roboflow write it; `classes.txt`, as LabelImg and Label Studio do;
`obj.names`, as CVAT does; or `labels/` beside `images/` alone), PASCAL VOC's, and a COCO file that lies somewhere in its
folder all become one `CocoFolder`. What a set leaves open, such as which of its lists is meant, is chosen and said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from dualviz.pictures.dataset import PICTURES, CocoFolder, coco_of_voc
from dualviz.pictures.images import picture_frame
from dualviz.pictures.names import Names
from dualviz.pictures.objects import cut, listed
from dualviz.pictures.truth import Truth, join_coco, read_truth, to_coco
from dualviz.words import Sentence, UserError, kept

TO_JUDGE = ("val", "valid", "validation", "test", "train")  # the list that is taken, best first
TO_TEACH = ("train", "val")
KEYS = {"val": ("val", "valid", "validation"), "test": ("test",), "train": ("train",)}
NAME_FILES = ("classes.txt", "obj.names", "_darknet.labels")  # one class a line, from id 0
MAX_YAML = 1 << 20  # bytes; a thousand names have 20 kB
MAX_JSON = 1 << 30


@dataclass(frozen=True)
class _YoloSet:
    """Where pictures, truth and names of a YOLO set lie; `names` is empty where ids have none."""

    pictures: tuple[Path, ...]
    folder: Path
    names: tuple[str, ...]
    words: Sentence | None


def open_set(
    place: str | Path,
    images: str | Path | None = None,
    wanted: Sequence[str] = TO_JUDGE,
    keep: int = 0,
) -> CocoFolder:
    """Open a labelled set, in whatever form it lies there.

    Args:
        place: a COCO JSON, a `data.yaml`, or a folder: YOLO's, PASCAL VOC's, or one that holds a COCO JSON.
        images: the folder of a COCO JSON's pictures; by default the folder beside it that has its name, or its own.
        wanted: names of the list that is taken where a set has several, the best first.
        keep: bytes of decoded pictures to hold, as in `CocoFolder`.

    Raises:
        ValueError: nothing of the kind, or what `CocoFolder` and `read_truth` refuse; one sentence with the file.
    """
    place = Path(place)
    if place.suffix.lower() in (".yaml", ".yml") and place.is_file():
        return _of_yolo(_by_yaml(place, wanted), place, keep)
    if not place.is_dir():
        return CocoFolder(place, images or _beside(place), keep)
    if (place / "Annotations").is_dir() and (place / "JPEGImages").is_dir():
        return _of_voc(place, wanted, keep)
    settings = [file for name in ("*.yaml", "*.yml") for file in sorted(place.glob(name))]
    if named := next((file for file in settings if "names" in _yaml(file)), None):
        return _of_yolo(_by_yaml(named, wanted), named, keep)
    if coco := _coco_file(place, wanted):
        return CocoFolder(coco, images or _beside(coco) or place, keep)
    if yolo := _by_folders(place, wanted):
        return _of_yolo(yolo, place, keep)
    raise UserError(
        "{place} holds no labelled set: expected a COCO JSON, a data.yaml, images/ with labels/, or Annotations/ with JPEGImages/",
        place=place,
    )


# ── PASCAL VOC and COCO in their folders ──


def _of_voc(place: Path, wanted: Sequence[str], keep: int) -> CocoFolder:
    lists = place / "ImageSets" / "Main"
    split = next((name for name in wanted if (lists / f"{name}.txt").is_file()), "")
    document, left_out = coco_of_voc(place, split)
    notes = (_chosen(place, split), *left_out) if split else left_out
    return CocoFolder(place, place / "JPEGImages", keep, document, notes)


def _beside(file: Path) -> Path | None:
    """The folder of a COCO file's pictures: of its name, or `images`, or its own; None where none of them has any."""
    own = file.parent
    for folder in (file.with_suffix(""), own / "images"):
        if folder.is_dir():
            return folder
    return own if any(path.suffix.lower() in PICTURES for path in own.glob("*")) else None


def _coco_file(place: Path, wanted: Sequence[str]) -> Path | None:
    """The COCO JSON of a folder: alone, or by the name of the wanted list in its own name or its folder's."""
    candidates = [
        path
        for pattern in ("*.json", "*/*.json")
        for path in sorted(place.glob(pattern))
        if path.stat().st_size <= MAX_JSON and _starts_as_coco(path)
    ]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    for name in wanted:
        for path in candidates:
            if name in (path.parent.name.lower(), path.stem.lower()) or name in path.stem.lower():
                return path
    raise UserError(
        "{place} holds {n} COCO files, and none is named as its list {names}: name one of {files}",
        place=place,
        n=len(candidates),
        names=", ".join(wanted),
        files=listed(path.relative_to(place) for path in candidates),
    )


def _starts_as_coco(path: Path) -> bool:
    with path.open("rb") as file:
        data = file.read()
    return all(f'"{part}"'.encode() in data for part in ("images", "annotations", "categories"))


# ── YOLO's folders ──


def _by_yaml(file: Path, wanted: Sequence[str]) -> _YoloSet:
    settings = _yaml(file)
    names = _names_of(settings, file)
    base = file.parent
    if isinstance(settings.get("path"), str):
        stated = (base / settings["path"].strip()).resolve()
        base = (
            stated if stated.is_dir() else base
        )  # a path of another machine: the file's own folder
    lists = [
        (key, value) for key, value in settings.items() if key in sum(KEYS.values(), ()) and value
    ]
    order = {name: rank for rank, name in enumerate(wanted)}
    lists.sort(key=lambda each: order.get(each[0], len(order)))
    for key, value in lists:
        pictures = [
            path
            for part in (value if isinstance(value, list) else [value])
            for path in _pictures_of(base, file.parent, str(part))
        ]
        if pictures:
            return _YoloSet(tuple(pictures), _shared_folder(pictures), names, _chosen(file, key))
    raise UserError(
        "{file} names no pictures that are there: its lists are {lists}, looked for from {base}",
        file=file,
        lists=listed(f"{key}: {cut(value)}" for key, value in lists) if lists else Sentence("none"),
        base=base,
    )


def _yaml(file: Path) -> dict:
    """A settings file, of which only plain values are taken."""
    if file.stat().st_size > MAX_YAML:
        raise UserError(
            "{file} has {size} bytes, expected at most {limit}",
            file=file,
            size=f"{file.stat().st_size:,}",
            limit=f"{MAX_YAML:,}",
        )
    try:
        settings = yaml.load(file.read_text(encoding="utf-8-sig"), _PlainLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UserError(
            "{file} is not valid YAML ({why})", file=file, why=cut(error, 120)
        ) from error
    return {str(k): v for k, v in settings.items()} if isinstance(settings, dict) else {}


class _PlainLoader(yaml.SafeLoader):
    """Refuses aliases, by which a kilobyte can stand for gigabytes."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it refers to itself by an alias, which no data.yaml does")
        return super().compose_node(parent, index)


def _names_of(settings: dict, file: Path) -> tuple[str, ...]:
    names = settings.get("names")
    if isinstance(names, dict) and all(str(key).isdigit() for key in names):
        count = 1 + max(map(int, map(str, names)), default=-1)
        keyed = {int(str(key)): name for key, name in names.items()}
        if count == len(keyed):
            names = [keyed[label] for label in range(count)]
    if not isinstance(names, list) or not all(isinstance(n, (str, int, float)) for n in names):
        raise UserError(
            "{file} must give names as a list, or by ids from 0 on, got {names}",
            file=file,
            names=cut(names),
        )
    return tuple(str(name).strip() for name in names)


def _pictures_of(base: Path, beside: Path, part: str) -> list[Path]:
    """Pictures of one entry of a list: a folder, or a text file with a picture a line.

    Roboflow writes `../train/images` for what lies in `train/images` beside its file.
    """
    part = part.replace("\\", "/").strip()
    shorter = part.removeprefix("../").removeprefix("./")
    for path in (base / part, beside / part, base / shorter, beside / shorter):
        if path.is_dir():
            inner = path / "images"
            return _pictures_in(inner if inner.is_dir() and not _pictures_in(path) else path)
        if path.is_file() and path.suffix.lower() == ".txt":
            return list(_of_list(path, base))
    return []


def _of_list(file: Path, base: Path) -> Iterator[Path]:
    lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    there: Names | None = None
    for line in filter(None, lines):
        path = next((p / line for p in (base, file.parent) if (p / line).is_file()), None)
        if path is None:  # a path of another machine
            there = there or Names(p.relative_to(base).as_posix() for p in _pictures_in(base))
            match = there.find(line)
            if match is None:
                raise UserError(
                    "{file} names {picture}, which is not there", file=file, picture=cut(line)
                )
            path = base / match
        yield path


def _by_folders(place: Path, wanted: Sequence[str]) -> _YoloSet | None:
    """A set without settings: `labels/` beside `images/`, both perhaps by lists, or texts beside their pictures."""
    named = next((place / name for name in NAME_FILES if (place / name).is_file()), None)
    names = tuple(_lines(named)) if named else ()
    for name in (*wanted, ""):
        for folder in (place / "images" / name, place / name / "images", place / name):
            pictures = _pictures_in(folder) if folder.is_dir() else []
            if any(_label_of(picture).is_file() for picture in pictures):
                own = folder / NAME_FILES[-1]  # Roboflow lays the names beside the pictures
                names = names or (tuple(_lines(own)) if own.is_file() else ())
                words = _chosen(place, name) if name else None
                return _YoloSet(tuple(pictures), _shared_folder(pictures), names, words)
    return None


def _lines(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8-sig")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)


def _label_of(picture: Path) -> Path:
    """The text of a picture: under `labels/` where the picture is under `images/`, or beside it."""
    parts = list(picture.parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index].lower() == "images":
            there = Path(*parts[:index], "labels", *parts[index + 1 :]).with_suffix(".txt")
            if there.is_file():
                return there
            break
    return picture.with_suffix(".txt")


def _shared_folder(pictures: Sequence[Path]) -> Path:
    parents = {picture.parent for picture in pictures}
    folder = next(iter(parents))
    while not all(parent.is_relative_to(folder) for parent in parents):
        folder = folder.parent
    return folder


def _of_yolo(yolo: _YoloSet, place: Path, keep: int) -> CocoFolder:
    """Read the truth of every picture; one that cannot be used is left out and said, and does not cost the set."""
    read: list[tuple[str, tuple[int, int], Truth]] = []
    notes: list[Sentence] = [yolo.words] if yolo.words else []
    without: list[str] = []
    for picture in yolo.pictures:
        name = picture.relative_to(yolo.folder).as_posix()
        label, frame = _label_of(picture), picture_frame(picture)
        if not label.is_file():
            without.append(name)
        try:
            if frame is None:
                raise UserError("it is not a picture that can be read")
            data = label.read_bytes() if label.is_file() else b""
            truth = read_truth(data, label.name, frame.upright_wh, yolo.names)
        except (ValueError, OSError) as error:
            notes.append(Sentence("{name} is left out: {reason}", name=name, reason=kept(error)))
            continue
        notes += truth.notes
        read.append((name, frame.upright_wh, truth))
    if not read:
        raise UserError(
            "{folder} has no picture that can be used: {reason}",
            folder=place,
            reason=notes[-1] if notes else Sentence("none is listed"),
        )
    if without:
        notes.append(
            Sentence(
                "{n} picture has no text of its own and counts as one without objects: {names}",
                "{n} pictures have no text of their own and count as some without objects: {names}",
                len(without),
                names=listed(without[:3]),
            )
        )
    highest = max((int(t.labels.max()) for _name, _wh, t in read if len(t)), default=0)
    names = yolo.names or tuple(map(str, range(highest + 1)))
    document = join_coco(
        to_coco(truth.for_classes(names), size_wh, name, number)
        for number, (name, size_wh, truth) in enumerate(read, 1)
    )
    return CocoFolder(place, yolo.folder, keep, document, notes, by_number=not yolo.names)


def _chosen(place: Path, name: str) -> Sentence:
    return Sentence("{place}: its list {name} is taken", place=place.name, name=name)
