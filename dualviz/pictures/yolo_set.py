"""Sets of YOLO's texts: by a `data.yaml`, by `labels/` beside `images/`, or each text beside its picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dualviz.pictures.dataset import PICTURES, CocoFolder
from dualviz.pictures.images import picture_frame
from dualviz.pictures.names import Names
from dualviz.pictures.objects import cut, listed
from dualviz.pictures.settings import LISTS, read_settings
from dualviz.pictures.text import lines_of
from dualviz.pictures.truth import Truth, join_coco, read_truth, to_coco
from dualviz.words import Sentence, UserError, kept

NAME_FILES = ("classes.txt", "obj.names", "_darknet.labels")  # one class a line, from id 0


@dataclass(frozen=True)
class YoloSet:
    """Where pictures and names of a set lie; `names` is empty where ids have none.

    Attributes:
        pictures: in the order of the list.
        folder: that holds them all.
        words: which list was chosen, where there was a choice.
        pose_shape: what a pose is made of, where that is said.
    """

    pictures: tuple[Path, ...]
    folder: Path
    names: tuple[str, ...]
    words: Sentence | None
    pose_shape: tuple[int, int] | None = None


def by_settings(file: Path, wanted: Sequence[str], within: Path | None) -> YoloSet:
    """The set of a `data.yaml`.

    Args:
        file: the `data.yaml`.
        wanted: names of the list that is taken, the best first.
        within: a folder that nothing may be read beyond; None where it is the user's own computer.

    Raises:
        UserError: none of its lists names pictures that are there.
    """
    settings = read_settings(file)
    base = file.parent
    if settings.path and (stated := (base / settings.path).resolve()).is_dir():
        # else a path of another machine, which stands for the file's own folder
        base = stated if within is None or stated.is_relative_to(within) else base
    order = {name: rank for rank, name in enumerate(wanted)}
    for key in sorted(settings.lists, key=lambda key: order.get(key, len(order))):
        by_part = {
            part: _pictures_of((base, file.parent), part, within) for part in settings.lists[key]
        }
        pictures = list(dict.fromkeys(path for part in by_part.values() for path in part))
        if pictures:
            if lacking := [cut(part) for part, some in by_part.items() if not some]:
                raise UserError(
                    "{file}: its list {name} also names {parts}, where no pictures are",
                    file=file,
                    name=key,
                    parts=listed(lacking),
                )
            words = chosen(file, key)
            shared = _shared_folder(pictures)
            return YoloSet(tuple(pictures), shared, settings.names, words, settings.pose_shape)
    lists = [f"{key}: {cut(', '.join(parts))}" for key, parts in settings.lists.items()]
    raise UserError(
        "{file} names no pictures that are there: its lists are {lists}, looked for from {base}",
        file=file,
        lists=listed(lists) if lists else Sentence("none"),
        base=base,
    )


def _pictures_of(bases: Sequence[Path], part: str, within: Path | None) -> list[Path]:
    """Pictures of one entry of a list: a folder, or a text file with a picture a line.

    Of a path of another machine the end counts: Roboflow writes `../train/images` for what lies in `train/images` beside
    its file, and notebooks `/content/datasets/set-1/train/images`.
    """
    parts = [one for one in part.replace("\\", "/").strip().split("/") if one not in ("", ".")]
    ends = [parts[first:] for first in range(len(parts))]
    # `images` alone does not stand for `valid/images`
    ends = [end for end in ends if len(end) > 1 or end == parts or parts[-2].lower() not in LISTS]
    absolute = Path(part.strip())
    paths = [absolute] if absolute.is_absolute() else []
    paths += [path for end in ends for base in bases if (path := _in_any_case(base, end))]
    for path in paths:
        if within is not None and not path.resolve().is_relative_to(within):
            continue
        if path.is_dir():
            return _pictures_in(path) or _pictures_in(path / "images")
        if path.is_file() and path.suffix.lower() == ".txt":
            return list(_of_list(path, bases[0]))
    return []


def _in_any_case(base: Path, parts: Sequence[str]) -> Path | None:
    """A path below a folder as it is written, or in another case where only one is there."""
    path = base
    for part in parts:
        if part == ".." or (path / part).exists():
            path /= part
            continue
        try:
            alike = [one for one in path.iterdir() if one.name.casefold() == part.casefold()]
        except OSError:
            return None
        if len(alike) != 1:
            return None
        path = alike[0]
    return path


def _of_list(file: Path, base: Path) -> Iterator[Path]:
    there: Names | None = None
    for line in dict.fromkeys(lines_of(file)):
        is_picture = Path(line).suffix.lower() in PICTURES
        path = next((p / line for p in (base, file.parent) if (p / line).is_file()), None)
        if path is None or not is_picture:  # a path of another machine
            there = there or Names(p.relative_to(base).as_posix() for p in _pictures_in(base))
            match = there.find(line)
            if match is None:
                raise UserError(
                    "{file} names {picture}, which is not there", file=file, picture=cut(line)
                )
            path = base / match
        yield path


def by_folders(place: Path, wanted: Sequence[str]) -> YoloSet | None:
    """A set without settings: `labels/` beside `images/`, both perhaps by lists, or texts beside their pictures."""
    names = _named_in(place)
    texts = Texts()
    for name in (*wanted, ""):
        for parts in (("images", name), (name, "images"), (name,)):
            folder = _in_any_case(place, [part for part in parts if part])
            pictures = _pictures_in(folder) if folder and folder.is_dir() else []
            label = next(filter(None, map(texts.of, pictures)), None)
            if folder and label:
                # Roboflow lays the names beside the pictures, LabelImg beside the texts
                names = names or _named_in(folder) or _named_in(label.parent)
                words = chosen(place, name) if name else None
                return YoloSet(tuple(pictures), _shared_folder(pictures), names, words)
    return None


def _named_in(folder: Path) -> tuple[str, ...]:
    """The names of classes that lie in a folder; none where no list of them does."""
    file = next((folder / name for name in NAME_FILES if (folder / name).is_file()), None)
    return tuple(lines_of(file)) if file else ()


def _pictures_in(folder: Path) -> list[Path]:
    """The pictures below a folder; what macOS lays beside them, `._a.jpg`, is none."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PICTURES and not path.name.startswith(".") and path.is_file()
    )


