"""Sets of PASCAL VOC's XML files: in its own folders, in those of its heirs, or each beside its picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dualviz.pictures.dataset import PICTURES
from dualviz.pictures.images import read_image
from dualviz.pictures.names import Names
from dualviz.pictures.text import lines_of
from dualviz.pictures.truth import join_coco, read_truth, to_coco
from dualviz.words import Sentence, UserError, kept

PICTURE_FOLDERS = ("jpegimages", "images")  # VOC's and CVAT's; Label Studio's


@dataclass(frozen=True)
class VocFolders:
    """Where a set lies: its XML files, its pictures, and the folder of its lists."""

    labels: Path
    pictures: Path
    lists: Path


def voc_folders(place: Path, wanted: Sequence[str] = ()) -> VocFolders | None:
    """The folders of a set in a place, or in the only folder of the place that holds one; None where there is none.

    Args:
        place: a folder.
        wanted: names of the folder that is taken where each list has its own with XML beside the pictures, the best first.
    """
    if own := _own_folders(place):
        return own
    inner = [path for path in sorted(place.iterdir()) if path.is_dir()]
    if len(within := [folders for path in inner if (folders := _own_folders(path))]) == 1:
        return within[0]
    named = {path.name.lower(): path for path in inner}
    beside = [named[name] for name in wanted if name in named]
    for folder in (*beside, place):
        endings = {one.suffix.lower() for one in folder.iterdir()}
        if ".xml" in endings and endings & {*PICTURES}:
            return VocFolders(folder, folder, folder / "ImageSets" / "Main")
    return None


def _own_folders(place: Path) -> VocFolders | None:
    named = {path.name.lower(): path for path in sorted(place.iterdir()) if path.is_dir()}
    labels = named.get("annotations")
    pictures = next((named[name] for name in PICTURE_FOLDERS if name in named), None)
    if labels is None or pictures is None:
        return None
    if not any(path.suffix.lower() == ".xml" for path in labels.rglob("*")):
        return None
    return VocFolders(labels, pictures, place / "ImageSets" / "Main")


def coco_of_voc(folders: VocFolders, split: str = "") -> tuple[dict, list[Sentence]]:
    """Read a set of VOC's XML files as one COCO document.

    Args:
        folders: where it lies.
        split: name of a list, for instance "train"; "" takes every annotation.

    Returns:
        The document, its classes in alphabetical order, and a sentence on every picture left out and on what was changed
        in the others: one whose annotation cannot be used would otherwise cost the whole set.

    Raises:
        ValueError: no such list, or no picture that can be used.
    """
    pictures, labels = _by_stem(folders.pictures, PICTURES), _by_stem(folders.labels, (".xml",))
    listed = folders.lists / f"{split}.txt"
    if split and not listed.is_file():
        raise UserError(
            "{folder} must be in PASCAL VOC's folders, but there is no {part}",
            folder=folders.lists.parents[1],
            part=listed.relative_to(folders.lists.parents[1]),
        )
    names = lines_of(listed) if split else sorted(labels[1])
    read = []
    left_out: list[Sentence] = []
    for name in names:
        try:
            picture, label = _named(pictures, name), _named(labels, name)
            if picture is None:
                raise UserError(
                    "there is no picture {name} in {folder}",
                    name=name,
                    folder=folders.pictures.name,
                )
            if label is None:
                raise UserError(
                    "there is no {name}.xml in {folder}", name=name, folder=folders.labels.name
                )
            called = Sentence(
                "{file} (named in {list})", file=picture, list=listed if split else folders.labels
            )
            height, width = read_image(picture.read_bytes(), called).shape[:2]
            truth = read_truth(label.read_bytes(), label.name, (width, height))
            left_out += truth.notes
            read.append((picture.relative_to(folders.pictures), (width, height), truth))
        except (ValueError, OSError) as error:
            reason = kept(error)
            left_out.append(Sentence("{name} is left out: {reason}", name=name, reason=reason))
    if not read:
        raise UserError(
            "{folder} has no picture that can be used: {reason}",
            folder=folders.pictures.parent,
            reason=left_out[0] if left_out else Sentence("none is listed"),
        )
    classes = sorted({name for _name, _size, truth in read for name in truth.class_names})
    parts = (
        to_coco(truth.for_classes(classes), size_wh, name.as_posix(), number)
        for number, (name, size_wh, truth) in enumerate(read, 1)
    )
    return join_coco(parts), left_out


def _by_stem(folder: Path, endings: tuple[str, ...]) -> tuple[Names, dict[str, Path]]:
    """The files of these endings by their name without it; of several, the one whose ending comes first."""
    files = [path for path in folder.rglob("*") if path.suffix.lower() in endings]
    files.sort(key=lambda path: -endings.index(path.suffix.lower()))
    by_stem = {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}
    return Names(by_stem), by_stem


def _named(files: tuple[Names, dict[str, Path]], name: str) -> Path | None:
    """The file that a line of a list names: with an ending or without, with a mark behind it or without."""
    names, by_stem = files
    for written in (name, name.rsplit(maxsplit=1)[0]):
        path = Path(written.replace("\\", "/"))
        is_file = path.suffix.lower() in (*PICTURES, ".xml")
        match = names.find((path.with_suffix("") if is_file else path).as_posix())
        if match is not None:
            return by_stem[match]
    return None