class Texts:
    """Which text is a picture's: under `labels/` where the picture is under `images/`, or beside it, in any case and form."""

    def __init__(self) -> None:
        self._near: dict[Path, list[Path]] = {}
        self._names: dict[Path, Names] = {}
        self._taken: dict[Path, tuple[Path, set[str]]] = {}

    def of(self, picture: Path) -> Path | None:
        """The text of a picture, called as it is (`a.txt`, or `a.jpg.txt`); None where there is none."""
        for folder in self._folders(picture.parent):
            there = self._there(folder)
            for stem in (picture.stem, picture.name):
                if match := there.find(f"{stem}.txt"):
                    self._taken.setdefault(folder, (picture.parent, set()))[1].add(match)
                    return folder / match
        return None

    def orphans(self) -> list[str]:
        """Texts of folders of their own beside which there is no picture of their name that can be read."""
        left = []
        for folder, (pictures, taken) in self._taken.items():
            if folder != pictures:
                stems = {
                    path.stem for path in pictures.iterdir() if path.suffix.lower() in PICTURES
                }
                rest = (name for name in self._there(folder).known if name not in taken)
                left += [
                    name for name in rest if name not in NAME_FILES and Path(name).stem not in stems
                ]
        return left

    def _there(self, folder: Path) -> Names:
        if folder not in self._names:
            files = sorted(folder.iterdir()) if folder.is_dir() else []
            texts = (file.name for file in files if file.suffix.lower() == ".txt")
            self._names[folder] = Names(texts)
        return self._names[folder]

    def _folders(self, own: Path) -> list[Path]:
        """Where the texts of a folder's pictures may lie."""
        if own not in self._near:
            self._near[own] = [own]
            parts = own.parts
            for index in range(len(parts) - 1, -1, -1):
                if parts[index].lower() == "images":
                    beside = _in_any_case(Path(*parts[:index]), ["labels", *parts[index + 1 :]])
                    if beside:
                        self._near[own].insert(0, beside)
                    break
        return self._near[own]


def _shared_folder(pictures: Sequence[Path]) -> Path:
    parents = {picture.parent for picture in pictures}
    folder = next(iter(parents))
    while not all(parent.is_relative_to(folder) for parent in parents):
        folder = folder.parent
    return folder


def coco_folder(yolo: YoloSet, place: Path, keep: int) -> CocoFolder:
    """Read the truth of every picture; one that cannot be used is left out and said, and does not cost the set."""
    read: list[tuple[str, tuple[int, int], Truth]] = []
    notes: list[Sentence] = [yolo.words] if yolo.words else []
    without: list[str] = []
    texts = Texts()
    for picture in yolo.pictures:
        name = picture.relative_to(yolo.folder).as_posix()
        label, frame = texts.of(picture), picture_frame(picture)
        if label is None:
            without.append(name)
        try:
            if frame is None:
                raise UserError("it is not a picture that can be read")
            data, called = (label.read_bytes(), label.name) if label else (b"", name)
            truth = read_truth(data, called, frame.upright_wh, yolo.names, "", yolo.pose_shape)
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
    if orphans := texts.orphans():
        notes.append(
            Sentence(
                "{n} text has no picture that can be read, and is left aside: {names}",
                "{n} texts have no picture that can be read, and are left aside: {names}",
                len(orphans),
                names=listed(orphans[:3]),
            )
        )
    highest = max((int(t.labels.max()) for _name, _wh, t in read if len(t)), default=0)
    names = yolo.names or tuple(map(str, range(highest + 1)))
    document = join_coco(
        to_coco(truth.for_classes(names), size_wh, name, number)
        for number, (name, size_wh, truth) in enumerate(read, 1)
    )
    return CocoFolder(place, yolo.folder, keep, document, notes, by_number=not yolo.names)


def chosen(place: Path, name: str) -> Sentence:
    """Which list of a set is taken."""
    return Sentence("{place}: its list {name} is taken", place=place.name, name=name)
